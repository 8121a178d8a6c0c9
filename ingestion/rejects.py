"""Records that make no event: counted, kept as they came, and too many of them stop the stage."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ingestion.models import Reject
from spotifyweb import events, lake
from spotifyweb.eventlog import Batch, EventLog
from spotifyweb.lake import Lake, suppression

FIRST_LOOK = 500
SMALL_DRAIN = 100  # of so few records a share says nothing
SAMPLES = 3


class TooManyRejects(Exception):
    """The drain stopped before it committed; what it read is still in the log."""


@dataclass(slots=True, kw_only=True)
class Share:
    """How much of one drain was rejected so far."""

    limit: float
    records: int = 0
    rejects: int = 0
    samples: list[str] = field(default_factory=list)

    def add(self, batch: Batch, rejects: Sequence[lake.Reject]) -> None:
        """Raises TooManyRejects."""
        self.records += len(batch)
        self.rejects += len(rejects)
        self.samples += [f"{batch.offsets[one.index]}: {one.reason}" for one in rejects[:SAMPLES]]
        if self.records > SMALL_DRAIN and self.rejects > self.limit * self.records:
            raise TooManyRejects(
                f"{self.rejects} of {self.records} records in {batch.topic} make no event, more"
                f" than {self.limit:.0%}: nothing of this batch was committed, all is still in the"
                f" log. First reasons: {'; '.join(self.samples[:SAMPLES])}. Mend what writes them,"
                " or set them aside with: manage.py consume --topic"
                f" {batch.topic} --accept-rejects"
            )


def set_aside(
    batch: Batch,
    rejects: Sequence[lake.Reject],
    *,
    log: EventLog,
    store: Lake,
    rejected_at: datetime,
) -> None:
    """Into the lake, the dead-letter topic and the list in the admin; safe to repeat."""
    rows = [
        {
            "offset": batch.offsets[one.index],
            "key": _key(batch, one),
            "reason": one.reason,
            "raw": batch.values[one.index],
        }
        for one in rejects
    ]
    table = lake.rejects_table(
        rows, topic=batch.topic, partition=batch.partition, rejected_at=rejected_at
    )
    place = lake.rejects_key(
        lake.DATASETS[batch.topic],
        landed_at=batch.appended_at,
        partition=batch.partition,
        first_offset=batch.offsets[0],
    )
    lake.write_table(store, place, table)
    log.append(
        events.dead_letter_topic(batch.topic),
        ((_key(batch, one), batch.values[one.index]) for one in rejects),
    )
    Reject.objects.bulk_create(
        [_listed(batch, one, rejected_at) for one in rejects], ignore_conflicts=True
    )


def _key(batch: Batch, one: lake.Reject) -> str:
    return batch.keys[one.index].decode(errors="replace")


def _listed(batch: Batch, one: lake.Reject, rejected_at: datetime) -> Reject:
    start = batch.values[one.index][:FIRST_LOOK].decode(errors="replace")
    return Reject(
        topic=batch.topic,
        partition=batch.partition,
        offset=batch.offsets[one.index],
        reason=one.reason[:FIRST_LOOK].replace("\0", "\\0"),
        raw_start=start.replace("\0", "\\0"),  # Postgres takes no NUL
        user_id=_whose(batch, one),
        rejected_at=rejected_at,
    )


def _whose(batch: Batch, one: lake.Reject) -> str:
    """The record's key, or the listener that it names."""
    named = _key(batch, one) or suppression.parse_raw_fields(batch.values[one.index]).get(
        "user_id", ""
    )
    return named[:100].replace("\0", "\\0")
