"""What no source saw: docs/adr/0025. Moments are those of the listener's clock, without a zone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from tests.lifetime.identity import Import

LAUNCH = datetime(2008, 10, 7, tzinfo=UTC)
BEFORE = "before your first known play"
BETWEEN = "between two imported histories"
UNTIL_FETCHED = "between an imported history and the first fetch"
NUMBER = re.compile(r"_(\d+)\.json")
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    first: datetime
    last: datetime
    reason: str

    def touches(self, day: date, following: date) -> bool:
        """Whether plays of that step may be missing."""
        return self.first < _midnight(following) and self.last > _midnight(day)

    def within(self, first: date | None, last: date | None) -> "Gap":
        """The part of it in these days, both included; it may be empty."""
        begin = _midnight(first) if first else self.first
        end = _midnight(last + timedelta(days=1)) if last else self.last
        return replace(self, first=max(self.first, begin), last=min(self.last, end))


def stretches(imports: Iterable[Import]) -> list[Span]:
    """Each time that files with following numbers tell of; videos have none."""
    found: list[Span] = []
    for one in imports:
        spans: dict[int, Span] = {}
        for name, moments in one.music.items():
            found_number = NUMBER.search(name)
            if found_number and "Video" not in name:
                spans[int(found_number[1])] = min(moments), max(moments)
        for number in sorted(spans):
            first, last = spans[number]
            if number - 1 in spans:
                first, last = min(first, found[-1][0]), max(last, found.pop()[1])
            found.append((first, last))
    return found


def gaps(imports: Iterable[Import], *, fetched_at: datetime, zone: ZoneInfo) -> list[Gap]:
    """Newest first."""
    known = sorted(stretches(imports))
    found = [(LAUNCH, known[0][0], BEFORE)]
    found += [(one[1], other[0], BETWEEN) for one, other in pairwise(known) if one[1] < other[0]]
    found.append((known[-1][1], fetched_at, UNTIL_FETCHED))
    return [
        Gap(first=_wall(first, zone), last=_wall(last, zone), reason=reason)
        for first, last, reason in reversed(found)
    ]


def drawn(found: Iterable[Gap]) -> list[Gap]:
    """As charts show them: before the first known play there is nothing but its own day."""
    return [
        replace(gap, first=_midnight(gap.last.date())) if gap.reason == BEFORE else gap
        for gap in found
    ]


def short_days(found: Iterable[Gap]) -> set[date]:
    """The days that a gap touches."""
    return {
        gap.first.date() + timedelta(days=number)
        for gap in found
        for number in range((gap.last.date() - gap.first.date()).days + 1)
    }


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  on the listener's wall
