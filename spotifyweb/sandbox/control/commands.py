"""A hand on a listener's player: the commands of `/sandbox/player`, and what comes in late."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from spotifyweb.sandbox.listeners.likes import Liked
from spotifyweb.sandbox.player import items
from spotifyweb.sandbox.player.items import Item, Spin
from spotifyweb.sandbox.player.manual_playback import Deck
from spotifyweb.sandbox.player.player import Player
from spotifyweb.sandbox.state import World

Json = dict[str, Any]
ODDITIES = frozenset({"hide_progress", "relink", "odd_metadata", "bare_profile"})
ODDITIES |= {"float_numbers", "nested_duration", "untyped"}
FIELDS = ODDITIES | {"account_id", "do", "track_id", "context", "queue", "progress_ms", "on"}
FIELDS |= {"mode", "type", "name", "stale"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One command, and what it works on."""

    world: World
    player: Player
    order: Json
    now_ms: int

    @property
    def deck(self) -> Deck:
        return self.player.take_over(self.now_ms)

    def put_on(self, item: Item | None, *, left: str = "endplay", reason: str = "clickrow") -> None:
        """Leave what is on for another item; None for silence."""
        deck = self.deck
        deck.close(self.now_ms, reason=left)
        deck.load(item, self.now_ms, reason=reason, context=self.order.get("context"))


def command(world: World, order: Json) -> Json:
    """{"account_id", "do": one of COMMANDS, …}; answers with what is on the player then."""
    player = world.player(order["account_id"])
    turn = Turn(world=world, player=player, order=order, now_ms=world.clock.now_ms())
    COMMANDS[order["do"]](turn)
    return on_player(world, player)


def on_player(world: World, player: Player) -> Json:
    playing = player.now(world.clock.now_ms())
    if playing is None:
        return {"item": None, "is_playing": False}
    return {
        "item": {"kind": playing.item.kind, "id": playing.item.item_id, "name": playing.item.name},
        "is_playing": playing.is_playing,
        "progress_ms": playing.progress_ms,
    }


def _play(turn: Turn) -> None:
    """{"track_id"?, "context"?, "queue"?: [ids]}: a track from its start, else a drawn one."""
    wanted = turn.order.get("track_id")
    item = items.of_track(turn.world.track(wanted)) if wanted else turn.deck.upcoming()
    waiting = [turn.world.track(one) for one in turn.order.get("queue", [])]
    turn.put_on(item)
    turn.deck.queue = [items.of_track(track) for track in waiting]


def _skip(turn: Turn) -> None:
    """The next of the queue, else a drawn one; nothing happens in silence."""
    if turn.player.now(turn.now_ms) is None:
        return
    turn.put_on(turn.deck.upcoming(), left="fwdbtn", reason="fwdbtn")


def _stop(turn: Turn) -> None:
    turn.put_on(None)


def _other(turn: Turn) -> None:
    """{"do": "episode" | "chapter" | "ad" | "local" | "unknown"}"""
    turn.put_on(items.MAKERS[turn.order["do"]]())


def _move(turn: Turn) -> None:
    """{"do": "pause" | "resume"}"""
    turn.deck.move(turn.now_ms, playing=turn.order["do"] == "resume")


def _seek(turn: Turn) -> None:
    """{"progress_ms"}"""
    turn.deck.move(turn.now_ms, progress_ms=int(turn.order["progress_ms"]))


def _private(turn: Turn) -> None:
    """{"on"?: false ends it}"""
    turn.deck.private = bool(turn.order.get("on", True))


def _repeat(turn: Turn) -> None:
    """{"mode": "off" | "track" | "context"}"""
    if turn.order["mode"] not in ("off", "track", "context"):
        raise ValueError(f"mode {turn.order['mode']!r} must be off, track or context")
    turn.deck.repeat = turn.order["mode"]


def _device(turn: Turn) -> None:
    """{"type", "name"?}: e.g. Smartphone, or Restricted for a speaker that hides its id"""
    kind = str(turn.order["type"])
    turn.deck.device = (kind, str(turn.order.get("name", kind)))


def _set(turn: Turn) -> None:
    """Oddities of the API rather than of the player: {"stale": bool} and those of ODDITIES."""
    player, order = turn.player, turn.order
    for name in ODDITIES & order.keys():
        setattr(player, name, bool(order[name]))
    if "stale" in order:
        player.stale_since_ms = turn.now_ms if order["stale"] else None


def _auto(turn: Turn) -> None:
    """Habits take over again."""
    turn.player.let_go(turn.now_ms)


COMMANDS: dict[str, Callable[[Turn], None]] = {
    "play": _play,
    "pause": _move,
    "resume": _move,
    "seek": _seek,
    "skip": _skip,
    "stop": _stop,
    "episode": _other,
    "chapter": _other,
    "ad": _other,
    "local": _other,
    "unknown": _other,
    "private": _private,
    "repeat": _repeat,
    "device": _device,
    "set": _set,
    "auto": _auto,
}


def late(world: World, order: Json) -> Json:
    """{"account_id", "track_id", "ended_ms"}: a play that a device hands in only now."""
    player, track = world.player(order["account_id"]), world.track(order["track_id"])
    ended_ms = int(order["ended_ms"])
    spin = Spin(
        item=items.of_track(track),
        started_ms=ended_ms - track.duration_ms,
        ended_ms=ended_ms,
        ms_played=track.duration_ms,
        reason_start="trackdone",
        reason_end="trackdone",
        device=player.person.devices[0],
    )
    player.late.append(spin)
    return {"ended_ms": ended_ms}


def like(world: World, order: Json) -> Json:
    """{"account_id", "track_id", "liked"?: false takes it back}"""
    player, track = world.player(order["account_id"]), world.track(order["track_id"])
    player.liked = [one for one in player.liked if one.track is not track]
    player.unliked.discard(track.track_id)
    if not order.get("liked", True):
        player.unliked.add(track.track_id)
        return {"liked": False}
    added_ms = world.clock.now_ms() // 1000 * 1000
    player.liked.insert(0, Liked(track, added_ms))
    return {"liked": True, "added_ms": added_ms}
