"""Every execution of a stage is a run: when, how long, how much, and why it failed.

    with runs.recording(Stage.PRODUCE, listener.user_id, now=now) as run:
        run.counts["plays"] = produce(...)

An error in the block is recorded and raised again; this is the only place in the house that catches
everything. `LockHeld` is no failure: another run is doing the work, the run counts as skipped.
Nor is being asked to stop: the run counts as interrupted, and the work is done another time.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from ingestion import alerts
from ingestion.models import Run
from spotifyweb import locks

log = logging.getLogger(__name__)

ALIVE_SECONDS = 30  # a run that was killed is known as dead after this
ERROR_LENGTH = 2000


@contextmanager
def recording(stage: str, subject: str = "", *, now: datetime) -> Iterator[Run]:
    """Record what happens in the block as one run; fill `run.counts` as the work goes on."""
    run = Run.objects.create(stage=stage, subject=subject[:120], started_at=now)
    began, failure = time.monotonic(), None
    try:
        bury(stage, now=now)
        with locks.lock(_alive(run), ALIVE_SECONDS):
            yield run
        run.status = Run.Status.SUCCEEDED
    except locks.LockHeld as busy:
        run.status, run.error = Run.Status.SKIPPED, str(busy)
        raise
    except (KeyboardInterrupt, SystemExit):  # Ctrl-C; and how a worker's process is asked to end
        run.status, run.error = Run.Status.INTERRUPTED, "was asked to stop"
        raise
    except BaseException as error:
        run.status, run.error, failure = Run.Status.FAILED, said(error), error
        run.counts = {**run.counts, **getattr(error, "counts", {})}
        raise
    finally:
        run.ended_at = now + timedelta(seconds=time.monotonic() - began)
        run.save()
        _tell(run, failure, now=run.ended_at)


def attempt(stage: str, subject: str, work: Callable[[Run], object], *, now: datetime) -> Run:
    """Do it, recorded; an error stays in the run, for loops in which one must not stop the rest."""
    try:
        with recording(stage, subject, now=now) as run:
            work(run)
    except Exception:  # kept in the run, and told by the alarm
        log.warning("%s %s failed", stage, subject, exc_info=True)
    return run


def began(stage: str, *, since: datetime) -> bool:
    """Whether a run that began after that moment goes on, or succeeded."""
    well = (Run.Status.RUNNING, Run.Status.SUCCEEDED)
    return Run.objects.filter(stage=stage, status__in=well, started_at__gte=since).exists()


def bury(stage: str, *, now: datetime) -> int:
    """Mark runs whose process was killed as failed; returns how many."""
    running = Run.objects.filter(stage=stage, status=Run.Status.RUNNING)
    dead = [
        run
        for run in running.filter(started_at__lt=now - timedelta(seconds=ALIVE_SECONDS))
        if not locks.is_held(_alive(run))
    ]
    for run in dead:
        run.status, run.error, run.ended_at = Run.Status.FAILED, "was killed", now
        run.save()
    return len(dead)


def said(error: BaseException) -> str:
    """What an error says, with its kind: a bare KeyError says too little."""
    return f"{type(error).__name__}: {error}"[:ERROR_LENGTH]


def _tell(run: Run, failure: BaseException | None, *, now: datetime) -> None:
    """No trouble with an alert may change what became of the run itself."""
    try:
        alerts.settle(run, failure, now=now)
    except Exception:
        log.exception("no alert for %s", run)


def _alive(run: Run) -> str:
    return f"run:{run.pk}"
