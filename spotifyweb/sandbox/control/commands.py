"""A hand on a listener's player: the commands of `/sandbox/player`, and what comes in late."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from spotifyweb.sandbox.listeners.likes import Like
from spotifyweb.sandbox.player import items
from spotifyweb.sandbox.player.items import Item, PlayedItem
from spotifyweb.sandbox.player.manual_playback import ManualPlayback
from spotifyweb.sandbox.player.player import Player
from spotifyweb.sandbox.state import SandboxState

Json = dict[str, Any]
QUIRKS = frozenset({"hide_progress", "relink", "odd_metadata", "bare_profile"})
QUIRKS |= {"float_numbers", "nested_duration", "untyped"}
FIELDS = QUIRKS | {"account_id", "do", "track_id", "context", "queue", "progress_ms", "on"}
FIELDS |= {"mode", "type", "name", "stale"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command, and what it works on."""

    state: SandboxState
    player: Player
    params: Json
    now_ms: int

    @property
    def manual(self) -> ManualPlayback:
        return self.player.take_over(self.now_ms)

    def switch_to(
        self, item: Item | None, *, left: str = "endplay", reason: str = "clickrow"
    ) -> None:
        """Leave what is on for another item; None for silence."""
        manual = self.manual
        manual.finish_item(self.now_ms, reason=left)
        manual.start_item(item, self.now_ms, reason=reason, context=self.params.get("context"))


def execute(state: SandboxState, params: Json) -> Json:
    """{"account_id", "do": one of COMMANDS, …}; answers with what is on the player then."""
    player = state.player(params["account_id"])
    command = Command(state=state, player=player, params=params, now_ms=state.clock.now_ms())
    COMMANDS[params["do"]](command)
    return on_player(state, player)


def on_player(state: SandboxState, player: Player) -> Json:
    playing = player.playback_at(state.clock.now_ms())
    if playing is None:
        return {"item": None, "is_playing": False}
    return {
        "item": {"kind": playing.item.kind, "id": playing.item.item_id, "name": playing.item.name},
        "is_playing": playing.is_playing,
        "progress_ms": playing.progress_ms,
    }


def _play(command: Command) -> None:
    """{"track_id"?, "context"?, "queue"?: [ids]}: a track from its start, else a drawn one."""
    wanted = command.params.get("track_id")
    item = items.track_item(command.state.track(wanted)) if wanted else command.manual.next_item()
    waiting = [command.state.track(one) for one in command.params.get("queue", [])]
    command.switch_to(item)
    command.manual.queue = [items.track_item(track) for track in waiting]


def _skip(command: Command) -> None:
    """The next of the queue, else a drawn one; nothing happens in silence."""
    if command.player.playback_at(command.now_ms) is None:
        return
    command.switch_to(command.manual.next_item(), left="fwdbtn", reason="fwdbtn")


def _stop(command: Command) -> None:
    command.switch_to(None)


def _other(command: Command) -> None:
    """{"do": "episode" | "chapter" | "ad" | "local" | "unknown"}"""
    command.switch_to(items.SAMPLES[command.params["do"]]())


def _move(command: Command) -> None:
    """{"do": "pause" | "resume"}"""
    command.manual.set_position(command.now_ms, playing=command.params["do"] == "resume")


def _seek(command: Command) -> None:
    """{"progress_ms"}"""
    command.manual.set_position(command.now_ms, progress_ms=int(command.params["progress_ms"]))


def _private(command: Command) -> None:
    """{"on"?: false ends it}"""
    command.manual.private = bool(command.params.get("on", True))


def _repeat(command: Command) -> None:
    """{"mode": "off" | "track" | "context"}"""
    if command.params["mode"] not in ("off", "track", "context"):
        raise ValueError(f"mode {command.params['mode']!r} must be off, track or context")
    command.manual.repeat = command.params["mode"]


def _device(command: Command) -> None:
    """{"type", "name"?}: e.g. Smartphone, or Restricted for a speaker that hides its id"""
    kind = str(command.params["type"])
    command.manual.device = (kind, str(command.params.get("name", kind)))


def _set(command: Command) -> None:
    """Oddities of the API rather than of the player: {"stale": bool} and those of QUIRKS."""
    player, params = command.player, command.params
    for name in QUIRKS & params.keys():
        setattr(player, name, bool(params[name]))
    if "stale" in params:
        player.stale_since_ms = command.now_ms if params["stale"] else None


def _auto(command: Command) -> None:
    """Habits take over again."""
    command.player.resume_habits(command.now_ms)


COMMANDS: dict[str, Callable[[Command], None]] = {
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


def add_late_play(state: SandboxState, params: Json) -> Json:
    """{"account_id", "track_id", "ended_ms"}: a play that a device hands in only now."""
    player, track = state.player(params["account_id"]), state.track(params["track_id"])
    ended_ms = int(params["ended_ms"])
    played = PlayedItem(
        item=items.track_item(track),
        started_ms=ended_ms - track.duration_ms,
        ended_ms=ended_ms,
        ms_played=track.duration_ms,
        reason_start="trackdone",
        reason_end="trackdone",
        device=player.person.devices[0],
    )
    player.late_plays.append(played)
    return {"ended_ms": ended_ms}


def set_like(state: SandboxState, params: Json) -> Json:
    """{"account_id", "track_id", "liked"?: false takes it back}"""
    player, track = state.player(params["account_id"]), state.track(params["track_id"])
    player.liked = [one for one in player.liked if one.track is not track]
    player.unliked.discard(track.track_id)
    if not params.get("liked", True):
        player.unliked.add(track.track_id)
        return {"liked": False}
    added_ms = state.clock.now_ms() // 1000 * 1000
    player.liked.insert(0, Like(track, added_ms))
    return {"liked": True, "added_ms": added_ms}
