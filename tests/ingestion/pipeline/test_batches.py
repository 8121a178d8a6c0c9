"""A batch is read and decoded in parts: it holds rows, and the bytes of rejects alone."""

from collections.abc import Iterator

import orjson
import pytest

from ingestion.pipeline.batches import Decoded, decode_batches, part_size
from ingestion.pipeline.sink_writer import Limits
from spotifyweb import lake
from spotifyweb.eventlog import EXPIRED, Batch
from tests.ingestion.pipeline.test_sink import plays

VALUES = [orjson.dumps(play.to_json()) for play in plays(100)]
VALUES[7] = VALUES[33] = VALUES[99] = b"{"


def parts(count: int, repetition: str = "", *, known: int = len(VALUES)) -> Iterator[Batch]:
    """Yield the first `known` records in parts of `count`."""
    whole = Batch(
        topic="user_plays",
        partition=2,
        offsets=[f"{number:020}" for number in range(len(VALUES))],
        keys=[b"alice"] * len(VALUES),
        values=VALUES,
        appended_ms=list(range(len(VALUES))),
        repetition=repetition,
    ).head(known)
    while whole:
        yield whole.head(count)
        whole = whole.tail(count)


def batches(found: Iterator[Batch], *, records: int = 1000, size: int = 1 << 25) -> list[Decoded]:
    return list(decode_batches(found, Limits(max_records=records, max_bytes=size)))


def test_a_batch_of_parts_is_the_batch_decoded_at_once() -> None:
    ((batch, decoded),) = batches(parts(9, EXPIRED))
    (whole,) = parts(len(VALUES), EXPIRED)
    assert decoded == lake.decode("user_plays", VALUES)
    assert [reject.index for reject in decoded.rejects] == [7, 33, 99]
    assert (batch.offsets, batch.appended_ms) == (whole.offsets, whole.appended_ms)
    assert (batch.partition, batch.keys, batch.repetition) == (2, whole.keys, EXPIRED)


def test_the_bytes_of_what_became_a_row_are_not_kept() -> None:
    ((batch, _),) = batches(parts(9))
    assert {index: value for index, value in enumerate(batch.values) if value} == {
        7: b"{",
        33: b"{",
        99: b"{",
    }


@pytest.mark.parametrize("part", [1, 10, 44, 100])
def test_batches_are_as_long_as_the_limits_allow_whatever_the_parts_are(part: int) -> None:
    found = batches(parts(part), records=45)
    assert [len(batch) for batch, _ in found] == [45, 45, 10]
    assert [reject.index for _, decoded in found for reject in decoded.rejects] == [7, 33, 9]
    assert [table.num_rows for _, decoded in found for table in [decoded.table]] == [43, 45, 9]
    size = sum(map(len, VALUES[:30]))
    assert len(batches(parts(part), size=size)[0][0]) == 30
    assert len(batches(parts(part), size=size - 1)[0][0]) == 29
    assert [len(batch) for batch, _ in batches(parts(part), size=0)] == [1] * len(VALUES)


def test_a_batch_that_is_read_again_reaches_as_far_as_before() -> None:
    """Otherwise a paused sink that wrote it first would write records that the next batch has."""
    for known in range(1, len(VALUES)):
        before = batches(parts(20, known=known), records=45)[0][0]
        for part in (7, 20, 45):
            assert len(batches(parts(part), records=45)[0][0]) >= len(before)


def test_what_was_read_before_shares_no_batch_with_what_was_not() -> None:
    def both() -> Iterator[Batch]:
        yield from parts(60, EXPIRED)
        yield from parts(60)

    assert [(len(batch), batch.repetition) for batch, _ in batches(both())] == [
        (100, EXPIRED),
        (100, ""),
    ]


def test_a_part_is_small_however_large_a_batch_may_be() -> None:
    assert part_size(Limits(max_records=50_000, max_bytes=1 << 25)) == {
        "max_records": 3072,
        "max_bytes": 4 << 20,
    }
    assert part_size(Limits(max_records=10, max_bytes=1024)) == {
        "max_records": 10,
        "max_bytes": 1024,
    }
