"""Runs of several partitions become batches that keep to the limits, the fullest first."""

from collections.abc import Iterator

from spotifyweb.eventlog import Batch
from spotifyweb.eventlog.batches import rebatch


def run(partition: int, first: int, count: int, *, size: int = 1) -> Batch:
    places = range(first, first + count)
    return Batch(
        topic="t",
        partition=partition,
        offsets=[f"{place:05d}" for place in places],
        keys=[b"alice"] * count,
        values=[b"x" * size] * count,
        appended_ms=list(places),
    )


def batches(*runs: Batch, max_records: int = 100, max_bytes: int = 1000) -> Iterator[Batch]:
    return rebatch(iter(runs), max_records=max_records, max_bytes=max_bytes)


def test_the_fullest_partition_makes_room_and_the_others_wait() -> None:
    found = batches(run(0, 0, 40), run(1, 0, 50), run(0, 40, 30))
    assert [(one.partition, len(one)) for one in found] == [(1, 50), (0, 70)]


def test_of_each_partition_everything_comes_in_order() -> None:
    runs = [run(number % 3, number * 10, 10) for number in range(30)]
    held: dict[int, list[str]] = {}
    for one in batches(*runs, max_records=50):
        assert len(one) <= 50
        held.setdefault(one.partition, []).extend(one.offsets)
    assert [sorted(offsets) == offsets for offsets in held.values()] == [True] * 3
    assert sum(map(len, held.values())) == 300


def test_a_run_larger_than_a_batch_is_handed_out_in_parts() -> None:
    found = list(batches(run(0, 0, 10, size=300)))
    assert sum(map(len, found)) == 10 and all(one.size <= 1000 for one in found)
    assert [len(one) for one in batches(run(0, 0, 2, size=5000))] == [1, 1]
