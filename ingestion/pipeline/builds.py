"""Builds as recorded runs, and whether the schedule may ask for one."""

import contextlib
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from ingestion.models import Run, Stage
from ingestion.operations import quality, retries, runs
from ingestion.pipeline import transformation
from ingestion.pipeline.dbt_runner import Report
from ingestion.pipeline.transformation import Outcome
from spotifyweb.warehouse.base import Builds

TASK = "ingestion.transform"


def run_transform(run: Run, *, is_forced: bool = False, **options: Any) -> Outcome:
    """Build as `transformation.transform` does, and keep in the run what became of it.

    Raises runs.NotDue where the same build has failed too often, unless `is_forced`.
    """
    failed = retries.failures(run.stage, run.subject)

    def begin(fingerprint: str) -> None:
        run.attempt = retries.attempt(fingerprint)
        run.save(update_fields=["attempt"])  # also a build that is killed was an attempt
        if not is_forced and retries.is_exhausted(failed, run.attempt):
            raise runs.NotDue("this build failed four times: red until something changes")

    def keep(build_id: str, report: Report) -> None:
        run.build_id = build_id
        run.details |= {"dbt": report.results}
        if report.failures:
            run.details |= {"log": "\n".join(report.errors)}

    outcome = transformation.transform(**options, on_fingerprint=begin, on_report=keep)
    if outcome.status == "published":
        _check_quality(options["builds"], outcome)
    run.counts = {} if outcome.status == "unchanged" else asdict(outcome)
    return outcome


def _check_quality(builds: Builds, outcome: Outcome) -> None:
    """Keep and report what the new build says of its data; it is published whatever that is."""
    with contextlib.closing(builds.reader) as reader:
        quality.record(reader, build_id=outcome.build_id, now=timezone.now())


def is_paused() -> bool:
    """Return whether an admin paused the builds, of the schedule and after news."""
    return bool(PeriodicTask.objects.filter(task=TASK, enabled=False).exists())


def is_due(*, now: datetime) -> bool:
    """Return whether the schedule may ask for a build now.

    Something landed since the last good build, or a build failed and may be tried again; none goes
    on, and none began within the pause.
    """
    runs.fail_dead_runs(Stage.TRANSFORM, now=now)
    builds = Run.objects.filter(stage=Stage.TRANSFORM)
    pause = timedelta(minutes=settings.TRANSFORM_MIN_MINUTES)
    known = builds.exclude(status__in=Run.WITHOUT_RESULT)
    if is_paused() or builds.filter(status=Run.Status.RUNNING).exists():
        return False
    if failed := retries.failures(Stage.TRANSFORM):
        last = failed[0]
        is_again = retries.is_due(Stage.TRANSFORM, "", lambda: failed[0].attempt, now=now)
        is_over = not timedelta(0) <= now - last.started_at < retries.PAUSE
        return is_again or (is_over and _has_landed(last))
    if known.filter(started_at__gt=now - pause, started_at__lte=now).exists():
        return False
    return _has_landed(known.order_by("-pk").first())


def _has_landed(build: Run | None) -> bool:
    """Return whether a drain ended after the build began, or began after it on any clock."""
    landed = Run.objects.filter(stage=Stage.CONSUME, counts__objects__gt=0)
    if build is not None:
        landed = landed.filter(Q(ended_at__gt=build.started_at) | Q(pk__gt=build.pk))
    return landed.exists()
