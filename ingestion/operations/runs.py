"""Runs: every execution of a stage, with its time, counts and error.

    with runs.recording(Stage.PRODUCE, listener.user_id, now=now) as run:
        run.counts["plays"] = produce(...)

An error in the block is recorded and raised again; no other code catches everything. A held lock is
no failure: another run is doing the work, so this one counts as skipped. A run that is asked to
stop counts as interrupted, and its work is done another time. Runs without news are counted, not
listed: one row a day stands for those of a stage and subject.
"""

import logging
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction

from ingestion.models import Run, Stage, Trigger
from ingestion.operations import alerts, hints
from spotifyweb import locks
from spotifyweb.telemetry import logs

log = logging.getLogger(__name__)

LIVENESS_SECONDS = 30  # a run that was killed is known as dead after this
ERROR_LENGTH = 2000
FRAMES_KEPT = 12  # of a traceback
KILLED = "was killed"
OF_LISTENERS = {Stage.PRODUCE, Stage.IMPORT}  # whose subject begins with a user_id


class NotDue(Exception):
    """The stage failed on the same work before, and nothing has changed since."""


@contextmanager
def recording(
    stage: str, subject: str = "", *, now: datetime, trigger: str = Trigger.SCHEDULE
) -> Iterator[Run]:
    """Record the block as one run; fill `run.counts` as the work goes on."""
    run = _begin(stage, subject, now=now, trigger=trigger)
    with logs.bind(**_log_fields(run)), _record(run, now=now):
        yield run


def _begin(stage: str, subject: str, *, now: datetime, trigger: str) -> Run:
    return Run.objects.create(
        stage=stage, subject=subject[:120], started_at=now, trigger=trigger or Trigger.SCHEDULE
    )


@contextmanager
def _record(run: Run, *, now: datetime) -> Iterator[Run]:
    began, failure = time.monotonic(), None
    try:
        fail_dead_runs(run.stage, now=now)
        with locks.lock(_liveness_lock(run), LIVENESS_SECONDS):
            yield run
        run.status = Run.Status.SUCCEEDED
    except (locks.LockHeld, NotDue) as busy:
        run.status, run.error = Run.Status.SKIPPED, str(busy)
        raise
    except (KeyboardInterrupt, SystemExit):  # Ctrl-C; and how a worker's process is asked to end
        run.status, run.error = Run.Status.INTERRUPTED, "was asked to stop"
        raise
    except BaseException as error:
        failure = error
        _record_failure(run, error)
        raise
    finally:
        run.ended_at = now + timedelta(seconds=time.monotonic() - began)
        run.has_news = has_news(run)
        run.save()
        if not run.has_news:
            _count_repeat(run)
        _send_alert(run, failure, now=run.ended_at)


def _record_failure(run: Run, error: BaseException) -> None:
    """Keep what failed, where, and what can be done; frames of the code hold no values."""
    run.status, run.error, run.hint = Run.Status.FAILED, describe_error(error), hints.hint(error)
    run.is_transient = bool(getattr(error, "retry", False))
    run.counts = {**run.counts, **getattr(error, "counts", {})}
    frames = "".join(traceback.format_tb(error.__traceback__)[-FRAMES_KEPT:])
    run.details = {"log": frames, **run.details}


def has_news(run: Run) -> bool:
    """Return whether a run did anything: one that was left to another, or counted nothing, not."""
    if run.status == Run.Status.SUCCEEDED:
        return any(run.counts.values())
    return run.status != Run.Status.SKIPPED


def _count_repeat(run: Run) -> None:
    """Let the newest run without news of a UTC day stand for the earlier ones.

    Where two hosts do so at once, the second one finds its run counted already.
    """
    same = Run.objects.filter(stage=run.stage, subject=run.subject, status=run.status)
    quiet = same.filter(has_news=False, started_at__date=run.started_at.date())
    with transaction.atomic():
        ended = quiet.exclude(ended_at=None).select_for_update().order_by("pk")
        rows = {other.pk: other for other in ended}
        if rows.pop(run.pk, None) is None:
            return
        run.repeats += sum(other.repeats for other in rows.values())
        run.save(update_fields=["repeats"])
        Run.objects.filter(pk__in=rows).delete()


def run_safely(
    stage: str,
    subject: str,
    work: Callable[[Run], object],
    *,
    now: datetime,
    trigger: str = Trigger.SCHEDULE,
) -> Run:
    """Do the work as a recorded run; an error stays in the run, so that a loop can go on."""
    run = _begin(stage, subject, now=now, trigger=trigger)
    with logs.bind(**_log_fields(run)):
        try:
            with _record(run, now=now):
                work(run)
        except (locks.LockHeld, NotDue) as busy:
            log.info("%s was left out: %s", stage, busy)
        except Exception as error:  # recorded in the run, and reported by the alert
            log.warning("%s failed: %s", stage, error, exc_info=not hasattr(error, "hint"))
    return run


def _log_fields(run: Run) -> dict[str, str | int]:
    """Return what log lines say of a run; of a listener only a hash."""
    fields: dict[str, str | int] = {"run": run.pk, "stage": run.stage}
    if run.stage in OF_LISTENERS:
        user_id, _, _ = run.subject.partition(": ")  # an import's file name follows
        return fields | {"listener": logs.listener_hash(user_id)}
    return fields | ({"subject": run.subject} if run.subject else {})


def has_begun(stage: str, *, since: datetime) -> bool:
    """Return whether a run that began after that time is running or succeeded."""
    well = (Run.Status.RUNNING, Run.Status.SUCCEEDED)
    return Run.objects.filter(stage=stage, status__in=well, started_at__gte=since).exists()


def fail_dead_runs(stage: str, *, now: datetime) -> int:
    """Mark runs whose process was killed as failed; return how many."""
    running = Run.objects.filter(stage=stage, status=Run.Status.RUNNING)
    dead = [
        run
        for run in running.filter(started_at__lt=now - timedelta(seconds=LIVENESS_SECONDS))
        if not locks.is_held(_liveness_lock(run))
    ]
    for run in dead:
        run.status, run.error, run.ended_at = Run.Status.FAILED, KILLED, now
        run.hint, run.is_transient = hints.OF_KILLED, True
        run.save()
    return len(dead)


def describe_error(error: BaseException) -> str:
    """Return an error's kind and message: a bare KeyError says too little."""
    return f"{type(error).__name__}: {error}"[:ERROR_LENGTH]


def _send_alert(run: Run, failure: BaseException | None, *, now: datetime) -> None:
    """Send an alert, if one is due. A failing alert must not change the run's outcome."""
    try:
        alerts.notify_change(run, failure, now=now)
    except Exception:
        log.exception("could not send an alert for %s", run)


def _liveness_lock(run: Run) -> str:
    return f"run:{run.pk}"
