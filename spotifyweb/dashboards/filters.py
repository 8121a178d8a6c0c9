"""The filters of a query, read from the query string.

Every filter stands in the query string and nowhere else, and travels from page to page. A page
leaves out an invalid value, so that old links still open; the API refuses it before it gets here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Self

from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from spotifyweb import bounds

ONE_DAY = timedelta(days=1)
DAYS = {"7d": 7, "30d": 30, "90d": 90, "365d": 365}
RANGES = {
    "all": _("All time"),
    "7d": _("Last 7 days"),
    "30d": _("Last 30 days"),
    "90d": _("Last 90 days"),
    "365d": _("Last 365 days"),
    "week": _("This week"),
    "last_week": _("Last week"),
    "month": _("This month"),
    "last_month": _("Last month"),
    "ytd": _("This year"),
    "last_year": _("Last year"),
}
PODCASTS = {
    "": _("Music only"),
    "with": _("Music and podcasts"),
    "only": _("Podcasts and audiobooks"),
}
MINIMUMS = {
    0: _("Any length"),
    30_000: _("30 s or more"),
    60_000: _("1 min or more"),
    120_000: _("2 min or more"),
}
YEAR = re.compile(r"(19|20)\d\d")
FIRST_DAY, LAST_DAY = date(1950, 1, 1), date(2199, 12, 31)
MAX_MIN_MS = 86_400_000  # a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Local days from `first` to `last`, both included; None is an open end."""

    first: date | None = None
    last: date | None = None

    @property
    def days(self) -> int | None:
        if self.first is None or self.last is None:
            return None
        return (self.last - self.first).days + 1

    def ended(self, today: date) -> "Period":
        """Return it with an open end closed by today, where it has a beginning."""
        if self.first is None or self.last is not None:
            return self
        return replace(self, last=max(self.first, today))

    def whole(self, today: date) -> "Period | None":
        """Return its days that are over; None without both ends or before the first is over."""
        if self.first is None or self.last is None:
            return None
        last = min(self.last, today - ONE_DAY)
        return replace(self, last=last) if last >= self.first else None

    @property
    def is_of_a_year(self) -> bool:
        """Whether it runs from New Year's Day to a day of the same year."""
        first, last = self.first, self.last
        return bool(first and last and (first.month, first.day, first.year) == (1, 1, last.year))

    def before(self) -> "Period | None":
        """Return the period to compare with, None for an open one.

        For a year these are the same days of the year before, else as many days up to the day
        before this period.
        """
        if self.first is None or self.last is None or self.days is None:
            return None
        if self.is_of_a_year:
            return Period(first=_year_before(self.first), last=_year_before(self.last))
        end = self.first - ONE_DAY
        return Period(first=end - timedelta(days=self.days - 1), last=end)

    def begins_before(self, day: date) -> bool:
        return self.first is None or self.first < day

    def within(self, other: "Period") -> "Period":
        """Return the days that lie in both."""
        firsts = [day for day in (self.first, other.first) if day]
        lasts = [day for day in (self.last, other.last) if day]
        return Period(first=max(firsts, default=None), last=min(lasts, default=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which plays of a listener count. `period` is already resolved against today."""

    range: str = "all"
    period: Period = Period()
    device: str = ""
    source: str = ""
    min_ms: int = 0
    skips: bool = False  # count tracks left within 30 seconds as plays
    podcasts: str = ""
    rules: bool = True  # apply the listener's exclusion rules

    @classmethod
    def read(cls, query: Mapping[str, str], *, today: date, first_weekday: int = 0) -> Self:
        """Read the filters of a query string; `today` is the listener's local day."""
        chosen, period = read_period(query, today=today, first_weekday=first_weekday)
        return cls(
            range=chosen,
            period=period,
            device=query.get("device", "")[:60],
            source=query.get("source", "")[:40],
            min_ms=read_min_ms(query.get("min_ms", "")),
            skips=query.get("skips") == "1",
            podcasts=query["podcasts"] if query.get("podcasts") in PODCASTS else "",
            rules=query.get("rules") != "0",
        )

    def during(self, period: Period) -> "Filters":
        """Return these filters for another period."""
        return replace(self, period=period)

    @property
    def undated(self) -> "Filters":
        """All filters but the days, for pages that choose their days themselves."""
        return replace(self, range="all", period=Period())

    @property
    def dates(self) -> dict[str, str]:
        """The parameters of the days, which such a page passes on to others."""
        return {name: value for name, value in self.params().items() if name in DATE_PARAMETERS}

    @property
    def query(self) -> str:
        """The shortest query string that gives these filters."""
        return urlencode(self.params())

    def params(self) -> dict[str, str]:
        """Return the query parameters that differ from the defaults."""
        params = {
            "range": self.range if self.range not in ("all", "custom") else "",
            "from": self.period.first.isoformat() if self._custom and self.period.first else "",
            "to": self.period.last.isoformat() if self._custom and self.period.last else "",
            "device": self.device,
            "source": self.source,
            "min_ms": str(self.min_ms or ""),
            "skips": "1" if self.skips else "",
            "podcasts": self.podcasts,
            "rules": "" if self.rules else "0",
        }
        return {name: value for name, value in params.items() if value}

    @property
    def _custom(self) -> bool:
        return self.range == "custom"

    @property
    def label(self) -> str:
        """The period in words."""
        if self._custom:
            days = {"first": _day(self.period.first), "last": _day(self.period.last)}
            return gettext("%(first)s to %(last)s") % days
        return str(RANGES.get(self.range, self.range))

    @property
    def more(self) -> int:
        """The number of active filters that the bar hides under "More"."""
        return len(self.params().keys() - {*DATE_PARAMETERS, "device"})

    @property
    def podcast_words(self) -> str:
        return str(PODCASTS[self.podcasts]).lower()

    @property
    def custom_first(self) -> str:
        return self.params().get("from", "")

    @property
    def custom_last(self) -> str:
        return self.params().get("to", "")


DATE_PARAMETERS = ("range", "from", "to")
PARAMETERS = (*DATE_PARAMETERS, "device", "source", "min_ms", "skips", "podcasts", "rules")


def read_period(
    query: Mapping[str, str], *, today: date, first_weekday: int = 0
) -> tuple[str, Period]:
    """Return the name of the range and its days; weeks begin on `first_weekday`, 0 for Monday."""
    first, last = _date(query.get("from", "")), _date(query.get("to", ""))
    if first or last:
        if first and last and last < first:
            first, last = last, first
        return "custom", Period(first=first, last=last)
    chosen = query.get("range", "")
    if chosen in DAYS:
        return chosen, Period(first=today - timedelta(days=DAYS[chosen] - 1), last=today)
    if chosen in RANGES and chosen != "all":
        return chosen, calendar_period(chosen, today=today, first_weekday=first_weekday)
    if YEAR.fullmatch(chosen):
        return chosen, year(int(chosen))
    return "all", Period()


def calendar_period(name: str, *, today: date, first_weekday: int = 0) -> Period:
    """Return this or the last calendar week, month or year; this one until today."""
    week, month = start_of_week(today, first_weekday), today.replace(day=1)
    month_before = (month - ONE_DAY).replace(day=1)
    return {
        "week": Period(first=week, last=today),
        "last_week": Period(first=week - timedelta(days=7), last=week - ONE_DAY),
        "month": Period(first=month, last=today),
        "last_month": Period(first=month_before, last=month - ONE_DAY),
        "ytd": Period(first=date(today.year, 1, 1), last=today),
        "last_year": year(today.year - 1),
    }[name]


def start_of_week(day: date, first_weekday: int = 0) -> date:
    """Return the first day of the day's week; weekdays count from 0 for Monday, as in `date`."""
    return day - timedelta(days=(day.weekday() - first_weekday) % 7)


def year(number: int) -> Period:
    """Return the days of a calendar year."""
    return Period(first=date(number, 1, 1), last=date(number, 12, 31))


def read_min_ms(value: str) -> int:
    """Parse a minimum length in milliseconds, between nothing and a day."""
    return min(max(0, bounds.parse_integer(value) or 0), MAX_MIN_MS)


def choose(value: str, choices: Iterable[str], default: str) -> str:
    """Return the value if it is one of the choices, else the default."""
    return value if value in choices else default


def _date(value: str) -> date | None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


def _year_before(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if is_leap_day else day.day)


def _day(day: date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else "…"
