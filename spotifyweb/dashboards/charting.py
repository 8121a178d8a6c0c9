"""What `static/js/charts.js` draws, said once for the picture and for its table."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from spotifyweb.dashboards.templatetags import wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    label: str
    values: list[float | None]
    unit: str = "plays"  # plays, minutes or share
    ink: int = 1  # --series-<ink>


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A stretch of the x axis in which plays may be missing."""

    first: float
    last: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Series over days, weeks or months. `kind` is bars, stack or line."""

    name: str  # unique on the page
    title: str
    dates: list[date]
    series: list[Series]
    kind: str = "bars"
    step: str = "day"
    bands: tuple[Band, ...] = ()

    @property
    def json_id(self) -> str:
        return f"chart-{self.name}"

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "step": self.step,
            "x": [seconds(day) for day in self.dates],
            "series": [asdict(series) for series in self.series],
            "bands": [asdict(band) for band in self.bands],
        }

    def table(self) -> list[tuple[str, list[str]]]:
        """Newest first, in words."""
        if not self.series:
            return []
        columns = [[words(value, series.unit) for value in series.values] for series in self.series]
        rows = zip(self.dates, zip(*columns, strict=True), strict=True)
        return [(name_of(day, self.step), list(values)) for day, values in rows][::-1]

    @property
    def is_empty(self) -> bool:
        return not any(value for series in self.series for value in series.values)


def seconds(day: date) -> int:
    """A day as the chart's x: midnight UTC, because the day was already resolved in its zone."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def name_of(day: date, step: str) -> str:
    if step == "month":
        return f"{day:%B %Y}"
    prefix = "week of " if step == "week" else f"{day:%a} "
    return f"{prefix}{day.day} {day:%b %Y}"


def words(value: float | None, unit: str) -> str:
    if unit == "share":
        return wording.percent(value)
    if unit == "minutes":
        return wording.duration(None if value is None else value * 60_000)
    return "–" if value is None else f"{value:,.0f}"


def minutes(values: Sequence[int | None]) -> list[float | None]:
    return [None if value is None else round(value / 60_000, 1) for value in values]


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
