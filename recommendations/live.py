"""The session of this moment: what the live path saw since the last build, then gold.

The live path keeps the list `live:<user_id>` in Redis, newest first, of JSON objects with track_id
and played_at (when it ended). Without it a session is as old as the build.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

import orjson
import redis

from recommendations.gold import Gold

KEPT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Tracks of the running session, newest first. Empty after half an hour of silence."""

    tracks: tuple[str, ...] = ()
    newest_at: datetime | None = None  # the last play that is known, in this session or before

    def clock(self, now: datetime) -> datetime:
        """The moment for which transitions are aged: it stands still when somebody stops listening,
        or an old import would have no transitions left."""
        return min(now, self.newest_at or now)

    def under(self, ids: Mapping[str, str]) -> "Session":
        """The same with each track by another of its ids, where `ids` has one."""
        return replace(self, tracks=tuple(ids.get(track, track) for track in self.tracks))

    def before(self, playing: str) -> tuple[str, ...]:
        """What came before the playing track, which may itself be the newest."""
        return self.tracks[1:] if self.tracks[:1] == (playing,) else self.tracks


def live_key(user_id: str) -> str:
    return f"live:{user_id}"


def running(gold: Gold, cache: "redis.Redis", *, now: datetime) -> Session:
    """What belongs to the session that is running at `now`."""
    plays = _live(cache, gold.user_id)
    oldest_live = plays[-1][1] if plays else None
    plays += [
        (row["track_id"], row["ended_at"])
        for row in gold.last_plays()
        if oldest_live is None or row["ended_at"] < oldest_live
    ]
    gap = timedelta(minutes=gold.parameters.session_gap_minutes)
    newest_at = plays[0][1] if plays else None
    return Session(tracks=_unbroken(plays, now=now, gap=gap), newest_at=newest_at)


def _live(cache: "redis.Redis", user_id: str) -> list[tuple[str, datetime]]:
    try:
        raw = cast(list[bytes], cache.lrange(live_key(user_id), 0, KEPT - 1))
    except redis.RedisError:
        return []
    plays = []
    for each in raw:
        row = orjson.loads(each)
        plays.append((str(row["track_id"]), datetime.fromisoformat(row["played_at"])))
    return plays


def _unbroken(
    plays: Sequence[tuple[str, datetime]], *, now: datetime, gap: timedelta
) -> tuple[str, ...]:
    """Back to the last silence. A track of ten minutes is no silence: ends are compared."""
    found, later = [], now
    for track, ended_at in plays:
        if later - ended_at > gap + timedelta(minutes=10):
            break
        found.append(track)
        later = ended_at
    return tuple(found)
