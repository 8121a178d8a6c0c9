"""Commands for a listener's player and library: play, pause, skip, late plays, likes."""

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
        """Finish the current item and start another; None for silence."""
        manual = self.manual
        manual.finish_item(self.now_ms, reason=left)
        manual.start_item(item, self.now_ms, reason=reason, context=self.params.get("context"))


def execute(state: SandboxState, params: Json) -> Json:
    """Carry out {"account_id", "do": one of COMMANDS, …}; return what plays then."""
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
    """Play a track from its start, else a drawn one: {"track_id"?, "context"?, "queue"?: [ids]}."""
    track_id = command.params.get("track_id")
    item = (
        items.track_item(command.state.track(track_id)) if track_id else command.manual.next_item()
    )
    waiting = [command.state.track(track_id) for track_id in command.params.get("queue", [])]
    command.switch_to(item)
    command.manual.queue = [items.track_item(track) for track in waiting]


def _skip(command: Command) -> None:
    """Play the next item of the queue, else a drawn one; do nothing in silence."""
    if command.player.playback_at(command.now_ms) is None:
        return
    command.switch_to(command.manual.next_item(), left="fwdbtn", reason="fwdbtn")


def _stop(command: Command) -> None:
    command.switch_to(None)


def _play_sample(command: Command) -> None:
    """Play a sample: {"do": "episode" | "chapter" | "ad" | "local" | "unknown"}."""
    command.switch_to(items.SAMPLES[command.params["do"]]())


def _pause_or_resume(command: Command) -> None:
    """Pause or resume: {"do": "pause" | "resume"}."""
    command.manual.set_position(command.now_ms, playing=command.params["do"] == "resume")


def _seek(command: Command) -> None:
    """Seek: {"progress_ms"}."""
    command.manual.set_position(command.now_ms, progress_ms=int(command.params["progress_ms"]))


def _private(command: Command) -> None:
    """Begin a private session: {"on"?: false ends it}."""
    command.manual.private = bool(command.params.get("on", True))


def _repeat(command: Command) -> None:
    """Set the repeat mode: {"mode": "off" | "track" | "context"}."""
    if command.params["mode"] not in ("off", "track", "context"):
        raise ValueError(f"mode {command.params['mode']!r} must be off, track or context")
    command.manual.repeat = command.params["mode"]


def _device(command: Command) -> None:
    """Change the device: {"type", "name"?}, e.g. Smartphone; a Restricted one hides its id."""
    kind = str(command.params["type"])
    command.manual.device = (kind, str(command.params.get("name", kind)))


def _set(command: Command) -> None:
    """Set quirks of the API rather than of the player: {"stale": bool} and those of QUIRKS."""
    player, params = command.player, command.params
    for name in QUIRKS & params.keys():
        setattr(player, name, bool(params[name]))
    if "stale" in params:
        player.stale_since_ms = command.now_ms if params["stale"] else None


def _auto(command: Command) -> None:
    """Return the player to the listener's habits."""
    command.player.resume_habits(command.now_ms)


COMMANDS: dict[str, Callable[[Command], None]] = {
    "play": _play,
    "pause": _pause_or_resume,
    "resume": _pause_or_resume,
    "seek": _seek,
    "skip": _skip,
    "stop": _stop,
    "episode": _play_sample,
    "chapter": _play_sample,
    "ad": _play_sample,
    "local": _play_sample,
    "unknown": _play_sample,
    "private": _private,
    "repeat": _repeat,
    "device": _device,
    "set": _set,
    "auto": _auto,
}


def add_late_play(state: SandboxState, params: Json) -> Json:
    """Add a play that a device reports late: {"account_id", "track_id", "ended_ms"}."""
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
    """Save a track, or remove it: {"account_id", "track_id", "liked"?: false}."""
    player, track = state.player(params["account_id"]), state.track(params["track_id"])
    player.liked = [like for like in player.liked if like.track is not track]
    player.unliked.discard(track.track_id)
    if not params.get("liked", True):
        player.unliked.add(track.track_id)
        return {"liked": False}
    added_ms = state.clock.now_ms() // 1000 * 1000
    player.liked.insert(0, Like(track, added_ms))
    return {"liked": True, "added_ms": added_ms}
