"""The pipeline's status, as the admin, /health and /metrics show it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.paginator import Page, Paginator
from django.db.models import Count, Sum

from ingestion.models import Cursor, Gap, Reject, Run, Stage
from spotifyweb import clients
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.eventlog import LogError
from spotifyweb.monitoring import publication
from spotifyweb.warehouse import Build, WarehouseError

LATE_AFTER: dict[str, timedelta] = {  # without a success for so long, a stage is late
    Stage.PRODUCE: timedelta(hours=2),
    Stage.CONSUME: timedelta(minutes=5),
    Stage.TRANSFORM: timedelta(hours=7),
}
DAY = timedelta(days=1)
RECENT_RUNS = 300
LISTED = 10  # listeners: an outage of Spotify concerns all


@dataclass(frozen=True, slots=True, kw_only=True)
class StageState:
    """A stage: its last run, its last success, and its runs of the last day by status."""

    stage: str
    last: Run | None
    failed: Run | None  # the last run of one of its subjects, where that failed
    succeeded_at: datetime | None
    is_late: bool
    day: Mapping[str, int]  # status -> runs with news
    quiet: int  # runs of today (UTC) that found nothing to do

    @property
    def is_running(self) -> bool:
        return self.last is not None and self.last.status == Run.Status.RUNNING

    @property
    def mood(self) -> str:
        """Return bad, late, busy, well or idle."""
        if self.last is None:
            return "idle"
        if self.failed is not None:
            return "bad"
        if self.is_running:
            return "busy"
        return "late" if self.is_late else "well"


def stages(*, now: datetime) -> list[StageState]:
    """Return the states of all stages that this install has."""
    left_out = set() if publication.is_billed() else {Stage.COST.value}
    return [stage_state(stage, now=now) for stage in Stage.values if stage not in left_out]


def stage_state(stage: str, *, now: datetime) -> StageState:
    runs = Run.objects.filter(stage=stage)
    latest = newest_by_subject(stage, now=now)
    done = runs.filter(status=Run.Status.SUCCEEDED).first()
    succeeded_at = done.ended_at if done else None
    limit = LATE_AFTER.get(stage)
    listed = runs.filter(started_at__gt=now - DAY, has_news=True)
    per_status = listed.order_by().values_list("status")
    today = runs.filter(started_at__date=now.date(), has_news=False)
    return StageState(
        stage=stage,
        last=runs.exclude(status__in=Run.WITHOUT_RESULT).first(),
        failed=next((run for run in latest if run.status == Run.Status.FAILED), None),
        succeeded_at=succeeded_at,
        is_late=bool(limit and succeeded_at and now - succeeded_at > limit),
        day=dict(per_status.annotate(count=Count("pk"))),
        quiet=today.aggregate(total=Sum("repeats"))["total"] or 0,
    )


def freshness() -> dict[str, str]:
    """Return pass, warn or error by source of the lake, as of the last successful build."""
    builds = Run.objects.filter(stage=Stage.TRANSFORM, status=Run.Status.SUCCEEDED)
    built = builds.filter(has_news=True).first()
    found: dict[str, str] = built.counts.get("freshness", {}) if built else {}
    return found


def newest_by_subject(stage: str, *, now: datetime) -> list[Run]:
    """Return the last run of each topic or listener within the last day."""
    recent = Run.objects.filter(stage=stage, started_at__gt=now - DAY)
    newest: dict[str, Run] = {}
    for run in recent.exclude(status__in=Run.WITHOUT_RESULT)[:RECENT_RUNS]:
        newest.setdefault(run.subject, run)
    return list(newest.values())


def partition_lags(topic: str) -> Mapping[int, int] | None:
    """Return how many records wait in each partition, None where the log does not answer."""
    try:
        return clients.event_log().partition_lags(topic)
    except LogError:
        return None


def rejects(*, now: datetime) -> dict[str, int]:
    """Return how many records were set aside in the last day, by topic."""
    found = Reject.objects.filter(rejected_at__gt=now - DAY).order_by().values_list("topic")
    return dict(found.annotate(count=Count("pk")))


def dropped_events(*, now: datetime) -> dict[str, int]:
    """Return how many events the log removed unread in the last thirty days, by topic."""
    lost = Run.objects.filter(started_at__gt=now - 30 * DAY, counts__dropped__gt=0)
    found: Counter[str] = Counter()
    for run in lost:
        found[run.subject] += run.counts["dropped"]
    return dict(found)


def repetitions(*, now: datetime) -> dict[tuple[str, str], int]:
    """Return how many records the sink read again in the last thirty days, by topic and reason."""
    runs = Run.objects.filter(started_at__gt=now - 30 * DAY, counts__has_key="repetitions")
    found: Counter[tuple[str, str]] = Counter()
    for run in runs:
        for reason, count in run.counts["repetitions"].items():
            found[run.subject, reason] += count
    return dict(found)


def throttled_listeners(*, now: datetime) -> "Page[tuple[Listener, int]]":
    """Return connected listeners whose share of today's calls runs low, with their calls."""
    low = clients.spotify_quota().low_listeners(now=now)
    known = {each.user_id: each for each in Listener.objects.connected().filter(user_id__in=low)}
    calls = [(known[user_id], count) for user_id, count in low.items() if user_id in known]
    return Paginator(calls, LISTED).page(1)


def connections() -> dict[str, int]:
    found = Listener.objects.order_by().values_list("connection")
    return {**dict.fromkeys(Connection.values, 0), **dict(found.annotate(count=Count("pk")))}


def needing_login() -> "Page[Listener]":
    listeners = Listener.objects.filter(connection=Connection.NEEDS_LOGIN).order_by("pk")
    return Paginator(listeners, LISTED).page(1)


def failing_cursors() -> "Page[Cursor]":
    """Return listeners and streams whose last fetch failed."""
    failing = Cursor.objects.exclude(error="").select_related("listener")
    return Paginator(failing.order_by("pk"), LISTED).page(1)


def possible_gaps(*, now: datetime) -> int:
    """Return how many gaps of the last thirty days are still open."""
    recent = Gap.objects.filter(status=Gap.Status.POSSIBLE, ends_at__gt=now - 30 * DAY)
    return recent.count()


def published_build() -> Build | None:
    try:
        return publication.build()
    except WarehouseError:
        return None
