"""The sink: from the event log to the lake, each batch written and verified, then committed.

    read ──▶ claim ──▶ write ──▶ verify ──▶ set rejects aside ──▶ commit

Killed anywhere, it starts over from the last commit and overwrites the same objects.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ingestion import claims, rejects
from ingestion.reading_ahead import ahead
from spotifyweb import lake, locks
from spotifyweb.eventlog import Batch, EventLog
from spotifyweb.lake import Lake
from spotifyweb.locks import Lock
from spotifyweb.privacy import suppression

LOCK_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one batch may hold, how long one drain may last, how much of it may be rejected."""

    max_records: int
    max_bytes: int
    max_seconds: float | None = None  # None: until the log is drained
    max_reject_share: float = 0.05


@dataclass(slots=True, kw_only=True)
class Sunk:
    """What landed. `records` were committed; `rejects` and `erased` of them made no row."""

    records: int = 0
    objects: int = 0
    rejects: int = 0
    erased: int = 0


def sink(
    topic: str,
    *,
    log: EventLog,
    store: Lake,
    limits: Limits,
    now: datetime,
    on_batch: Callable[[Sunk], None] = lambda _: None,
) -> Sunk:
    """Land what is in the topic now. Raises locks.LockHeld while another run does just that.

    LogError, LakeError, TooManyRejects: what was not committed stays in the log.
    """
    sunk, share = Sunk(), rejects.Share(limit=limits.max_reject_share)
    deadline = time.monotonic() + (limits.max_seconds or float("inf"))
    with locks.lock(f"sink:{topic}", LOCK_SECONDS) as lock:
        drained = log.drain(topic, max_records=limits.max_records, max_bytes=limits.max_bytes)
        for batch, decoded in ahead(_decoded(lock, ahead(drained))):
            _land(batch, decoded, log=log, store=store, now=now, share=share, sunk=sunk)
            lock.check()
            log.commit(batch)
            claims.settled(lock, batch)
            sunk.records += len(batch)
            on_batch(sunk)
            if time.monotonic() > deadline:
                break
    return sunk


def _decoded(lock: Lock, drained: Iterator[Batch]) -> Iterator[tuple[Batch, lake.Decoded]]:
    """What the log hands out, cut where an earlier attempt had cut it, with what it says."""
    for rest in drained:
        while rest:
            batch = claims.claimed(lock, rest)
            yield batch, lake.decode(batch.topic, batch.values)
            rest = rest.tail(len(batch))


def _land(
    batch: Batch,
    decoded: lake.Decoded,
    *,
    log: EventLog,
    store: Lake,
    now: datetime,
    share: rejects.Share,
    sunk: Sunk,
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
        lake.write_table(store, _place(batch), table)
        sunk.objects += 1
    if decoded.rejects:
        rejects.set_aside(batch, decoded.rejects, log=log, store=store, rejected_at=now)
    sunk.rejects += len(decoded.rejects)
    sunk.erased += decoded.table.num_rows - table.num_rows


def _place(batch: Batch) -> str:
    return lake.bronze_key(
        lake.DATASETS[batch.topic],
        landed_at=batch.appended_at,
        partition=batch.partition,
        first_offset=batch.offsets[0],
    )
