"""The player group of the API: what plays now, what played last."""

from spotifyweb import bounds
from spotifyweb.sandbox import faults, responses, seeds
from spotifyweb.sandbox.api import serializers, shows
from spotifyweb.sandbox.api.base import Call, Refused
from spotifyweb.sandbox.api.serializers import Json
from spotifyweb.sandbox.player.items import Item, Spin
from spotifyweb.sandbox.player.player import Playing
from spotifyweb.sandbox.responses import Response


def me(call: Call) -> Response:
    profile = call.shapes.person(call.person)
    if call.player.bare_profile:
        profile |= {"display_name": None, "images": []}
    return responses.as_json(profile)


def recently_played(call: Call) -> Response:
    """Newest first, never deeper than 50; `played_at` is the end of a play."""
    limit = call.whole("limit", 20, least=1, most=50)
    after, before = _bound(call, "after"), _bound(call, "before")
    if after is not None and before is not None:
        raise Refused(faults.error(400, "Only one of after and before may be given"))
    found = [
        spin
        for spin in call.player.recent(call.now_ms, call.world.listing)
        if (after is None or spin.ended_ms > after) and (before is None or spin.ended_ms < before)
    ][:limit]
    page: Json = {
        "items": [_played(call, spin) for spin in found],
        "next": None,
        "cursors": None,
        "limit": limit,
        "href": call.url(),
    }
    if found:
        newest, oldest = str(found[0].ended_ms), str(found[-1].ended_ms)
        page["cursors"] = {"after": newest, "before": oldest}
    if len(found) == limit:
        sent = {k: v for k, v in call.request.query.items() if k not in ("after", "before")}
        query = "&".join(f"{k}={v}" for k, v in {"before": oldest, **sent}.items())
        page["next"] = f"{call.request.base}{call.request.path.rstrip('/')}?{query}"
    return responses.as_json(page)


def _bound(call: Call, name: str) -> int | None:
    text = call.request.query.get(name)
    if text is None:
        return None
    if (moment_ms := bounds.parse_integer(text)) is None or moment_ms < 0:
        raise Refused(faults.error(400, f"Invalid {name}"))
    return moment_ms


def _played(call: Call, spin: Spin) -> Json:
    track = spin.item.track
    assert track is not None, "only tracks are listed"
    other = None
    if call.player.relink:
        other = seeds.base62("relinked", track.track_id)
        call.world.relinked[other] = track.track_id
    return {
        "track": call.shapes.track(track, other_id=other),
        "played_at": serializers.moment(spin.ended_ms, seconds=call.player.odd_metadata),
        "context": call.shapes.context(spin.context),
    }


def currently_playing(call: Call) -> Response:
    playing = call.player.now(call.now_ms)
    if playing is None or playing.private:
        return Response(status=204)
    return responses.as_json(_state(call, playing))


def playback(call: Call) -> Response:
    """Like currently-playing, with the device; a private session is marked, not hidden."""
    playing = call.player.now(call.now_ms)
    if playing is None:
        return Response(status=204)
    more = {
        "device": serializers.device(playing.device, private=playing.private),
        "repeat_state": playing.repeat,
        "shuffle_state": playing.shuffle,
        "smart_shuffle": False,
    }
    return responses.as_json({**more, **_state(call, playing)})


def _state(call: Call, playing: Playing) -> Json:
    wanted = call.request.query.get("additional_types", "track").split(",")
    kind = {"local": "track", "chapter": "episode"}.get(playing.item.kind, playing.item.kind)
    disallows = {"resuming": True} if playing.is_playing else {"pausing": True}
    return {
        "timestamp": playing.changed_ms,
        "context": call.shapes.context(playing.context or show_of(playing.item)),
        "progress_ms": None if call.player.hide_progress else playing.progress_ms,
        "item": _item(call, playing.item, wanted),
        **({} if call.player.untyped else {"currently_playing_type": kind}),
        "actions": {"disallows": disallows},
        "is_playing": playing.is_playing,
    }


def _item(call: Call, item: Item, wanted: list[str]) -> Json | None:
    """The item, or null: for ads, for the unknown, for episodes that were not asked for."""
    if item.track:
        return call.shapes.track(item.track)
    if item.episode and "episode" in wanted:
        return shows.full_episode(call.shapes, item.episode)
    return (
        serializers.local_file(call.shapes, item, nested=call.player.nested_duration)
        if item.kind == "local"
        else None
    )


def show_of(item: Item) -> str | None:
    """What an episode or a chapter is played from."""
    return f"spotify:show:{item.episode.show.show_id}" if item.episode else None


def devices(call: Call) -> Response:
    playing = call.player.now(call.now_ms)
    active = playing.device if playing else None
    listed = [
        {**serializers.device(one), "is_active": one == active}
        for one in dict.fromkeys([*call.person.devices, *([active] if active else [])])
    ]
    return responses.as_json({"devices": listed})


def queue(call: Call) -> Response:
    playing = call.player.now(call.now_ms)
    waiting = [] if call.player.auto else call.player.deck.queue
    current = _item(call, playing.item, ["track", "episode"]) if playing else None
    upcoming = [_item(call, item, ["track", "episode"]) for item in waiting]
    return responses.as_json({"currently_playing": current, "queue": upcoming})
