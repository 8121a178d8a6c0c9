"""What truly happened, for tests to compare with: plays, skips, changes, likes of a listener."""

from typing import Any

from spotifyweb.sandbox.control import commands
from spotifyweb.sandbox.listeners.people import ACCOUNTS
from spotifyweb.sandbox.player.items import PlayedItem
from spotifyweb.sandbox.state import SandboxState

Json = dict[str, Any]
DAY_MS = 86_400_000


def recorded_plays(state: SandboxState, params: Json) -> Json:
    """List {"account_id", "from_ms"?, "to_ms"?}'s plays, skips and likes; by default of a day."""
    player, now_ms = state.player(params["account_id"]), state.clock.now_ms()
    to_ms = min(int(params.get("to_ms", now_ms)), now_ms)
    from_ms = int(params.get("from_ms", to_ms - DAY_MS))
    late = [item for item in player.late_plays if from_ms <= item.ended_ms <= to_ms]
    played_items = sorted(
        [*player.played_items(from_ms, to_ms), *late], key=lambda item: item.ended_ms
    )
    listed = {
        id(item)
        for item in played_items
        if item in late or state.recently_played.includes(item, now_ms)
    }
    liked = player.library(state.clock.now())
    return {
        "plays": [_row(item, listed=id(item) in listed) for item in played_items if item.is_play],
        "skips": [_row(item, listed=False) for item in played_items if not item.is_play],
        "likes": [
            {"track_id": like.track.track_id, "added_ms": like.added_ms}
            for like in liked
            if from_ms <= like.added_ms <= to_ms
        ],
        "now": commands.on_player(state, player),
    }


def _row(played: PlayedItem, *, listed: bool) -> Json:
    return {
        "kind": played.item.kind,
        "id": played.item.item_id,
        "name": played.item.name,
        "started_ms": played.started_ms,
        "ended_ms": played.ended_ms,
        "ms_played": played.ms_played,
        "duration_ms": played.item.duration_ms,
        "reason_end": played.reason_end,
        "device_type": played.device[0],
        "private": played.private,
        "listed": listed,
    }


def list_tracks(state: SandboxState, params: Json) -> Json:
    """List ids and lengths of tracks of the catalogue: {"limit"?}."""
    some = list(state.catalogue.tracks.values())[: int(params.get("limit", 20))]
    return {
        "tracks": [{"id": t.track_id, "name": t.name, "duration_ms": t.duration_ms} for t in some]
    }


def list_accounts(_state: SandboxState, _params: Json) -> Json:
    names = ("account_id", "spotify_id", "display_name", "timezone", "about", "listed")
    return {
        "cast": [{name: getattr(person, name) for name in names} for person in ACCOUNTS.values()]
    }
