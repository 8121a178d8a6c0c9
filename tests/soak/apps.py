"""Makes the clocks of one process run fast, and shortens the periods of those that cannot.

The code that takes a clock reads the simulated one. Beat, the expiry of tasks and locks in Valkey
go by the machine's: their periods are divided by the speed, down to what the machine can do.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.utils import timezone

from spotifyweb.eventlog.base import Batch
from tests.soak.clock import ClockFile

SPEED = "SOAK_SPEED"  # of the run; the clock goes slower while listeners log in
POLL_SPEED = 4.0  # beyond it, an answer's way alone is longer than what the poller can measure
SHORTEST_SECONDS = 5
# Once a day, two days would see no level of what they leave.
DAILY = {"Delete old runs": 3600, "Compact the lake": 6 * 3600}


class SoakConfig(AppConfig):
    name = "tests.soak"

    def ready(self) -> None:
        file = ClockFile.of_environment()
        speed = float(os.environ[SPEED])
        set_clocks(file)
        set_beat_clock()
        shorten_schedule(speed)
        shorten_pauses(speed)
        wait_by_machine(speed)
        build_at_usual_priority()


def set_clocks(file: ClockFile) -> None:
    from spotifyweb.eventlog import redis_streams
    from spotifyweb.sandbox import clock as sandbox_clock

    machine_ms: Callable[[bytes], int] = redis_streams._appended_ms
    machine_run: Callable[..., Batch] = redis_streams._run

    def run_of(topic: str, entries: Sequence[Any]) -> Batch:
        batch = machine_run(topic, entries)
        return replace(batch, appended_ms=[file.ms_at(ms) for ms in batch.appended_ms])

    timezone.now = file.product_now
    sandbox_clock.Clock.__init__.__defaults__ = (file.spotify_now,)
    redis_streams._run = run_of
    redis_streams._appended_ms = lambda entry_id: file.ms_at(machine_ms(entry_id))


def set_beat_clock() -> None:
    """Let beat go by the machine's clock alone: half of it would go by Django's."""
    from django_celery_beat import models, schedulers

    for module in (models, schedulers):
        module.now = machine_now


def machine_now() -> datetime:
    return datetime.now(UTC)


def shortened(seconds: float, speed: float, *, least: float = SHORTEST_SECONDS) -> int:
    """Return the period by the machine's clock, in whole seconds."""
    return int(max(seconds / speed, min(seconds, least)))


def shorten_schedule(speed: float) -> None:
    from spotifyweb import periodic_tasks

    for name, row in list(periodic_tasks.SCHEDULE.items()):
        every = shortened(DAILY.get(name, row.every_seconds), speed)
        periodic_tasks.SCHEDULE[name] = replace(row, every_seconds=every)
    if speed > POLL_SPEED:
        del periodic_tasks.SCHEDULE["Poll players"]


def shorten_pauses(speed: float) -> None:
    from ingestion import tasks
    from ingestion.pipeline import compaction

    tasks.RETRY_SECONDS = shortened(tasks.RETRY_SECONDS, speed)
    tasks.BUILD_RETRY_SECONDS = shortened(tasks.BUILD_RETRY_SECONDS, speed)
    compaction.SWEEP_SECONDS = shortened(compaction.SWEEP_SECONDS, speed)
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    options["visibility_timeout"] = shortened(options["visibility_timeout"], speed, least=60)


def wait_by_machine(speed: float) -> None:
    """Give a run's lock in Valkey as many seconds of the machine as a run has without one."""
    from ingestion.operations import runs

    fail_dead_runs = runs.fail_dead_runs
    real = timedelta(seconds=runs.LIVENESS_SECONDS * (speed - 1))

    def patient(stage: str, *, now: datetime, **more: Any) -> int:
        return fail_dead_runs(stage, now=now - real, **more)

    runs.fail_dead_runs = patient


def build_at_usual_priority() -> None:
    """Let dbt have its share of a busy machine: behind all else, a build took a simulated day."""
    from ingestion.pipeline import dbt_runner

    dbt_runner.LOW_PRIORITY = 0
