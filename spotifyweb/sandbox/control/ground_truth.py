"""What truly happened, for tests to compare with: plays, skips, changes, likes of a listener."""

from typing import Any

from spotifyweb.sandbox.control import commands
from spotifyweb.sandbox.listeners.people import CAST
from spotifyweb.sandbox.player.items import Spin
from spotifyweb.sandbox.state import World

Json = dict[str, Any]
DAY_MS = 86_400_000


def record(world: World, order: Json) -> Json:
    """{"account_id", "from_ms"?, "to_ms"?}: the last day until now, when not said otherwise."""
    player, now_ms = world.player(order["account_id"]), world.clock.now_ms()
    to_ms = min(int(order.get("to_ms", now_ms)), now_ms)
    from_ms = int(order.get("from_ms", to_ms - DAY_MS))
    late = [one for one in player.late if from_ms <= one.ended_ms <= to_ms]
    spins = sorted([*player.spins(from_ms, to_ms), *late], key=lambda one: one.ended_ms)
    listed = {id(one) for one in spins if one in late or world.listing.holds(one, now_ms)}
    liked = player.library(world.clock.now())
    return {
        "plays": [_row(one, listed=id(one) in listed) for one in spins if one.is_play],
        "skips": [_row(one, listed=False) for one in spins if not one.is_play],
        "likes": [
            {"track_id": one.track.track_id, "added_ms": one.added_ms}
            for one in liked
            if from_ms <= one.added_ms <= to_ms
        ],
        "now": commands.on_player(world, player),
    }


def _row(spin: Spin, *, listed: bool) -> Json:
    return {
        "kind": spin.item.kind,
        "id": spin.item.item_id,
        "name": spin.item.name,
        "started_ms": spin.started_ms,
        "ended_ms": spin.ended_ms,
        "ms_played": spin.ms_played,
        "duration_ms": spin.item.duration_ms,
        "reason_end": spin.reason_end,
        "device_type": spin.device[0],
        "private": spin.private,
        "listed": listed,
    }


def tracks(world: World, order: Json) -> Json:
    """{"limit"?}: ids and lengths of tracks of the catalogue."""
    some = list(world.catalogue.tracks.values())[: int(order.get("limit", 20))]
    return {
        "tracks": [{"id": t.track_id, "name": t.name, "duration_ms": t.duration_ms} for t in some]
    }


def cast(_world: World, _order: Json) -> Json:
    names = ("account_id", "spotify_id", "display_name", "timezone", "about", "listed")
    return {"cast": [{name: getattr(one, name) for name in names} for one in CAST.values()]}
