"""The session of this moment: recent listens of the live path, then gold.

Without the list of `spotifyweb.recent_listens` a session is as old as the build.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

import orjson
import redis

from recommendations.queries import ListenerQueries, LivePlay
from spotifyweb import recent_listens

LONGEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Tracks of the running session, newest first. Empty after half an hour of silence."""

    tracks: tuple[str, ...] = ()
    newest_at: datetime | None = None  # the last play that is known, in this session or before
    began_at: datetime | None = None  # the end of the session's first play
    live_plays: tuple[LivePlay, ...] = ()  # oldest first; the build may have some of them

    def clock(self, now: datetime) -> datetime:
        """Return the moment for which transitions are aged.

        It stands still when somebody stops listening: an old import keeps its transitions.
        """
        return min(now, self.newest_at or now)

    def with_ids(self, ids: Mapping[str, str]) -> "Session":
        """Return a copy with each track under its id in `ids`, where it has one."""
        return replace(
            self,
            tracks=tuple(ids.get(track, track) for track in self.tracks),
            live_plays=tuple(
                replace(play, track_id=ids.get(play.track_id, play.track_id))
                for play in self.live_plays
            ),
        )

    def without(self, track_ids: Iterable[str]) -> "Session":
        """Return a copy whose live plays of these tracks are no evidence."""
        excluded = frozenset(track_ids)
        plays = [replace(play, is_excluded=play.track_id in excluded) for play in self.live_plays]
        return replace(self, live_plays=tuple(plays))

    def playing_ended_at(self, playing: str) -> datetime | None:
        """Return when the playing track ended, if it is the newest that has."""
        return self.newest_at if self.tracks[:1] == (playing,) else None

    def preceding(self, playing: str) -> tuple[str, ...]:
        """Return what came before the playing track, which may itself be the newest."""
        return self.tracks[1:] if self.tracks[:1] == (playing,) else self.tracks


def current_session(gold: ListenerQueries, cache: "redis.Redis", *, now: datetime) -> Session:
    """Return the session that is running at `now`."""
    plays = _recent_plays(cache, gold.user_id)
    oldest_live = plays[-1][1] if plays else None
    plays += [
        (row["track_id"], row["ended_at"])
        for row in gold.last_plays()
        if oldest_live is None or row["ended_at"] < oldest_live
    ]
    gap = timedelta(minutes=gold.parameters.session_gap_minutes)
    newest_at = plays[0][1] if plays else None
    tracks = _until_gap(plays, now=now, gap=gap)
    began_at = plays[len(tracks) - 1][1] if tracks else None
    return Session(
        tracks=tracks,
        newest_at=newest_at,
        began_at=began_at,
        live_plays=read_live_plays(cache, gold.user_id),
    )


def read_live_plays(cache: "redis.Redis", user_id: str) -> tuple[LivePlay, ...]:
    """Return the plays of tracks that the live path knows, oldest first; none without Redis."""
    try:
        plays = recent_listens.plays(cache, user_id)
    except redis.RedisError:
        return ()
    return tuple(
        LivePlay(
            track_id=play["track_id"] or "",
            started_at=play["started_at"],
            ended_at=play["ended_at"],
        )
        for play in plays
        if play["content_type"] == "track"
    )


def _recent_plays(cache: "redis.Redis", user_id: str) -> list[tuple[str, datetime]]:
    try:
        raw = cast(list[bytes], cache.lrange(recent_listens.list_key(user_id), 0, LONGEST - 1))
    except redis.RedisError:
        return []
    plays = []
    for entry in raw:
        row = orjson.loads(entry)
        plays.append((str(row["track_id"]), datetime.fromisoformat(row["played_at"])))
    return plays


def _until_gap(
    plays: Sequence[tuple[str, datetime]], *, now: datetime, gap: timedelta
) -> tuple[str, ...]:
    """Return the tracks since the last silence; ten minutes of a track are none."""
    found, later = [], now
    for track, ended_at in plays:
        if later - ended_at > gap + timedelta(minutes=10):
            break
        found.append(track)
        later = ended_at
    return tuple(found)
