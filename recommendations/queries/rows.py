"""What the queries return: resolved tracks, evidence, and how often tracks followed each other."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from recommendations.queries.corrections import Corrections
from recommendations.scoring import Evidence
from spotifyweb.warehouse import Row

DAYPARTS = ("nights", "mornings", "afternoons", "evenings")  # six hours each, from midnight


@dataclass(slots=True, kw_only=True)
class FollowCounts:
    """How many plays of one track came after another in a session."""

    times: int = 0
    within_two: int = 0
    before: int = 0  # plays that came first: they count too, for less
    by_part: dict[str, int] = field(default_factory=dict)  # of the day

    def count(self, away: int | None, local_hour: int) -> None:
        """Count a play so many positions after the nearest of the other; None: all came later."""
        if away is None:
            self.before += 1
            return
        part = DAYPARTS[local_hour // 6]
        self.times += 1
        self.within_two += away <= 2
        self.by_part[part] = self.by_part.get(part, 0) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedTracks:
    """A request's listener, and those of its tracks that are known.

    A song may be named by any of its ids; `tracks` are by the one under which gold counts it.
    """

    listener_no: int
    tracks: dict[str, Row]
    ids: Mapping[str, str]  # as it was named -> as this listener's gold counts it
    corrections: Corrections = field(default_factory=Corrections)

    def restrict(self, track_ids: Collection[str]) -> "ResolvedTracks":
        kept = {track: row for track, row in self.tracks.items() if track in track_ids}
        return replace(self, tracks=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePlay:
    """A play of the live path that the published build may not have."""

    track_id: str
    started_at: datetime
    ended_at: datetime
    is_excluded: bool = False  # by a rule: it keeps its place and is no evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """The session in which a question is asked."""

    tracks: Sequence[str]  # the playing one and those before it, newest first
    resolved: ResolvedTracks  # those of them that are known
    playing_ended_at: datetime | None = None  # the playing track's end, where it has ended
    session_began: datetime | None = None
    live_plays: Sequence[LivePlay] = ()  # oldest first, newer than the build


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackEvidence:
    """Evidence, and of each track in it: its number, its names, its history."""

    evidence: Evidence
    listener_no: int
    tracks: dict[str, Row]
