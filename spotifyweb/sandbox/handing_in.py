"""What reaches Spotify by other ways than the player: late plays of a device, likes by hand."""

from typing import Any

from spotifyweb.sandbox import items
from spotifyweb.sandbox.items import Spin
from spotifyweb.sandbox.likes import Liked
from spotifyweb.sandbox.world import World

Json = dict[str, Any]


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
