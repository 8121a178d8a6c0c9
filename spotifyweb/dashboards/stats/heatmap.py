"""The heat map of a year: one square for each day, darker with more listening."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext

from spotifyweb.dashboards.filters import start_of_week
from spotifyweb.dashboards.stats.overview import Day
from spotifyweb.dashboards.templatetags import formatting

WEEKS = 53


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    local_date: date
    heard_ms: int
    plays: int
    step: int  # 0 nothing … 4 most
    is_short: bool = False  # plays may be missing

    @property
    def css(self) -> str:
        """The classes of its cell: the shade, and a frame where plays may be missing."""
        return f"heat-{self.step} heat-short" if self.is_short else f"heat-{self.step}"

    @property
    def label(self) -> str:
        day, time = formatting.day(self.local_date), formatting.duration(self.heard_ms)
        if self.is_short:
            time = gettext("at least %(number)s") % {"number": time}
        return f"{formatting.weekday(self.local_date)} {day}: {time}"


def weeks(
    days: Iterable[Day],
    *,
    until: date,
    first_weekday: int = 0,
    count: int = WEEKS,
    short: Container[date] = (),
) -> list[list[Square]]:
    """Return a row for each weekday of the last `count` weeks, without days after `until`.

    The first row is that of `first_weekday`, 0 for Monday. `short` holds the days of which plays
    may be missing.
    """
    by_date = {day.local_date: day for day in days}
    first = start_of_week(until, first_weekday) - timedelta(weeks=count - 1)
    shown = [first + timedelta(days=number) for number in range((until - first).days + 1)]
    most = max((by_date[day].heard_ms for day in shown if day in by_date), default=0)
    squares = [_square(day, by_date.get(day), most, is_short=day in short) for day in shown]
    return [squares[weekday::7] for weekday in range(7)]


def step(value: int, most: int) -> int:
    """Return the shade, 0 for nothing and 1 to 4 by the square root, so that quiet days show."""
    if value <= 0 or most <= 0:
        return 0
    return max(1, min(4, int((value / most) ** 0.5 * 4 + 0.999)))


def _square(day: date, totals: Day | None, most: int, *, is_short: bool) -> Square:
    heard_ms = totals.heard_ms if totals else 0
    return Square(
        local_date=day,
        heard_ms=heard_ms,
        plays=totals.plays if totals else 0,
        step=step(heard_ms, most),
        is_short=is_short,
    )
