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
    late = [one for one in player.late_plays if from_ms <= one.ended_ms <= to_ms]
    played_items = sorted(
        [*player.played_items(from_ms, to_ms), *late], key=lambda one: one.ended_ms
    )
    listed = {
        id(one)
        for one in played_items
        if one in late or state.recently_played.includes(one, now_ms)
    }
    liked = player.library(state.clock.now())
    return {
        "plays": [_row(one, listed=id(one) in listed) for one in played_items if one.is_play],
        "skips": [_row(one, listed=False) for one in played_items if not one.is_play],
        "likes": [
            {"track_id": one.track.track_id, "added_ms": one.added_ms}
            for one in liked
            if from_ms <= one.added_ms <= to_ms
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
    return {"cast": [{name: getattr(one, name) for name in names} for one in ACCOUNTS.values()]}
