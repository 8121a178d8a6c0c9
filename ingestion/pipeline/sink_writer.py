"""The sink's writer: what one batch becomes in the lake, and what is counted of it."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import pyarrow as pa

from ingestion.pipeline import rejects
from spotifyweb import lake
from spotifyweb.eventlog import EXPIRED, Batch, EventLog
from spotifyweb.lake import Lake, parts
from spotifyweb.lake.row_index import EVENTS, REJECTS, RowIndex, add_rows
from spotifyweb.privacy import suppression
from spotifyweb.telemetry import traces


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many records a batch may hold, how long a drain may last, how many may be rejected."""

    max_records: int
    max_bytes: int
    max_seconds: float | None = None  # None: until the log is drained
    max_reject_share: float = 0.05


@dataclass(slots=True, kw_only=True)
class SinkResult:
    """What landed. Of `records`, `rejects` and `erased` made no row, `repetitions` had landed."""

    records: int = 0
    objects: int = 0
    rejects: int = 0
    erased: int = 0
    repetitions: Counter[str] = field(default_factory=Counter)  # by why they were read again
    keys: list[str] = field(default_factory=list, compare=False)  # of the objects
    # The first and the last of each partition.
    offsets: dict[int, tuple[str, str]] = field(default_factory=dict, compare=False)

    @property
    def counts(self) -> dict[str, Any]:
        counts = {name: value for name, value in asdict(self).items() if isinstance(value, int)}
        return counts | ({"repetitions": dict(self.repetitions)} if self.repetitions else {})

    def add_origin(self, batch: Batch) -> None:
        """Extend the range of offsets of the batch's partition."""
        first, _ = self.offsets.get(batch.partition, (batch.offsets[0], ""))
        self.offsets[batch.partition] = (first, batch.offsets[-1])


class Writer:
    """Writes the batches of one drain, and counts them."""

    def __init__(
        self, topic: str, *, log: EventLog, store: Lake, limits: Limits, now: datetime
    ) -> None:
        self._log, self._store, self._now = log, store, now
        self._share = rejects.RejectRate(limit=limits.max_reject_share)
        self._rows_here, self._rejects_here = (
            RowIndex(store, f"{folder}/{lake.DATASETS[topic]}/", columns, now=lambda: now)
            for folder, columns in (("bronze", EVENTS), ("rejects", REJECTS))
        )
        self.result = SinkResult()

    def write(self, batch: Batch, decoded: lake.DecodedBatch) -> None:
        """Write a batch. Raises TooManyRejects, LakeError, LogError: then nothing is to commit."""
        bad = self._unerased(batch, decoded.rejects)
        new = self._new_rejects(batch, bad)
        self._share.add(batch, new)
        table = self._rows(batch, decoded)
        if table.num_rows:
            self._write_rows(batch, table)
        if new:
            rejects.store_rejects(
                batch, new, log=self._log, store=self._store, rejected_at=self._now
            )
        if bad:
            rejects.list_rejects(batch, bad, rejected_at=self._now)
        self.result.rejects += len(new)

    def _rows(self, batch: Batch, decoded: lake.DecodedBatch) -> pa.Table:
        """Return the rows to write: without what was erased, and what the lake holds already."""
        table = lake.to_bronze_rows(
            decoded,
            topic=batch.topic,
            partition=batch.partition,
            offsets=batch.offsets,
            appended_ms=batch.appended_ms,
            landed_at=self._now,
            erased=suppression.active_suppressions(),  # for each batch: some may be new
        )
        if batch.repetition:
            table = table.slice(bisect_left(table["log_offset"].to_pylist(), _floor(batch)))
        self.result.erased += decoded.table.num_rows - table.num_rows
        if not batch.repetition:
            return table
        missing = self._rows_here.missing(table, batch.partition)
        self._count_repetitions(batch, table.num_rows - missing.num_rows)
        return missing

    def _unerased(self, batch: Batch, found: Sequence[lake.Reject]) -> Sequence[lake.Reject]:
        if not (batch.repetition and found):
            return found
        floor = _floor(batch)
        kept = [reject for reject in found if batch.offsets[reject.index] >= floor]
        self.result.erased += len(found) - len(kept)
        return kept

    def _new_rejects(self, batch: Batch, found: Sequence[lake.Reject]) -> Sequence[lake.Reject]:
        if not (batch.repetition and found):
            return found
        new = rejects.new_rejects(batch, found, self._rejects_here)
        self._count_repetitions(batch, len(found) - len(new))
        return new

    def _count_repetitions(self, batch: Batch, count: int) -> None:
        if count:
            self.result.repetitions[batch.repetition] += count

    def _write_rows(self, batch: Batch, table: pa.Table) -> None:
        with traces.span("write to the lake", topic=batch.topic) as event_ids:
            event_ids += traces.ids(table)
            if not batch.repetition:
                key = bronze_key(batch, self._store, now=self._now)
                lake.write_table(self._store, key, table)
            else:
                key = self._repetition_key(batch, table)
                add_rows(self._store, key, table)
        traces.remember_landed(event_ids)
        self.result.objects += 1
        self.result.keys.append(key)

    def _repetition_key(self, batch: Batch, table: pa.Table) -> str:
        """Return the batch's own key where it is read for the first time, else one of this hour.

        There no compaction is at work, and a build that looks for news finds it.
        """
        if batch.repetition == EXPIRED and not self.result.repetitions:
            return bronze_key(batch, self._store, now=self._now)
        return lake.bronze_key(
            lake.DATASETS[batch.topic],
            landed_at=self._now,
            partition=batch.partition,
            first_offset=table["log_offset"][0].as_py(),
        )


def _floor(batch: Batch) -> str:
    """Return the first offset behind what was appended before an account's last erasure.

    Nobody is named there any more, so nothing of that time is read again.
    """
    erased_at = suppression.last_account_erasure()
    if erased_at is None:
        return ""
    until_ms = erased_at.timestamp() * 1000
    old = [
        offset for offset, ms in zip(batch.offsets, batch.appended_ms, strict=True) if ms < until_ms
    ]
    return old[-1] + "\0" if old else ""


def bronze_key(batch: Batch, store: Lake, *, now: datetime) -> str:
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
