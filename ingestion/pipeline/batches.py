"""The sink's batches: read and decoded in parts, so that no batch is ever held as the log's bytes.

Those take four times the room of their columns, and a batch is worth an object of the lake.
"""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from ingestion.pipeline.sink_writer import Limits
from spotifyweb import lake
from spotifyweb.eventlog import Batch, concat
from spotifyweb.lake import DecodedBatch

PART_RECORDS = 2048
PART_BYTES = 4 * 1024 * 1024

Decoded = tuple[Batch, DecodedBatch]  # the batch has values of rejects alone


def part_size(limits: Limits) -> dict[str, int]:
    """Return how large a part may be, as arguments of the log."""
    return {
        "max_records": min(limits.max_records, PART_RECORDS),
        "max_bytes": min(limits.max_bytes, PART_BYTES),
    }


def decode_batches(parts: Iterator[Batch], limits: Limits) -> Iterator[Decoded]:
    """Yield batches within the limits of what one partition's parts hold, in order."""
    held: list[Decoded] = []
    records = size = 0
    for batch, decoded, part_bytes in _decode_parts(parts):
        records, size = records + len(batch), size + part_bytes
        is_full = records > limits.max_records or size > limits.max_bytes
        if held and (is_full or held[0][0].repetition != batch.repetition):
            yield _concat(held)
            held, records, size = [], len(batch), part_bytes
        held.append((batch, decoded))
    if held:
        yield _concat(held)


def _decode_parts(parts: Iterator[Batch]) -> Iterator[tuple[Batch, DecodedBatch, int]]:
    """Decode a part per core at a time, while the next is read; yield it with its size before."""
    count = os.cpu_count() or 1
    with ThreadPoolExecutor(count, "decode") as cores:
        futures: deque[Future[tuple[Batch, DecodedBatch, int]]] = deque()
        for part in parts:
            futures.append(cores.submit(_decode, part))
            if len(futures) > count:
                yield futures.popleft().result()
        while futures:
            yield futures.popleft().result()


def _decode(part: Batch) -> tuple[Batch, DecodedBatch, int]:
    decoded = lake.decode(part.topic, part.values)
    rejects = [reject.index for reject in decoded.rejects]
    return part.without_values(but=rejects), decoded, part.size


def _concat(parts: list[Decoded]) -> Decoded:
    return concat([batch for batch, _ in parts]), lake.concat([(len(b), d) for b, d in parts])
