"""The last thirty days of the pipeline, day by day, as the admin draws them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ingestion.models import Reject, Run, Stage

DAYS = 30
WIDTH, HEIGHT, GAP = 300, 60, 2  # of a chart and between its bars, in its own units
MIN_HEIGHT = 1.5  # of a bar that is not zero
PLAYS = "user_plays"
LABELS: Mapping[str, str | Promise] = {
    "runs": _("Runs"),
    "minutes": _("Minutes of work"),
    "plays": _("Plays loaded"),
    "rejects": _("Rejects"),
    "failures": _("Failed runs"),
}
TROUBLE = ("rejects", "failures")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    day: date
    count: int
    x: float
    height: float

    @property
    def y(self) -> float:
        return HEIGHT - self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One number of each day, with its bars."""

    label: str | Promise
    is_trouble: bool
    counts: list[int]
    bars: list[Bar]

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def highest(self) -> int:
        return max(self.counts)


def days(*, now: datetime) -> list[date]:
    """Return the last DAYS days in UTC, today last."""
    return [now.date() - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]


def trends(*, now: datetime) -> list[Trend]:
    """Return runs, minutes, plays, rejects and failures of each day."""
    shown = days(now=now)
    since = datetime.combine(shown[0], time(), UTC)
    found = _work(since) | {"plays": _plays(since), "rejects": _rejects(since)}
    return [_trend(name, [found[name].get(day, 0) for day in shown], shown) for name in LABELS]


def _trend(name: str, counts: list[int], shown: list[date]) -> Trend:
    top, width = max(*counts, 1), WIDTH / DAYS
    heights = [max(MIN_HEIGHT, HEIGHT * count / top) if count else 0.0 for count in counts]
    bars = [
        Bar(day=day, count=count, x=round(width * place + GAP / 2, 1), height=round(height, 1))
        for place, (day, count, height) in enumerate(zip(shown, counts, heights, strict=True))
    ]
    return Trend(label=LABELS[name], is_trouble=name in TROUBLE, counts=counts, bars=bars)


def _work(since: datetime) -> dict[str, Mapping[date, int]]:
    """Return runs, those that failed, and the minutes that all took, by day of their start."""
    took = ExpressionWrapper(F("ended_at") - F("started_at"), output_field=DurationField())
    rows = _by_day(Run.objects.filter(started_at__gte=since), "started_at").annotate(
        runs=Sum("repeats"),
        failures=Count("pk", filter=Q(status=Run.Status.FAILED)),
        took=Sum(took),
    )
    work: dict[str, Counter[date]] = {name: Counter() for name in ("runs", "failures", "minutes")}
    for row in rows:
        work["runs"][row["day"]] = row["runs"]
        work["failures"][row["day"]] = row["failures"]
        work["minutes"][row["day"]] = round((row["took"] or timedelta(0)).total_seconds() / 60)
    return dict(work)


def _plays(since: datetime) -> Mapping[date, int]:
    """Return how many plays the sink wrote to the lake, without those that made no new row."""
    loads = Run.objects.filter(stage=Stage.CONSUME, subject=PLAYS, started_at__gte=since)
    found = Counter[date]()
    for started_at, counts in loads.filter(has_news=True).values_list("started_at", "counts"):
        left_out = sum(counts.get(name, 0) for name in ("rejects", "erased"))
        left_out += sum(counts.get("repetitions", {}).values())
        found[started_at.date()] += max(0, counts.get("records", 0) - left_out)
    return found


def _rejects(since: datetime) -> Mapping[date, int]:
    rows = _by_day(Reject.objects.filter(rejected_at__gte=since), "rejected_at")
    return {row["day"]: row["count"] for row in rows.annotate(count=Count("pk"))}


def _by_day(rows: QuerySet[Any], field: str) -> Any:
    return rows.order_by().annotate(day=TruncDate(field, tzinfo=UTC)).values("day")
