"""Rejects: records that make no row are counted and kept as received; too many stop the stage."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from ingestion.models import Reject
from spotifyweb import events, lake
from spotifyweb.eventlog import Batch, EventLog
from spotifyweb.lake import Lake, suppression
from spotifyweb.lake.row_index import RowIndex, add_rows

EXCERPT_LENGTH = 500
MIN_RECORDS_FOR_RATE = 100  # of so few records a share says nothing
SAMPLES = 3


class TooManyRejects(Exception):
    """The drain stopped before it committed; what it read is still in the log."""


@dataclass(slots=True, kw_only=True)
class RejectRate:
    """The share of one drain's records that was rejected so far."""

    limit: float
    records: int = 0
    rejects: int = 0
    samples: list[str] = field(default_factory=list)

    def add(self, batch: Batch, rejects: Sequence[lake.Reject]) -> None:
        """Count a batch. Raises TooManyRejects where the share exceeds the limit."""
        self.records += len(batch)
        self.rejects += len(rejects)
        self.samples += [
            f"{batch.offsets[reject.index]}: {reject.reason}" for reject in rejects[:SAMPLES]
        ]
        if self.records > MIN_RECORDS_FOR_RATE and self.rejects > self.limit * self.records:
            raise TooManyRejects(
                f"{self.rejects} of {self.records} records in {batch.topic} are not valid events,"
                f" more than {self.limit:.0%}: nothing of this batch was committed, all is still in"
                f" the log. First reasons: {'; '.join(self.samples[:SAMPLES])}. Fix what writes"
                " them, or set them aside with: manage.py consume --topic"
                f" {batch.topic} --accept-rejects"
            )


def new_rejects(batch: Batch, rejects: Sequence[lake.Reject], index: RowIndex) -> list[lake.Reject]:
    """Return those of a batch that was read before which the lake does not hold."""
    table = pa.table(
        {
            "offset": [batch.offsets[reject.index] for reject in rejects],
            "raw": [batch.values[reject.index] for reject in rejects],
        }
    )
    missing = set(index.missing(table, batch.partition)["offset"].to_pylist())
    return [reject for reject in rejects if batch.offsets[reject.index] in missing]


def store_rejects(
    batch: Batch,
    rejects: Sequence[lake.Reject],
    *,
    log: EventLog,
    store: Lake,
    rejected_at: datetime,
) -> None:
    """Store rejects in the lake and the dead-letter topic. Safe to repeat."""
    rows = [
        {
            "offset": batch.offsets[reject.index],
            "key": _record_key(batch, reject),
            "reason": reject.reason,
            "raw": batch.values[reject.index],
        }
        for reject in rejects
    ]
    table = lake.rejects_table(
        rows, topic=batch.topic, partition=batch.partition, rejected_at=rejected_at
    )
    object_key = lake.rejects_key(
        lake.DATASETS[batch.topic],
        landed_at=batch.appended_at,
        partition=batch.partition,
        first_offset=batch.offsets[0],
    )
    if batch.repetition:
        add_rows(store, object_key, table, order="offset")
    else:
        lake.write_table(store, object_key, table)
    log.append(
        events.dead_letter_topic(batch.topic),
        ((_record_key(batch, reject), batch.values[reject.index]) for reject in rejects),
    )


def list_rejects(batch: Batch, rejects: Sequence[lake.Reject], *, rejected_at: datetime) -> None:
    """Add rejects to the admin's list, where they are not in it. Safe to repeat."""
    Reject.objects.bulk_create(
        [_reject_row(batch, reject, rejected_at) for reject in rejects], ignore_conflicts=True
    )


def _record_key(batch: Batch, reject: lake.Reject) -> str:
    return batch.keys[reject.index].decode(errors="replace")


def _reject_row(batch: Batch, reject: lake.Reject, rejected_at: datetime) -> Reject:
    start = batch.values[reject.index][:EXCERPT_LENGTH].decode(errors="replace")
    return Reject(
        topic=batch.topic,
        partition=batch.partition,
        offset=batch.offsets[reject.index],
        reason=reject.reason[:EXCERPT_LENGTH].replace("\0", "\\0"),
        raw_start=start.replace("\0", "\\0"),  # Postgres takes no NUL
        user_id=_owner(batch, reject),
        rejected_at=rejected_at,
    )


def _owner(batch: Batch, reject: lake.Reject) -> str:
    """Return the record's key, or the listener that the record names."""
    named = _record_key(batch, reject) or suppression.parse_raw_fields(
        batch.values[reject.index]
    ).get("user_id", "")
    return named[:100].replace("\0", "\\0")
