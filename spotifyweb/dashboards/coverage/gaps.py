"""Gaps: periods in which plays may be missing.

They are the ledger's gaps, in which fetching stopped, without what imported histories cover, and
the time that no source covers: before the first, between histories, until the first fetch.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.coverage.timespans import gaps_between, split

MAX_GAPS = 500


class State(StrEnum):
    """What is missing in a gap: known to be missing, possibly missing, or filled by an import."""

    KNOWN = "known"
    POSSIBLE = "possible"
    FILLED = "filled"


STATE_LABELS = {
    State.KNOWN: _("plays are missing"),
    State.POSSIBLE: _("plays may be missing"),
    State.FILLED: _("gap filled by an import"),
}
LAUNCH = datetime(2008, 10, 7, tzinfo=UTC)  # of Spotify, before which no play can be missing
BEFORE_FIRST = _("before your first known play")
UNTIL_FETCHED = _("between an imported history and the first fetch")
BETWEEN = _("between two imported histories")
FETCHED = "recently_played"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    starts_at: datetime
    ends_at: datetime
    reason: str | Promise
    state: State
    goes_on: bool = False  # still open, so it ends now

    @property
    def is_filled(self) -> bool:
        return self.state is State.FILLED

    @property
    def is_before_first(self) -> bool:
        return self.starts_at == LAUNCH

    @property
    def words(self) -> str:
        return str(STATE_LABELS[self.state])


def gaps(listener: Listener) -> list[Gap]:
    """Return the newest 500 gaps, first the one that goes on."""
    return _all_gaps(listener)[:MAX_GAPS]


def counts(listener: Listener) -> Counter[str]:
    """Count the gaps of each state, with the one that goes on."""
    return Counter(str(gap.state) for gap in _all_gaps(listener))


def _all_gaps(listener: Listener) -> list[Gap]:
    """Return the ledger's gaps without what histories cover, and the time no source covers."""
    spans = known_spans(listener)
    histories = [span for source, *span in spans if source != FETCHED]
    ongoing = _ongoing_gaps(listener)
    rows = [row for row in _ledger().filter(listener=listener) if row not in ongoing]
    closed = [gap for row in rows for gap in _split_by_histories(row, histories)]
    closed += _unobserved_gaps(spans)
    closed.sort(key=lambda gap: gap.starts_at, reverse=True)
    return [
        *(replace(gap, goes_on=True) for row in ongoing for gap in _open_remainder(row, histories)),
        *closed,
    ]


def _split_by_histories(row: Any, histories: Sequence[Sequence[datetime]]) -> list[Gap]:
    """Split a gap of the ledger into parts that are open and parts that a history filled."""
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


def _unobserved_gaps(known: Sequence[tuple[str, datetime, datetime]]) -> list[Gap]:
    """Return the gaps before the first known moment and between known spans."""
    if not known:
        return []
    spans = [(first, last) for _, first, last in known]
    fetched = {first for source, first, _ in known if source == FETCHED}
    unobserved = [(LAUNCH, min(spans)[0], BEFORE_FIRST)]
    unobserved += [
        (first, last, UNTIL_FETCHED if last in fetched else BETWEEN)
        for first, last in gaps_between(spans)
    ]
    return [
        Gap(starts_at=first, ends_at=last, reason=reason, state=State.POSSIBLE)
        for first, last, reason in unobserved
        if first < last
    ]


def _state(status: str, reason: str) -> State:
    if status == "filled":
        return State.FILLED
    return State.KNOWN if reason == "full_page" else State.POSSIBLE


def known_spans(listener: Listener) -> list[tuple[str, datetime, datetime]]:
    """Return source, first and last moment of each span of which a source reports every play."""
    spans: list[tuple[str, datetime, datetime]] = _ledger().known(listener, now=timezone.now())
    return spans


def _open_remainder(row: Any, histories: Sequence[Sequence[datetime]]) -> list[Gap]:
    """Return the part of a gap after the last history that reaches into it."""
    return [gap for gap in _split_by_histories(row, histories) if not gap.is_filled][-1:]


def _ongoing_gaps(listener: Listener) -> list[Any]:
    """Return the gap that goes on, if there is one, without saving it."""
    gap = _ledger().ongoing(listener, now=timezone.now())
    return [gap] if gap else []


def _ledger() -> Any:
    """Return the manager of ingestion's table, known here by its name only."""
    model: Any = apps.get_model("ingestion", "Gap")
    return model.objects
