"""The sink: from the event log to the lake, each batch written and verified, then committed.

    read ──▶ claim ──▶ write ──▶ verify ──▶ store rejects ──▶ commit

Killed at any point, it starts over from the last commit and overwrites the same objects.

What was read before, on request or because the committed offset is gone, lands only where the lake
lacks it, in the hour of now; the rest is counted (docs/adr/0050).
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from itertools import chain
from typing import TypeVar

from django.conf import settings

from ingestion.models import Run, Stage, Trigger
from ingestion.operations import retries, runs
from ingestion.pipeline.claims import claim_batch, release_claim
from ingestion.pipeline.sink_writer import Limits, SinkResult, Writer
from spotifyweb import events, lake, locks
from spotifyweb.eventlog import REPLAY, Batch, EventLog, LogError, Start
from spotifyweb.lake import Lake
from spotifyweb.locks import Lock

LOCK_SECONDS = 60
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

    Raises locks.LockHeld while another run drains the topic. LogError, LakeError, TooManyRejects:
    what was not committed stays in the log.
    """
    writer = Writer(topic, log=log, store=store, limits=limits, now=now)
    deadline = time.monotonic() + (limits.max_seconds or float("inf"))
    size = {"max_records": limits.max_records, "max_bytes": limits.max_bytes}
    with locks.lock(f"sink:{topic}", LOCK_SECONDS) as lock:
        if _is_renewal_due(topic, lock):
            for partition in log.partition_lags(topic):
                log.renew_offset(topic, partition)
        read = log.drain(topic, **size)
        if start is not None:
            read = chain(log.replay(topic, start, **size), read)
        for batch, decoded in prefetch(_decode_batches(lock, prefetch(read))):
            lock.check()
            writer.write(batch, decoded)
            if batch.repetition != REPLAY:
                lock.check()
                log.commit(batch)
                release_claim(lock, batch)
            writer.sunk.records += len(batch)
            writer.sunk.add_origin(batch)
            on_batch(writer.sunk)
            if time.monotonic() > deadline:
                break
    return writer.sunk


def _is_renewal_due(topic: str, lock: Lock) -> bool:
    """Whether offsets have not been renewed for an hour: of a quiet topic, brokers forget them."""
    return bool(lock.client.set(f"offsets-renewed:{topic}", 1, nx=True, ex=RENEWAL_SECONDS))


def _decode_batches(lock: Lock, read: Iterator[Batch]) -> Iterator[tuple[Batch, lake.Decoded]]:
    """Yield claimed batches with their decoded rows, cut where an earlier attempt had cut them.

    A replay commits nothing, so nobody would release its claims.
    """
    for rest in read:
        while rest:
            batch = rest if rest.repetition == REPLAY else claim_batch(lock, rest)
            yield batch, lake.decode(batch.topic, batch.values)
            rest = rest.tail(len(batch))


def prefetch(things: Iterator[T]) -> Iterator[T]:
    """Yield the same items in order, each requested one step early in a thread.

    Errors of that thread are raised here. It has ended when this iterator is closed.
    """
    with ThreadPoolExecutor(1, "ahead") as thread:
        coming = thread.submit(next, things, None)
        while (thing := coming.result()) is not None:
            coming = thread.submit(next, things, None)
            yield thing


def drain_all(
    *,
    log: EventLog,
    store: Lake,
    limits: Limits,
    clock: Callable[[], datetime],
    trigger: str = Trigger.SCHEDULE,
) -> list[Run]:
    """Drain every topic in a run of its own; one that fails does not stop the others.

    A topic that failed waits until it may be tried again, unless a person asks.
    """
    return [
        runs.run_safely(
            Stage.CONSUME,
            topic,
            partial(run_drain, topic=topic, log=log, store=store, limits=limits, now=now),
            now=now,
            trigger=trigger,
        )
        for topic, now in ((topic, clock()) for topic in events.TOPICS)
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

    def landed(sunk: SinkResult) -> None:
        run.counts = sunk.counts
        if sunk.records:
            run.details = {"offsets": sunk.offsets, "objects": sunk.keys[-KEYS_KEPT:]}
        on_batch(sunk)

    try:
        sunk = drain_topic(
            topic, log=log, store=store, limits=limits, now=now, start=start, on_batch=landed
        )
    except Exception:
        run.attempt = _attempt(topic, log)
        raise
    landed(sunk)
    return sunk


def scheduled_limits() -> Limits:
    """Return limits with which a drain ends before the next one is due."""
    return Limits(
        max_records=settings.SINK_MAX_RECORDS,
        max_bytes=settings.SINK_MAX_BYTES,
        max_seconds=settings.SINK_MAX_SECONDS,
        max_reject_share=settings.SINK_MAX_REJECT_SHARE,
    )
