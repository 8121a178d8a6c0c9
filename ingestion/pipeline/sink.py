"""The sink: from the event log to the lake, each batch written and verified, then committed.

    read ──▶ claim ──▶ write ──▶ verify ──▶ store rejects ──▶ commit

Killed at any point, it starts over from the last commit and overwrites the same objects.

Several sinks share a topic, each partition having one holder at a time (assignment.py).
What was read before, on request or because the committed offset is gone, lands only where the lake
lacks it, in the hour of now; the rest is counted (docs/adr/0050).
"""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from django.conf import settings

from ingestion.models import Run, Stage, Trigger
from ingestion.operations import retries, runs
from ingestion.pipeline.assignment import Assignment
from ingestion.pipeline.batches import decode_batches, part_size
from ingestion.pipeline.claims import claim_batch, release_claims
from ingestion.pipeline.sink_writer import Limits, SinkResult, Writer
from spotifyweb import clients, events, lake
from spotifyweb.eventlog import REPLAY, Batch, EventLog, LogError, Start
from spotifyweb.lake import Lake
from spotifyweb.locks import Lock, LockHeld

WAIT_SECONDS = 60  # of a person, for the sink that is at work
RENEWAL_SECONDS = 60 * 60
KEYS_KEPT = 100  # of the objects of one run

T = TypeVar("T")


def drain_topic(
    topic: str,
    *,
    log: EventLog,
    store: Lake,
    limits: Limits,
    now: datetime,
    start: Start | None = None,
    on_batch: Callable[[SinkResult], None] = lambda _: None,
) -> SinkResult:
    """Write what the topic holds now into the lake, batch by batch; with `start`, first a replay.

    Raises locks.LockHeld while others hold all that is to do. LogError, LakeError, TooManyRejects:
    what was not committed stays in the log.
    """
    writer = Writer(topic, log=log, store=store, limits=limits, now=now)
    deadline = time.monotonic() + (limits.max_seconds or float("inf"))
    before: int | None = None
    with Assignment(topic) as assignment:
        read = _read(topic, assignment, log=log, limits=limits, start=start)
        for lock, batch, decoded in prefetch(read):
            if before is not None and before != batch.partition:
                assignment.release(before)
            before = batch.partition
            lock.check()
            writer.write(batch, decoded)
            if batch.repetition != REPLAY:
                lock.check()
                log.commit(batch)
                release_claims(lock, topic, batch.partition, through=batch.offsets[0])
            writer.result.records += len(batch)
            writer.result.add_origin(batch)
            on_batch(writer.result)
            if time.monotonic() > deadline:
                break
    return writer.result


def _read(
    topic: str, assignment: Assignment, *, log: EventLog, limits: Limits, start: Start | None
) -> Iterator[tuple[Lock, Batch, lake.DecodedBatch]]:
    """Yield the claimed batches of one partition after the other, under the lock of each.

    Raises LockHeld where others hold all that there is to read, or what is to be replayed.
    """
    is_renewal, lags = _is_renewal_due(topic), log.partition_lags(topic)
    longest_first = sorted(lags, key=lags.__getitem__, reverse=True)
    todo = [part for part in longest_first if lags[part] or is_renewal or start]
    for partition in todo:
        lock = assignment.hold(partition, wait_seconds=WAIT_SECONDS if start else 0)
        if lock is None and not start:
            continue
        if lock is None:
            raise LockHeld(f"partition {partition} of {topic} is held by another run")
        if is_renewal:
            log.renew_offset(topic, partition)
        is_empty = True
        parts = _read_partition(topic, partition, log=log, limits=limits, start=start)
        for decoded in decode_batches(parts, limits):
            is_empty = False
            yield from _claim(lock, *decoded)
        if is_empty:
            release_claims(lock, topic, partition)
            assignment.release(partition)
    if todo and not assignment.has_held:
        raise LockHeld(f"all of {topic} that waits is held by another run")


def _read_partition(
    topic: str, partition: int, *, log: EventLog, limits: Limits, start: Start | None
) -> Iterator[Batch]:
    """Yield parts of batches."""
    size = part_size(limits)
    if start is not None and start.partition in (None, partition):
        yield from log.replay(topic, replace(start, partition=partition), **size)
    yield from log.drain(topic, partition=partition, **size)


def _is_renewal_due(topic: str) -> bool:
    """Return whether offsets were not renewed for an hour: brokers forget those of quiet topics."""
    key = f"offsets-renewed:{topic}"
    return bool(clients.redis_client().set(key, 1, nx=True, ex=RENEWAL_SECONDS))


def _claim(
    lock: Lock, rest: Batch, decoded: lake.DecodedBatch
) -> Iterator[tuple[Lock, Batch, lake.DecodedBatch]]:
    """Yield the batch claimed, cut where an earlier attempt had cut it.

    A replay commits nothing, so nobody would release its claims.
    """
    start = 0
    while rest:
        batch = rest if rest.repetition == REPLAY else claim_batch(lock, rest)
        yield lock, batch, decoded.part(start, start + len(batch))
        rest, start = rest.tail(len(batch)), start + len(batch)


def prefetch(items: Iterator[T]) -> Iterator[T]:
    """Yield the same items in order, each requested one step early in a thread.

    Errors of that thread are raised here. It has ended when this iterator is closed.
    """
    with ThreadPoolExecutor(1, "ahead") as thread:
        future = thread.submit(next, items, None)
        while (item := future.result()) is not None:
            future = thread.submit(next, items, None)
            yield item


def drain_all(
    *,
    log: EventLog,
    store: Lake,
    limits: Limits,
    clock: Callable[[], datetime],
    trigger: str = Trigger.SCHEDULE,
    topics: Iterable[str] = events.TOPICS,
    start: Start | None = None,
) -> list[Run]:
    """Drain each topic in a run of its own, with `start` after a replay; one that fails stops none.

    A topic that failed waits until it may be tried again, unless a person asks.
    """
    return [
        runs.run_safely(
            Stage.CONSUME,
            topic,
            partial(
                run_drain, topic=topic, log=log, store=store, limits=limits, now=now, start=start
            ),
            now=now,
            trigger=trigger,
        )
        for topic, now in ((topic, clock()) for topic in topics)
        if trigger == Trigger.PERSON or _is_due(topic, log=log, now=now)
    ]


def _is_due(topic: str, *, log: EventLog, now: datetime) -> bool:
    return retries.is_due(Stage.CONSUME, topic, lambda: _attempt(topic, log), now=now)


def _attempt(topic: str, log: EventLog) -> str:
    """Return the digest of a drain: other records waiting are another attempt."""
    try:
        return retries.attempt(f"{topic} {log.lag(topic)}")
    except LogError:
        return retries.attempt(topic)


def run_drain(
    run: Run,
    *,
    topic: str,
    log: EventLog,
    store: Lake,
    limits: Limits,
    now: datetime,
    start: Start | None = None,
    on_batch: Callable[[SinkResult], None] = lambda _: None,
) -> SinkResult:
    """Drain one topic, counted in the run. What landed before a failure counts too: it is built."""

    def landed(result: SinkResult) -> None:
        run.counts = result.counts
        if result.records:
            run.details = {"offsets": result.offsets, "objects": result.keys[-KEYS_KEPT:]}
        on_batch(result)

    try:
        result = drain_topic(
            topic, log=log, store=store, limits=limits, now=now, start=start, on_batch=landed
        )
    except Exception:
        run.attempt = _attempt(topic, log)
        raise
    landed(result)
    return result


def limits() -> Limits:
    """Return the settings' limits without one of time: a person waits for the end."""
    return Limits(
        max_records=settings.SINK_MAX_RECORDS,
        max_bytes=settings.SINK_MAX_BYTES,
        max_reject_share=settings.SINK_MAX_REJECT_SHARE,
    )


def scheduled_limits() -> Limits:
    """Return limits with which a drain ends before the next one is due."""
    return replace(limits(), max_seconds=settings.SINK_MAX_SECONDS)
