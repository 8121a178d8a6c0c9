"""Cases for the contenders: the track that came next after others of a session."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from recommendations.session import LONGEST
from spotifyweb.warehouse.scratch import Scratch

PLAYS = """
select user_id, session_id, track_id, played_at
from install_history where is_play order by user_id, event_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    user_id: str
    following: tuple[str, ...]  # in this session, the next first, at most ten
    session: tuple[str, ...]  # the playing track and those before it, newest first
    began_at: datetime  # when the first of those ended, without a zone, in UTC, as the others
    playing_at: datetime  # when the playing track ended
    played_at: datetime  # when the next one did

    @property
    def target(self) -> str:
        return self.following[0]

    @property
    def playing(self) -> str:
        return self.session[0]

    @property
    def before(self) -> tuple[str, ...]:
        return self.session[1:5]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Fit on what was before `start`, ask for what comes until `end`."""

    start: datetime
    end: datetime


def windows(scratch: Scratch, *, test_share: float, refit_days: float) -> list[Window]:
    """Return the newest share of the plays, cut into stretches of `refit_days`."""
    moments = [
        row[0] for row in scratch.tuples("select played_at from install_history order by played_at")
    ]
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
    """Return every next track from `since` on that is not the playing one once more."""
    sessions = groupby(scratch.tuples(PLAYS), key=lambda row: (str(row[0]), row[1]))
    return [
        case
        for (user_id, _), plays in sessions
        for case in _session_cases(user_id, list(plays), since)
    ]


def _session_cases(user_id: str, session: Sequence[Any], since: datetime) -> Iterator[Case]:
    tracks = [str(play[2]) for play in session]
    for place in range(1, len(session)):
        played_at = session[place][3]
        if played_at >= since and tracks[place] != tracks[place - 1]:
            yield Case(
                user_id=user_id,
                following=tuple(tracks[place : place + 10]),
                session=tuple(reversed(tracks[max(0, place - LONGEST) : place])),
                began_at=session[max(0, place - LONGEST)][3],
                playing_at=session[place - 1][3],
                played_at=played_at,
            )
