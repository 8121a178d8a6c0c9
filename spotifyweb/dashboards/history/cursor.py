"""Positions in the history: the address of a page, stable while plays arrive (keyset pagination).

Plays are ordered by their end, the newest first, and by event id where two ended at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from spotifyweb import bounds
from spotifyweb.dashboards.filters import FIRST_DAY, LAST_DAY
from spotifyweb.warehouse import Row

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MAX_DAYS = 100_000  # from 1970: into the year 2243
MICROSECONDS_PER_DAY = timedelta(days=1) // MICROSECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The place of one play, written as `1556884800000000.event-id`: its end in microseconds."""

    ended_at: datetime
    event_id: str

    @classmethod
    def of(cls, play: Row) -> Self:
        return cls(ended_at=play["ended_at"], event_id=play["event_id"])

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the cursor, or None for anything that is none."""
        microseconds, dot, event_id = text.partition(".")
        since = bounds.parse_integer(microseconds)
        if not dot or since is None or not 0 <= since < MAX_DAYS * MICROSECONDS_PER_DAY:
            return None
        return cls(ended_at=EPOCH + since * MICROSECOND, event_id=event_id[:64])

    def __str__(self) -> str:
        return f"{(self.ended_at - EPOCH) // MICROSECOND}.{self.event_id}"


BEGINNING = Cursor(ended_at=EPOCH, event_id="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a page of the history is: below a cursor, above one, at a moment, or at the top."""

    before: Cursor | None = None
    after: Cursor | None = None
    moment: datetime | None = None  # naive, on the listener's clock: plays that began before it
    minute: datetime | None = None  # the one of which `moment` is the end, if a time was given

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """Read a position from a query string; an invalid one is the top."""
        if before := Cursor.parse(query.get("before", "")):
            return cls(before=before)
        if after := Cursor.parse(query.get("after", "")):
            return cls(after=after)
        minute = _read_minute(query.get("on", ""), query.get("at", ""))
        if minute:
            return cls(moment=minute + timedelta(minutes=1), minute=minute)
        midnight = _read_minute(query.get("on", ""), "00:00")
        return cls(moment=midnight + timedelta(days=1)) if midnight else cls()

    @property
    def is_top(self) -> bool:
        return self == Position()


def _read_minute(day_text: str, time_text: str) -> datetime | None:
    try:
        day, at = date.fromisoformat(day_text), time.fromisoformat(time_text)
    except ValueError:
        return None
    minute = datetime.combine(day, at.replace(second=0, microsecond=0, tzinfo=None))
    return minute if FIRST_DAY <= day <= LAST_DAY else None
