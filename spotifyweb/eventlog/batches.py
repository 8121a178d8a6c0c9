"""Batches: from runs of a few hundred records, as a log returns them, to ones worth an object."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from spotifyweb.eventlog.base import Batch


def rebatch(runs: Iterator[Batch], *, max_records: int, max_bytes: int) -> Iterator[Batch]:
    """Yield the same records in larger batches, holding at most so many over all partitions.

    The fullest partition goes first: batches are large then, and reading goes on in even steps.
    """
    held: dict[int, _Pending] = {}
    records = size = 0
    for run in runs:
        for part in _split(run, max_records=max_records, max_bytes=max_bytes):
            more = part.size
            while held and (records + len(part) > max_records or size + more > max_bytes):
                full = _pop_fullest(held)
                records, size = records - len(full.values), size - full.size
                yield full.batch()
            held.setdefault(part.partition, _Pending(part.topic, part.partition)).add(part, more)
            records, size = records + len(part), size + more
    while held:
        yield _pop_fullest(held).batch()


def concat(parts: Sequence[Batch]) -> Batch:
    """Return one batch of what follows on each other in a partition."""
    pending = _Pending(parts[0].topic, parts[0].partition)
    for part in parts:
        pending.add(part, 0)
    return replace(pending.batch(), repetition=parts[0].repetition)


@dataclass(slots=True)
class _Pending:
    """Records of one partition that wait to become a batch."""

    topic: str
    partition: int
    offsets: list[str] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)
    appended_ms: list[int] = field(default_factory=list)
    size: int = 0

    def add(self, run: Batch, size: int) -> None:
        self.offsets += run.offsets
        self.keys += run.keys
        self.values += run.values
        self.appended_ms += run.appended_ms
        self.size += size

    def batch(self) -> Batch:
        return Batch(
            topic=self.topic,
            partition=self.partition,
            offsets=self.offsets,
            keys=self.keys,
            values=self.values,
            appended_ms=self.appended_ms,
        )


def _split(run: Batch, *, max_records: int, max_bytes: int) -> Iterator[Batch]:
    """Split a run into parts within the limits, where possible.

    One record may exceed them alone.
    """
    if len(run) == 1 or (len(run) <= max_records and run.size <= max_bytes):
        yield run
        return
    middle = len(run) // 2
    for half in (run.head(middle), run.tail(middle)):
        yield from _split(half, max_records=max_records, max_bytes=max_bytes)


def _pop_fullest(held: dict[int, _Pending]) -> _Pending:
    return held.pop(max(held, key=lambda partition: len(held[partition].values)))
