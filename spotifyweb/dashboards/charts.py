"""Charts as `static/js/charts.js` draws them, with the table of the same numbers."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from math import inf
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext

from spotifyweb.dashboards import time_buckets
from spotifyweb.dashboards.filters import ONE_DAY, Period
from spotifyweb.dashboards.templatetags import formatting


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    label: str | Promise
    values: list[float | None]
    unit: str = "plays"  # plays, minutes, share or rank
    ink: int = 1  # --series-<ink>


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A span of the x axis in which plays may be missing, or were until an import filled it."""

    first: float
    last: float
    label: str | Promise
    is_open: bool = True

    def clip(self, period: Period) -> "Band":
        """Return its part in those days; where there is none it ends before it begins."""
        first = seconds(period.first) if period.first else -inf
        last = seconds(period.last + ONE_DAY) - 1 if period.last else inf
        return replace(self, first=max(self.first, first), last=min(self.last, last))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Series over days, weeks or months. `kind` is bars, stack or line."""

    name: str  # unique on the page
    title: str | Promise
    dates: list[date]
    series: list[Series]
    kind: str = "bars"
    step: str = "day"
    bands: tuple[Band, ...] = ()

    @property
    def json_id(self) -> str:
        return f"chart-{self.name}"

    @property
    def step_name(self) -> str:
        return str(time_buckets.STEPS[self.step])

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "step": self.step,
            "x": [seconds(day) for day in self.dates],
            "series": [asdict(series) for series in self.series],
            "bands": [asdict(band) for band in self.shown_bands],
        }

    def table(self) -> list[tuple[str, list[str], str]]:
        """Return the rows newest first, in words: step, values, and what may be missing."""
        if not self.series:
            return []
        values = zip(*(series.values for series in self.series), strict=True)
        rows = zip(self.dates, values, self._bands_of_each(), strict=True)
        return [self._row(*row) for row in rows][::-1]

    def dated_table(self) -> list[tuple[Period, tuple[str, list[str], str]]]:
        """Return the rows of the table, each with the days it counts."""
        return list(zip(reversed(self.periods), self.table(), strict=False))

    @property
    def periods(self) -> list[Period]:
        """The days of each step, from its first to its last."""
        ends = [time_buckets.next_start(day, self.step) - ONE_DAY for day in self.dates]
        return [
            Period(first=first, last=last) for first, last in zip(self.dates, ends, strict=True)
        ]

    def _row(
        self, day: date, values: Sequence[float | None], bands: Sequence[Band]
    ) -> tuple[str, list[str], str]:
        at_least = any(band.is_open for band in bands)
        cells = [
            format_value(value, series.unit, at_least=at_least)
            for value, series in zip(values, self.series, strict=True)
        ]
        return (
            step_label(day, self.step),
            cells,
            "; ".join(_distinct(bands)),
        )

    def _bands_of_each(self) -> list[list[Band]]:
        """Return the bands over each of the dates."""
        starts = [seconds(day) for day in self.dates]
        bands: list[list[Band]] = [[] for _ in starts]
        for band in self.shown_bands:
            first = max(0, bisect_right(starts, band.first) - 1)
            for index in range(first, max(first + 1, bisect_left(starts, band.last))):
                bands[index].append(band)
        return bands

    @property
    def shown_bands(self) -> tuple[Band, ...]:
        """The bands that lie in what is drawn."""
        if not self.dates:
            return ()
        first, last = (
            seconds(self.dates[0]),
            seconds(time_buckets.next_start(self.dates[-1], self.step)),
        )
        return tuple(band for band in self.bands if band.first < last and band.last > first)

    @property
    def has_open_gaps(self) -> bool:
        return any(band.is_open for band in self.shown_bands)

    @property
    def has_filled_gaps(self) -> bool:
        return any(not band.is_open for band in self.shown_bands)

    @property
    def description(self) -> str:
        """The text alternative of the picture."""
        short = sum(any(band.is_open for band in bands) for bands in self._bands_of_each())
        if not short:
            return str(self.title)
        return ngettext(
            "%(title)s; plays may be missing in %(short)s of %(all)s bar",
            "%(title)s; plays may be missing in %(short)s of %(all)s bars",
            len(self.dates),
        ) % {"title": self.title, "short": short, "all": len(self.dates)}

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw; a share of 0 is something, plays of 0 are not."""
        return not any(
            value is not None if series.unit == "share" else value
            for series in self.series
            for value in series.values
        )


def _distinct(bands: Sequence[Band]) -> list[str]:
    return list(dict.fromkeys(str(band.label) for band in bands))


def seconds(day: date) -> int:
    """Return a local day as the chart's x in seconds: midnight UTC, as its zone is resolved."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def step_label(day: date, step: str) -> str:
    """Name a day, week or month."""
    if step == "month":
        return formatting.month(day)
    if step == "week":
        return gettext("week of %(date)s") % {"date": formatting.day(day)}
    return f"{formatting.weekday(day)} {formatting.day(day)}"


def format_value(value: float | None, unit: str, *, at_least: bool = False) -> str:
    if unit == "share":
        return formatting.percent(value)
    if unit == "rank":
        return "–" if value is None else f"#{formatting.with_separators(round(value))}"
    if unit == "minutes":
        text = formatting.duration(None if value is None else value * 60_000)
    else:
        text = formatting.with_separators(None if value is None else round(value))
    if at_least and value is not None:
        return gettext("at least %(number)s") % {"number": text}
    return text


def minutes(values: Sequence[int | None]) -> list[float | None]:
    return [None if value is None else round(value / 60_000, 1) for value in values]


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
