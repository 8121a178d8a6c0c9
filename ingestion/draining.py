"""Every topic into the lake, one after the other, and whether that calls for a new build."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings

from ingestion import consuming, runs
from ingestion.consuming import Limits, Sunk
from ingestion.models import Run, Stage
from spotifyweb import events
from spotifyweb.eventlog import EventLog
from spotifyweb.lake import Lake


def everything(
    *, log: EventLog, store: Lake, limits: Limits, clock: Callable[[], datetime]
) -> list[Run]:
    """One run for each topic; one that fails does not hold up the others."""
    return [
        runs.attempt(
            Stage.CONSUME,
            topic,
            partial(land, topic=topic, log=log, store=store, limits=limits, now=now),
            now=now,
        )
        for topic, now in ((topic, clock()) for topic in events.TOPICS)
    ]


def land(
    run: Run,
    *,
    topic: str,
    log: EventLog,
    store: Lake,
    limits: Limits,
    now: datetime,
    on_batch: Callable[[Sunk], None] = lambda _: None,
) -> Sunk:
    """One topic. What landed before a failure is counted in the run too: it is to be built."""

    def landed(sunk: Sunk) -> None:
        run.counts = asdict(sunk)
        on_batch(sunk)

    sunk = consuming.sink(topic, log=log, store=store, limits=limits, now=now, on_batch=landed)
    landed(sunk)
    return sunk


def short() -> Limits:
    """A drain that ends before the next one is due."""
    return Limits(
        max_records=settings.SINK_MAX_RECORDS,
        max_bytes=settings.SINK_MAX_BYTES,
        max_seconds=settings.SINK_MAX_SECONDS,
        max_reject_share=settings.SINK_MAX_REJECT_SHARE,
    )


def calls_for_transform(*, now: datetime) -> bool:
    """Whether something landed since the last good build, and no build began just now."""
    builds = Run.objects.filter(stage=Stage.TRANSFORM)
    pause = timedelta(minutes=settings.TRANSFORM_MIN_MINUTES)
    if builds.filter(started_at__gt=now - pause).exclude(status__in=Run.WITHOUT_RESULT).exists():
        return False
    landed = Run.objects.filter(stage=Stage.CONSUME, counts__objects__gt=0)
    last = builds.filter(status=Run.Status.SUCCEEDED).first()
    return (landed.filter(ended_at__gt=last.started_at) if last else landed).exists()
