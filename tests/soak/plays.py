"""The count of plays: those the sandbox recorded against gold and the ledger of gaps."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

WHOLE_SHARE = 0.75  # of a track's length, as in `dbt/models/silver/silver_matched.sql`
NEAR_MS = 2_000  # Spotify says when a play ended to the millisecond, gold to the second at worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    user_id: str
    track_id: str
    ended_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A period of the ledger in which plays of a listener may be missing, and why."""

    user_id: str
    starts_ms: int
    ends_ms: int
    reason: str

    def covers(self, play: Play) -> bool:
        return self.user_id == play.user_id and self.starts_ms <= play.ended_ms <= self.ends_ms


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of the expected plays; `invented` are in gold and were never played."""

    expected: int = 0
    indistinct: int = (
        0  # played again and left early: Spotify's list reports that of whole plays too
    )
    found: int = 0
    doubled: list[Play] = field(default_factory=list)
    missing: dict[str, list[Play]] = field(default_factory=lambda: defaultdict(list))  # by reason
    lost: list[Play] = field(default_factory=list)
    invented: list[Play] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A play as Spotify's list has it, and the length of its track."""

    play: Play
    duration_ms: int

    def is_repeated_by(self, later: "Listed") -> bool:
        """Return whether the list's next play ends too early for both to be whole."""
        same = (self.play.user_id, self.play.track_id) == (later.play.user_id, later.play.track_id)
        apart_ms = later.play.ended_ms - self.play.ended_ms
        return same and apart_ms < WHOLE_SHARE * self.duration_ms


def distinct(listed: Sequence[Listed]) -> list[Play]:
    """Return what can be told apart of a list, oldest first: the last of repetitions."""
    followed = [*itertools.pairwise(listed)]
    repeated = {one.play for one, later in followed if one.is_repeated_by(later)}
    return [one.play for one in listed if one.play not in repeated]


def tally(expected: Iterable[Play], gold: Sequence[Play], gaps: Sequence[Gap]) -> Tally:
    """Match each expected play with the rows of gold that end within NEAR_MS of it."""
    result, rows = Tally(), defaultdict(list)
    for row in gold:
        rows[row.user_id, row.track_id].append(row)
    for play in expected:
        near = [row for row in rows[play.user_id, play.track_id] if _is_near(row, play)]
        for row in near:
            rows[play.user_id, play.track_id].remove(row)
        _add(result, play, len(near), gaps)
    result.invented = [row for rest in rows.values() for row in rest]
    return result


def _is_near(row: Play, play: Play) -> bool:
    return abs(row.ended_ms - play.ended_ms) <= NEAR_MS


def _add(result: Tally, play: Play, rows: int, gaps: Sequence[Gap]) -> None:
    result.expected += 1
    result.found += rows > 0
    if rows > 1:
        result.doubled.append(play)
    if rows:
        return
    gap = next((gap for gap in gaps if gap.covers(play)), None)
    if gap is None:
        result.lost.append(play)
    else:
        result.missing[gap.reason].append(play)
