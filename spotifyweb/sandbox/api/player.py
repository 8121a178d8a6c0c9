"""The player group of the API: what plays now, what played last."""

from starlette.responses import Response

from spotifyweb import bounds
from spotifyweb.sandbox import faults, responses, seeds
from spotifyweb.sandbox.api import serializers, shows
from spotifyweb.sandbox.api.base import ApiCall, ApiError
from spotifyweb.sandbox.api.serializers import Json
from spotifyweb.sandbox.player.items import Item, PlayedItem, track_item
from spotifyweb.sandbox.player.player import PlaybackState


def current_user(call: ApiCall) -> Response:
    profile = call.serializer.person(call.person)
    if call.player.bare_profile:
        profile |= {"display_name": None, "images": []}
    return responses.as_json(profile)


def recently_played(call: ApiCall) -> Response:
    """List the last plays, newest first, never more than 50; `played_at` is the end of a play."""
    limit = call.int_param("limit", 20, least=1, most=50)
    after, before = _cursor_ms(call, "after"), _cursor_ms(call, "before")
    if after is not None and before is not None:
        raise ApiError(faults.error(400, "Only one of after and before may be given"))
    found = [
        played
        for played in call.player.recent(call.now_ms, call.state.recently_played)
        if (after is None or played.ended_ms > after)
        and (before is None or played.ended_ms < before)
    ][:limit]
    page: Json = {
        "items": [_play_history_item(call, played) for played in found],
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


def _cursor_ms(call: ApiCall, name: str) -> int | None:
    text = call.request.query.get(name)
    if text is None:
        return None
    if (moment_ms := bounds.parse_integer(text)) is None or moment_ms < 0:
        raise ApiError(faults.error(400, f"Invalid {name}"))
    return moment_ms


def _play_history_item(call: ApiCall, played: PlayedItem) -> Json:
    track = played.item.track
    assert track is not None, "only tracks are listed"
    other = None
    if call.player.relink:
        other = seeds.base62("relinked", track.track_id)
        call.state.relinked[other] = track.track_id
    return {
        "track": call.serializer.track(track, other_id=other),
        "played_at": serializers.moment(played.ended_ms, seconds=call.player.odd_metadata),
        "context": call.serializer.context(played.context),
    }


def currently_playing(call: ApiCall) -> Response:
    playing = call.player.playback_at(call.now_ms)
    if playing is None or playing.private:
        return responses.response(status=204)
    return responses.as_json(_playback_json(call, playing))


def playback(call: ApiCall) -> Response:
    """Answer as currently-playing, with the device; a private session is flagged, not hidden."""
    playing = call.player.playback_at(call.now_ms)
    if playing is None:
        return responses.response(status=204)
    more = {
        "device": serializers.device(playing.device, private=playing.private),
        "repeat_state": playing.repeat,
        "shuffle_state": playing.shuffle,
        "smart_shuffle": False,
    }
    return responses.as_json({**more, **_playback_json(call, playing)})


def _playback_json(call: ApiCall, playing: PlaybackState) -> Json:
    kinds = call.request.query.get("additional_types", "track").split(",")
    kind = {"local": "track", "chapter": "episode"}.get(playing.item.kind, playing.item.kind)
    disallows = {"resuming": True} if playing.is_playing else {"pausing": True}
    return {
        "timestamp": playing.changed_ms,
        "context": call.serializer.context(playing.context or show_uri(playing.item)),
        "progress_ms": None if call.player.hide_progress else playing.progress_ms,
        "item": _item_json(call, playing.item, kinds),
        **({} if call.player.untyped else {"currently_playing_type": kind}),
        "actions": {"disallows": disallows},
        "is_playing": playing.is_playing,
    }


def _item_json(call: ApiCall, item: Item, kinds: list[str]) -> Json | None:
    """Serialize the item; null for ads, unknown items, and episodes unless they are requested."""
    if item.track:
        return call.serializer.track(item.track)
    if item.episode and "episode" in kinds:
        return shows.full_episode(call.serializer, item.episode)
    return (
        serializers.local_file(call.serializer, item, nested=call.player.nested_duration)
        if item.kind == "local"
        else None
    )


def show_uri(item: Item) -> str | None:
    """Return the URI of the show that an episode or a chapter belongs to."""
    return f"spotify:show:{item.episode.show.show_id}" if item.episode else None


def devices(call: ApiCall) -> Response:
    playing = call.player.playback_at(call.now_ms)
    active = playing.device if playing else None
    listed = [
        {**serializers.device(device), "is_active": device == active}
        for device in dict.fromkeys([*call.person.devices, *([active] if active else [])])
    ]
    return responses.as_json({"devices": listed})


def add_to_queue(call: ApiCall) -> Response:
    """Add a track to the queue of the device that plays; answers with a text, as Spotify does.

    Refusals are those of public reports: spotify/web-api#523, TwitchTunes#73, soundbounce-v2#82.
    """
    uri = call.request.query.get("uri", "")
    kind, _, item_id = uri.rpartition(":")
    if kind != "spotify:track":
        raise ApiError(
            faults.error(400, "Missing required field: uri" if not uri else "Invalid uri")
        )
    if not call.person.premium:
        raise ApiError(
            faults.error(403, "Player command failed: Premium required", reason="PREMIUM_REQUIRED")
        )
    if call.player.playback_at(call.now_ms) is None:
        raise ApiError(
            faults.error(
                404, "Player command failed: No active device found", reason="NO_ACTIVE_DEVICE"
            )
        )
    try:
        track = call.state.track(item_id)
    except KeyError:
        raise ApiError(faults.error(400, f"Invalid track uri: {uri}")) from None
    call.player.take_over(call.now_ms).queue.append(track_item(track))
    return responses.as_text(seeds.base62("queued", call.person.account_id, item_id))


def queue(call: ApiCall) -> Response:
    playing = call.player.playback_at(call.now_ms)
    waiting = [] if call.player.auto else call.player.manual.queue
    current = _item_json(call, playing.item, ["track", "episode"]) if playing else None
    upcoming = [_item_json(call, item, ["track", "episode"]) for item in waiting]
    return responses.as_json({"currently_playing": current, "queue": upcoming})
