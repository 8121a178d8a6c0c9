"""A hand on a listener's player: the commands of `/sandbox/player`, and what comes in late."""

from collections.abc import Callable
from typing import Any

from spotifyweb.sandbox import items
from spotifyweb.sandbox.catalogue import Track
from spotifyweb.sandbox.deck import Deck
from spotifyweb.sandbox.items import Spin
from spotifyweb.sandbox.likes import Liked
from spotifyweb.sandbox.player import Player
from spotifyweb.sandbox.world import World

Json = dict[str, Any]


def command(world: World, order: Json) -> Json:
    """{"account_id", "do": one of COMMANDS, …}; answers with what is on the player then."""
    player, now_ms = world.player(order["account_id"]), world.clock.now_ms()
    if order["do"] == "auto":
        player.let_go(now_ms)
    elif order["do"] == "set":
        _set(player, order, now_ms)
    else:
        COMMANDS[order["do"]](world, player.take_over(now_ms), order, now_ms)
    return on_player(world, player)


def _set(player: Player, order: Json, now_ms: int) -> None:
    """The oddities of the API rather than of the player: {"hide_progress", "stale", "relink"}."""
    player.hide_progress = bool(order.get("hide_progress", player.hide_progress))
    player.relink = bool(order.get("relink", player.relink))
    if "stale" in order:
        player.stale_since_ms = now_ms if order["stale"] else None


def on_player(world: World, player: Player) -> Json:
    playing = player.now(world.clock.now_ms())
    if playing is None:
        return {"item": None, "is_playing": False}
    return {
        "item": {"kind": playing.item.kind, "id": playing.item.item_id, "name": playing.item.name},
        "is_playing": playing.is_playing,
        "progress_ms": playing.progress_ms,
    }


def find_track(world: World, track_id: str) -> Track:
    """Raises KeyError for a track that is not in the catalogue."""
    return world.catalogue.tracks[world.relinked.get(track_id, track_id)]


def _play(world: World, deck: Deck, order: Json, now_ms: int) -> None:
    """{"track_id"?, "context"?, "queue"?: [ids]}: a track from its start, else a drawn one."""
    wanted = order.get("track_id")
    item = items.of_track(find_track(world, wanted)) if wanted else deck.upcoming()
    deck.queue = [items.of_track(find_track(world, one)) for one in order.get("queue", [])]
    deck.close(now_ms, reason="endplay")
    deck.load(item, now_ms, reason="clickrow", context=order.get("context"))


def _put_on(world: World, deck: Deck, order: Json, now_ms: int) -> None:
    """{"do": "episode" | "ad" | "local" | "unknown"}"""
    deck.close(now_ms, reason="endplay")
    deck.load(items.MAKERS[order["do"]](), now_ms, reason="clickrow")


def _skip(world: World, deck: Deck, order: Json, now_ms: int) -> None:
    following, context = deck.upcoming(), deck.context
    deck.close(now_ms, reason="fwdbtn")
    deck.load(following, now_ms, reason="fwdbtn", context=context)


def _stop(world: World, deck: Deck, order: Json, now_ms: int) -> None:
    deck.close(now_ms, reason="endplay")
    deck.load(None, now_ms, reason="playbtn")


def _private(world: World, deck: Deck, order: Json, now_ms: int) -> None:
    deck.private = bool(order.get("on", True))


def _repeat(world: World, deck: Deck, order: Json, now_ms: int) -> None:
    deck.repeat = {"off": "off", "track": "track", "context": "context"}[order["mode"]]


def _device(world: World, deck: Deck, order: Json, now_ms: int) -> None:
    deck.device = (str(order["type"]), str(order.get("name", order["type"])))


COMMANDS: dict[str, Callable[[World, Deck, Json, int], None]] = {
    "play": _play,
    "pause": lambda world, deck, order, now_ms: deck.move(now_ms, playing=False),
    "resume": lambda world, deck, order, now_ms: deck.move(now_ms, playing=True),
    "seek": lambda world, deck, order, now_ms: deck.move(
        now_ms, progress_ms=int(order["progress_ms"])
    ),
    "skip": _skip,
    "stop": _stop,
    "episode": _put_on,
    "ad": _put_on,
    "local": _put_on,
    "unknown": _put_on,
    "private": _private,
    "repeat": _repeat,
    "device": _device,
}


def late(world: World, order: Json) -> Json:
    """{"account_id", "track_id", "ended_ms"}: a play that a device hands in only now."""
    player, track = world.player(order["account_id"]), find_track(world, order["track_id"])
    ended_ms = int(order["ended_ms"])
    player.late.append(
        Spin(
            item=items.of_track(track),
            started_ms=ended_ms - track.duration_ms,
            ended_ms=ended_ms,
            ms_played=track.duration_ms,
            reason_start="trackdone",
            reason_end="trackdone",
            device=player.person.devices[0],
        )
    )
    return {"ended_ms": ended_ms}


def like(world: World, order: Json) -> Json:
    """{"account_id", "track_id", "liked"?: false takes it back}"""
    player, track = world.player(order["account_id"]), find_track(world, order["track_id"])
    player.liked = [one for one in player.liked if one.track is not track]
    player.unliked.discard(track.track_id)
    if not order.get("liked", True):
        player.unliked.add(track.track_id)
        return {"liked": False}
    added_ms = world.clock.now_ms() // 1000 * 1000
    player.liked.insert(0, Liked(track, added_ms))
    return {"liked": True, "added_ms": added_ms}
