"""The time that each source covers, as bars on an axis."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.coverage.gaps import known_spans
from spotifyweb.dashboards.coverage.timespans import Timespan, union
from spotifyweb.warehouse import Row, Warehouse, WarehouseError

MIN_WIDTH = 0.2  # percent of the axis, so that an hour of twelve years can be seen
SOURCES = """
    select source, min(started_at) as first_at, max(ended_at) as last_at
    from gold.listens where user_id = ? group by source
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceBar:
    """The time that a source covers, and its place on an axis in percent."""

    source: str
    first: datetime
    last: datetime
    parts: list[tuple[float, float]]  # x and width


def source_bars(listener: Listener, warehouse: Warehouse) -> list[SourceBar]:
    """Return a bar for each source, the one that reaches back furthest first.

    A source that reports its spans has its gaps; of any other only the first and last play count.
    """
    spans: dict[str, list[Timespan]] = {}
    for source, first, last in known_spans(listener):
        spans.setdefault(source, []).append((first, last))
    for row in _published_spans(listener, warehouse):
        spans.setdefault(row["source"], [(row["first_at"], row["last_at"])])
    if not spans:
        return []
    begin, end = min(map(min, spans.values()))[0], timezone.now()
    bars = [_bar(source, union(covered), begin, end) for source, covered in spans.items()]
    return sorted(bars, key=lambda bar: (bar.first, bar.source))


def _bar(source: str, spans: list[Timespan], begin: datetime, end: datetime) -> SourceBar:
    whole = (end - begin) / 100

    def x(moment: datetime) -> float:
        return round((moment - begin) / whole, 3) if whole else 0.0

    def part(first: datetime, last: datetime) -> tuple[float, float]:
        width = max(MIN_WIDTH, round(x(last) - x(first), 3))
        return min(x(first), 100 - width), width

    parts = [part(first, last) for first, last in spans]
    return SourceBar(source=source, first=spans[0][0], last=spans[-1][1], parts=parts)


def _published_spans(listener: Listener, warehouse: Warehouse) -> list[Row]:
    """Return first and last play of each source in the published build, if there is one."""
    try:
        return warehouse.rows(SOURCES, [listener.user_id])
    except WarehouseError:
        return []
