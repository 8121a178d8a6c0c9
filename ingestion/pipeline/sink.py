"""The sink: from the event log to the lake, each batch written and verified, then committed.

    read ──▶ claim ──▶ write ──▶ verify ──▶ store rejects ──▶ commit

Killed at any point, it starts over from the last commit and overwrites the same objects.

An object is named by its first record. A sink that was paused for minutes and resumes after
another one took over would overwrite that object with the fewer records it had read. So the end of
each batch is claimed first, atomically with a check of the lock: another sink that writes that
object again writes the same records.
"""

import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar, cast

from django.conf import settings

from ingestion.models import Run, Stage, Trigger
from ingestion.operations import retries, runs
from ingestion.pipeline import rejects
from spotifyweb import clients, events, lake, locks
from spotifyweb.eventlog import Batch, EventLog, LogError
from spotifyweb.lake import Lake, parts
from spotifyweb.locks import Lock, LockLost, key
from spotifyweb.privacy import suppression

LOCK_SECONDS = 60
KEYS_KEPT = 100  # of the objects of one run

CLAIM_SCRIPT = """
if redis.call('get', KEYS[1]) ~= ARGV[1] then return false end
redis.call('hsetnx', KEYS[2], ARGV[2], ARGV[3])
return redis.call('hget', KEYS[2], ARGV[2])
"""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many records a batch may hold, how long a drain may last, how many may be rejected."""

    max_records: int
    max_bytes: int
    max_seconds: float | None = None  # None: until the log is drained
    max_reject_share: float = 0.05


@dataclass(slots=True, kw_only=True)
class SinkResult:
    """What landed. `records` were committed; `rejects` and `erased` of them made no row."""

    records: int = 0
    objects: int = 0
    rejects: int = 0
    erased: int = 0
    keys: list[str] = field(default_factory=list, compare=False)  # of the objects
    offsets: dict[int, tuple[str, str]] = field(
        default_factory=dict, compare=False
    )  # partition: first, last

    @property
    def counts(self) -> dict[str, int]:
        return {name: value for name, value in asdict(self).items() if isinstance(value, int)}

    def add_origin(self, batch: Batch) -> None:
        """Extend the range of offsets of the batch's partition."""
        first, _ = self.offsets.get(batch.partition, (batch.offsets[0], ""))
        self.offsets[batch.partition] = (first, batch.offsets[-1])


def drain_topic(
    topic: str,
    *,
    log: EventLog,
    store: Lake,
    limits: Limits,
    now: datetime,
    on_batch: Callable[[SinkResult], None] = lambda _: None,
) -> SinkResult:
    """Write what the topic holds now into the lake, batch by batch.

    Raises locks.LockHeld while another run drains the topic. LogError, LakeError, TooManyRejects:
    what was not committed stays in the log.
    """
    sunk, share = SinkResult(), rejects.RejectRate(limit=limits.max_reject_share)
    deadline = time.monotonic() + (limits.max_seconds or float("inf"))
    with locks.lock(f"sink:{topic}", LOCK_SECONDS) as lock:
        drained = log.drain(topic, max_records=limits.max_records, max_bytes=limits.max_bytes)
        for batch, decoded in prefetch(_decode_batches(lock, prefetch(drained))):
            _write_batch(batch, decoded, log=log, store=store, now=now, share=share, sunk=sunk)
            lock.check()
            log.commit(batch)
            release_claim(lock, batch)
            sunk.records += len(batch)
            sunk.add_origin(batch)
            on_batch(sunk)
            if time.monotonic() > deadline:
                break
    return sunk


def _decode_batches(lock: Lock, drained: Iterator[Batch]) -> Iterator[tuple[Batch, lake.Decoded]]:
    """Yield claimed batches with their decoded rows, cut where an earlier attempt had cut them."""
    for rest in drained:
        while rest:
            batch = claim_batch(lock, rest)
            yield batch, lake.decode(batch.topic, batch.values)
            rest = rest.tail(len(batch))


def _write_batch(
    batch: Batch,
    decoded: lake.Decoded,
    *,
    log: EventLog,
    store: Lake,
    now: datetime,
    share: rejects.RejectRate,
    sunk: SinkResult,
) -> None:
    share.add(batch, decoded.rejects)
    table = lake.to_bronze_rows(
        decoded,
        topic=batch.topic,
        partition=batch.partition,
        offsets=batch.offsets,
        appended_ms=batch.appended_ms,
        landed_at=now,
        erased=suppression.active_suppressions(),  # for each batch: some may be new
    )
    if table.num_rows:
        lake.write_table(store, object_key := _bronze_key(batch, store, now=now), table)
        sunk.objects += 1
        sunk.keys.append(object_key)
    if decoded.rejects:
        rejects.store_rejects(batch, decoded.rejects, log=log, store=store, rejected_at=now)
    sunk.rejects += len(decoded.rejects)
    sunk.erased += decoded.table.num_rows - table.num_rows


def _bronze_key(batch: Batch, store: Lake, *, now: datetime) -> str:
    """Return the batch's key: by the hour it was appended, a replay into a compacted day by now.

    There its old key is replaced, whatever it holds.
    """
    key = partial(
        lake.bronze_key,
        lake.DATASETS[batch.topic],
        partition=batch.partition,
        first_offset=batch.offsets[0],
    )
    appended = key(landed_at=batch.appended_at)
    if batch.appended_at.date() < now.date() and parts.is_replaced(store, appended):
        return key(landed_at=now)
    return appended


def claim_batch(lock: Lock, batch: Batch) -> Batch:
    """Return the batch, cut to what was claimed for it before.

    Raises locks.LockLost where another run holds the lock.
    """
    script = [
        key(lock.name),
        _claims_key(batch),
        str(lock.token),
        _claim_field(batch),
        batch.offsets[-1],
    ]
    answer = lock.client.eval(CLAIM_SCRIPT, 2, *script)
    if not isinstance(answer, bytes):
        raise LockLost(f"{lock.name} was taken over while this run was paused")
    count = bisect_right(batch.offsets, answer.decode())
    return batch.head(count) if count < len(batch) else batch


def release_claim(lock: Lock, batch: Batch) -> None:
    """Delete the claim of a committed batch: nobody reads its first record again."""
    lock.client.hdel(_claims_key(batch), _claim_field(batch))


def claimed_positions(topic: str) -> set[tuple[int, str]]:
    """Return partition and first offset of each batch that was claimed and not committed."""
    found = cast("list[bytes]", clients.redis_client().hkeys(f"claims:{topic}"))
    fields = (field.decode().partition("/") for field in found)
    return {(int(partition), first) for partition, _, first in fields}


def _claims_key(batch: Batch) -> str:
    return f"claims:{batch.topic}"


def _claim_field(batch: Batch) -> str:
    return f"{batch.partition}/{batch.offsets[0]}"


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
    on_batch: Callable[[SinkResult], None] = lambda _: None,
) -> SinkResult:
    """Drain one topic, counted in the run. What landed before a failure counts too: it is built."""

    def landed(sunk: SinkResult) -> None:
        run.counts = sunk.counts
        if sunk.records:
            run.details = {"offsets": sunk.offsets, "objects": sunk.keys[-KEYS_KEPT:]}
        on_batch(sunk)

    try:
        sunk = drain_topic(topic, log=log, store=store, limits=limits, now=now, on_batch=landed)
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
