"""Where plays may be missing: the ledger's gaps, drawn on charts so that they say "at least"."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.utils import timezone

from spotifyweb.accounts import homes
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.asking import Asked
from spotifyweb.dashboards.charting import Band
from spotifyweb.dashboards.filters import ONE_DAY

LISTED = 500


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
    def words(self) -> str:
        return WORDS[self.state]


def gaps(listener: Listener) -> list[Gap]:
    """The newest of the listener's ledger, first the one that goes on."""
    lasting = _lasting(listener)
    newest = _ledger().filter(listener=listener).order_by("-starts_at")[:LISTED]
    return [
        Gap(
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            reason=row.get_reason_display(),
            state=_state(row.status, row.reason),
            goes_on=row in lasting,
        )
        for row in [*lasting, *(row for row in newest if row not in lasting)]
    ]


def counts(listener: Listener) -> Counter[str]:
    """How many there are of each state in the whole ledger, with the one that goes on."""
    found = [*_ledger().filter(listener=listener).values_list("status", "reason")]
    found += [(row.status, row.reason) for row in _lasting(listener) if row.pk is None]
    return Counter(str(_state(status, reason)) for status, reason in found)


def bands(asked: Asked) -> tuple[Band, ...]:
    """The gaps as stretches of a chart's x axis, in the listener's days.

    Why there is a gap is nobody's business but the listener's, nor are gaps of other days than
    those that a link shows.
    """
    lived = homes.of(asked.listener)

    def x(moment: datetime) -> float:
        """Wall time as if it were UTC: the axis has resolved days."""
        there = moment.astimezone(homes.zone_at(lived, moment))
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
    """The days that an open gap touches."""
    days: set[date] = set()
    for band in found:
        if band.is_open:
            first, last = (datetime.fromtimestamp(x, UTC).date() for x in (band.first, band.last))
            days.update(first + ONE_DAY * number for number in range((last - first).days + 1))
    return frozenset(days)


def _state(status: str, reason: str) -> State:
    if status == "filled":
        return State.FILLED
    return State.KNOWN if reason == "full_page" else State.POSSIBLE


def _lasting(listener: Listener) -> list[Any]:
    """The gap that goes on, if one does; not saved by being looked at."""
    found = _ledger().lasting(listener, now=timezone.now())
    return [found] if found else []


def _ledger() -> Any:
    """It is the writer's table; we only know its name."""
    model: Any = apps.get_model("ingestion", "Gap")
    return model.objects
