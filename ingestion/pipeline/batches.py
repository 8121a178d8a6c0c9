"""The sink's batches: read and decoded in parts, so that no batch is ever held as the log's bytes.

Those take four times the room of their columns, and a batch is worth an object of the lake.
"""

import os
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate

from ingestion.pipeline.sink_writer import Limits
from spotifyweb import lake
from spotifyweb.eventlog import Batch, concat
from spotifyweb.lake import DecodedBatch

PART_RECORDS = 3072
PART_BYTES = 4 * 1024 * 1024

Decoded = tuple[Batch, DecodedBatch]  # the batch has values of rejects alone


def part_size(limits: Limits) -> dict[str, int]:
    """Return how large a part may be, as arguments of the log."""
    return {
        "max_records": min(limits.max_records, PART_RECORDS),
        "max_bytes": min(limits.max_bytes, PART_BYTES),
    }


@dataclass(frozen=True, slots=True)
class _Part:
    batch: Batch
    decoded: DecodedBatch
    sizes: list[int]  # bytes of each record

    @property
    def size(self) -> int:
        return sum(self.sizes)

    def count_fitting(self, records: int, size: int) -> int:
        """Return how many first records are no more than these, and no more bytes."""
        return min(records, bisect_right([*accumulate(self.sizes)], size))

    def head(self, count: int) -> "_Part":
        if count >= len(self.batch):
            return self
        return _Part(self.batch.head(count), self.decoded.part(0, count), self.sizes[:count])

    def tail(self, count: int) -> "_Part | None":
        if count >= len(self.batch):
            return None
        rest = self.decoded.part(count, len(self.batch))
        return _Part(self.batch.tail(count), rest, self.sizes[count:])


def decode_batches(parts: Iterator[Batch], limits: Limits) -> Iterator[Decoded]:
    """Yield batches of what one partition's parts hold, each as long as the limits allow.

    Whatever the parts are, the same records make the same batches, and with more behind them none
    is shorter: so what is read again reaches as far as it was claimed. One record may exceed the
    limits alone.
    """
    held: list[_Part] = []
    records, size = limits.max_records, limits.max_bytes
    for read in _decode_parts(parts):
        part: _Part | None = read
        while part:
            count = part.count_fitting(records, size)
            if held and (not count or held[0].batch.repetition != part.batch.repetition):
                yield _concat(held)
                held, records, size = [], limits.max_records, limits.max_bytes
                continue
            held.append(part.head(max(count, 1)))
            part = part.tail(max(count, 1))
            records, size = records - len(held[-1].batch), size - held[-1].size
    if held:
        yield _concat(held)


def _decode_parts(parts: Iterator[Batch]) -> Iterator[_Part]:
    """Decode a part per core at a time, while the next is read."""
    count = os.cpu_count() or 1
    with ThreadPoolExecutor(count, "decode") as cores:
        futures: deque[Future[_Part]] = deque()
        for part in parts:
            futures.append(cores.submit(_decode, part))
            if len(futures) > count:
                yield futures.popleft().result()
        while futures:
            yield futures.popleft().result()


def _decode(part: Batch) -> _Part:
    decoded = lake.decode(part.topic, part.values)
    rejects = [reject.index for reject in decoded.rejects]
    return _Part(part.without_values(but=rejects), decoded, [*map(len, part.values)])


def _concat(parts: list[_Part]) -> Decoded:
    return (
        concat([part.batch for part in parts]),
        lake.concat([(len(part.batch), part.decoded) for part in parts]),
    )
