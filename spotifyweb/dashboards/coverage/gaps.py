"""Where plays may be missing, drawn on charts so that they say "at least".

The ledger's gaps, in which fetching stopped, less what imported histories report of them; and the
time of which no source reports: before the first, between two histories, until the first fetch.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.utils import timezone

from spotifyweb.accounts import timezones
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.charts import Band
from spotifyweb.dashboards.coverage.timespans import Timespan, holes, split, union
from spotifyweb.dashboards.filters import ONE_DAY
from spotifyweb.dashboards.request import Asked
from spotifyweb.warehouse import Row, Warehouse, WarehouseError

LISTED = 500
LEAST_WIDTH = 0.2  # percent of the axis, so that an hour of twelve years can be seen
SOURCES = """
    select source, min(started_at) as first_at, max(ended_at) as last_at
    from silver.silver_listens where user_id = ? group by source
"""


class State(StrEnum):
    """known: more was played than Spotify keeps; possible: nobody looked; filled: found later."""

    KNOWN = "known"
    POSSIBLE = "possible"
    FILLED = "filled"


WORDS = {
    State.KNOWN: "plays are missing",
    State.POSSIBLE: "plays may be missing",
    State.FILLED: "was missing, came in later",
}


LAUNCH = datetime(2008, 10, 7, tzinfo=UTC)  # of Spotify: nothing can be missing before
BEFORE_FIRST = "before the first play that is known"
UNTIL_FETCHED = "between an imported history and the first fetch"
BETWEEN = "between two imported histories"
FETCHED = "recently_played"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    starts_at: datetime
    ends_at: datetime
    reason: str  # in words
    state: State
    goes_on: bool = False  # nobody looks yet, so it ends with the moment of asking

    @property
    def is_filled(self) -> bool:
        return self.state is State.FILLED

    @property
    def is_before_first(self) -> bool:
        return self.starts_at == LAUNCH

    @property
    def words(self) -> str:
        return WORDS[self.state]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceBar:
    """The time of which a source knows, and where it lies on an axis in percent."""

    source: str
    first: datetime
    last: datetime
    parts: list[tuple[float, float]]  # x and width


def gaps(listener: Listener) -> list[Gap]:
    """The newest 500, first the one that goes on."""
    return _all(listener)[:LISTED]


def counts(listener: Listener) -> Counter[str]:
    """How many there are of each state, with the one that goes on."""
    return Counter(str(gap.state) for gap in _all(listener))


def _all(listener: Listener) -> list[Gap]:
    """Of the ledger, shortened by what histories tell of; and where no source ever looked."""
    known = _known(listener)
    histories = [span for source, *span in known if source != FETCHED]
    lasting = _lasting(listener)
    rows = [row for row in _ledger().filter(listener=listener) if row not in lasting]
    found = [gap for row in rows for gap in _shortened(row, histories)]
    found += _unseen(known)
    found.sort(key=lambda gap: gap.starts_at, reverse=True)
    return [
        *(replace(gap, goes_on=True) for row in lasting for gap in _open_end(row, histories)),
        *found,
    ]


def _shortened(row: Any, histories: Sequence[Sequence[datetime]]) -> list[Gap]:
    """A gap of the ledger in the parts that are still open and those that a history filled."""
    state = _state(row.status, row.reason)
    whole = (row.starts_at, row.ends_at)
    left, inside = (
        ([whole], [])
        if state is State.FILLED
        else split(whole, [(first, last) for first, last in histories])
    )
    return [
        Gap(starts_at=first, ends_at=last, reason=row.get_reason_display(), state=state)
        for spans, state in ((left, state), (inside, State.FILLED))
        for first, last in spans
    ]


def _unseen(known: Sequence[tuple[str, datetime, datetime]]) -> list[Gap]:
    """Before the first moment that is known, and between what is."""
    if not known:
        return []
    spans = [(first, last) for _, first, last in known]
    fetched = {first for source, first, _ in known if source == FETCHED}
    found = [(LAUNCH, min(spans)[0], BEFORE_FIRST)]
    found += [
        (first, last, UNTIL_FETCHED if last in fetched else BETWEEN) for first, last in holes(spans)
    ]
    return [
        Gap(starts_at=first, ends_at=last, reason=reason, state=State.POSSIBLE)
        for first, last, reason in found
        if first < last
    ]


def sources(listener: Listener, warehouse: Warehouse) -> list[SourceBar]:
    """One bar each, the source that reaches back furthest first.

    A source that says which times it knows has its holes; of another only its plays are known.
    """
    spans: dict[str, list[Timespan]] = {}
    for source, first, last in _known(listener):
        spans.setdefault(source, []).append((first, last))
    for row in _built(listener, warehouse):
        spans.setdefault(row["source"], [(row["first_at"], row["last_at"])])
    if not spans:
        return []
    begin, end = min(map(min, spans.values()))[0], timezone.now()
    bars = [_bar(source, union(found), begin, end) for source, found in spans.items()]
    return sorted(bars, key=lambda bar: (bar.first, bar.source))


def _bar(source: str, spans: list[Timespan], begin: datetime, end: datetime) -> SourceBar:
    whole = (end - begin) / 100

    def x(moment: datetime) -> float:
        return round((moment - begin) / whole, 3) if whole else 0.0

    def part(first: datetime, last: datetime) -> tuple[float, float]:
        width = max(LEAST_WIDTH, round(x(last) - x(first), 3))
        return min(x(first), 100 - width), width

    parts = [part(first, last) for first, last in spans]
    return SourceBar(source=source, first=spans[0][0], last=spans[-1][1], parts=parts)


def _built(listener: Listener, warehouse: Warehouse) -> list[Row]:
    """From the first to the last play of each source in the published build, if there is one."""
    try:
        return warehouse.rows(SOURCES, [listener.user_id])
    except WarehouseError:
        return []


def bands(asked: Asked) -> tuple[Band, ...]:
    """The gaps as stretches of a chart's x axis, in the listener's days.

    Why there is a gap is nobody's business but the listener's, nor are gaps of other days than
    those that a link shows.
    """
    lived = timezones.timezone_periods(asked.listener)

    def x(moment: datetime) -> float:
        """Wall time as if it were UTC: the axis has resolved days."""
        there = moment.astimezone(timezones.zone_at(lived, moment))
        return there.replace(tzinfo=UTC).timestamp()

    found = tuple(
        Band(
            first=x(gap.starts_at),
            last=x(gap.ends_at),
            label=gap.words if asked.is_shared else f"{gap.words}: {gap.reason}",
            is_open=not gap.is_filled,
        )
        for gap in gaps(asked.listener)
    )
    if not asked.is_frozen:
        return found
    cut = [band.within(asked.filters.period) for band in found]
    return tuple(band for band in cut if band.first <= band.last)


def short_days(found: Iterable[Band]) -> frozenset[date]:
    """The days that an open gap touches; one that ends at midnight leaves the next day whole."""
    days: set[date] = set()
    for band in found:
        if band.is_open:
            first, until = (datetime.fromtimestamp(x, UTC) for x in (band.first, band.last))
            last = max(first, until - datetime.resolution).date()
            count = (last - first.date()).days + 1
            days.update(first.date() + ONE_DAY * number for number in range(count))
    return frozenset(days)


def _state(status: str, reason: str) -> State:
    if status == "filled":
        return State.FILLED
    return State.KNOWN if reason == "full_page" else State.POSSIBLE


def _known(listener: Listener) -> list[tuple[str, datetime, datetime]]:
    """Source, first and last moment of each time of which it reports every play."""
    found: list[tuple[str, datetime, datetime]] = _ledger().known(listener, now=timezone.now())
    return found


def _open_end(row: Any, histories: Sequence[Sequence[datetime]]) -> list[Gap]:
    """What is left of it after the last history that reaches into it."""
    return [gap for gap in _shortened(row, histories) if not gap.is_filled][-1:]


def _lasting(listener: Listener) -> list[Any]:
    """The gap that goes on, if one does; not saved by being looked at."""
    found = _ledger().ongoing(listener, now=timezone.now())
    return [found] if found else []


def _ledger() -> Any:
    """It is the writer's table; we only know its name."""
    model: Any = apps.get_model("ingestion", "Gap")
    return model.objects
