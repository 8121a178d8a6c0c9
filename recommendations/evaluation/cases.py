"""Cases for the contenders: the track that came next after others of a session."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from spotifyweb.warehouse.scratch import Scratch

PLAYS = """
select user_id, session_id, track_id, played_at from house where is_play order by user_id, event_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    user_id: str
    target: str
    playing: str
    before: tuple[str, ...]  # newest first, at most four
    heard: frozenset[str]  # in this session, the playing one included
    played_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Fit on what was before `start`, ask for what comes until `end`."""

    start: datetime
    end: datetime


def windows(scratch: Scratch, *, test_share: float, refit_days: float) -> list[Window]:
    """Return the newest share of the plays, cut into stretches of `refit_days`."""
    moments = [row[0] for row in scratch.tuples("select played_at from house order by played_at")]
    if not moments:
        return []
    start, last = moments[int(len(moments) * (1 - test_share))], moments[-1]
    assert isinstance(start, datetime) and isinstance(last, datetime)
    cut: list[Window] = []
    while start <= last:
        cut.append(Window(start=start, end=start + timedelta(days=refit_days)))
        start = cut[-1].end
    return cut


def cases(scratch: Scratch, *, since: datetime) -> list[Case]:
    """Every next track from `since` on that is not the playing one once more."""
    sessions = groupby(scratch.tuples(PLAYS), key=lambda row: (str(row[0]), row[1]))
    return [
        case
        for (user_id, _), plays in sessions
        for case in _session_cases(user_id, list(plays), since)
    ]


def _session_cases(user_id: str, session: Sequence[Any], since: datetime) -> Iterator[Case]:
    tracks = [str(play[2]) for play in session]
    for place in range(1, len(session)):
        playing, target, played_at = tracks[place - 1], tracks[place], session[place][3]
        if played_at >= since and target != playing:
            yield Case(
                user_id=user_id,
                target=target,
                playing=playing,
                before=tuple(reversed(tracks[max(0, place - 5) : place - 1])),
                heard=frozenset(tracks[:place]),
                played_at=played_at,
            )
