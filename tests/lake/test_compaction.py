"""Compaction: whatever is asked when, each row is there once."""

import io
import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from spotifyweb import lake as lakes
from spotifyweb.lake import LocalLake, Suppression, compaction, deletion, parts
from spotifyweb.lake.base import LakeError, ObjectNotFound
from spotifyweb.lake.compaction import KEPT, VALID_AFTER, UnloadedObjects
from tests.support.compacted_lake import DATASET, compact, event_ids, land
from tests.support.lake_rows import delete_rows

DAY = datetime(2026, 11, 22, tzinfo=UTC)
NIGHT = DAY + timedelta(days=1, hours=2)
VALID, SWEPT = NIGHT + VALID_AFTER, NIGHT + VALID_AFTER + KEPT


class Memory:
    """A lake in memory that is cut off after so many writes and deletions."""

    url = "memory://"

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.left: int | None = None

    def put(self, key: str, data: bytes) -> None:
        self._spend()
        self.objects[key] = data

    def delete(self, key: str) -> None:
        self._spend()
        self.objects.pop(key, None)

    def get(self, key: str) -> bytes:
        try:
            return self.objects[key]
        except KeyError:
            raise ObjectNotFound(key) from None

    def size(self, key: str) -> int:
        return len(self.get(key))

    def keys(self, prefix: str = "") -> Iterator[str]:
        return iter(sorted(key for key in self.objects if key.startswith(prefix)))

    def _spend(self) -> None:
        if self.left == 0:
            raise LakeError("cut off")
        self.left = None if self.left is None else self.left - 1


@pytest.fixture
def store() -> Memory:
    """Five parts of one day, the last of which landed on the next."""
    store = Memory()
    for number in range(5):
        at = DAY + timedelta(hours=5 * number)
        land(store, [f"a{number}", f"b{number}"], at=at, offset=10 * number)
    return store


def keys(store: Memory) -> list[str]:
    return list(store.keys(f"bronze/{DATASET}/"))


def test_a_finished_day_becomes_one_part_and_no_reader_notices(store: Memory) -> None:
    before = event_ids(store, at=NIGHT)
    assert compact(store, at=NIGHT).parts == 5
    for moment in (NIGHT, VALID - timedelta(seconds=1), VALID, SWEPT):
        assert event_ids(store, at=moment) == before
    assert len(keys(store)) == 6
    assert compact(store, at=SWEPT).deleted == 5
    assert event_ids(store, at=SWEPT) == before
    folder = "bronze/likes/year=2026/month=11/day=22/hour=00"
    assert keys(store) == [f"{folder}/part-0-000000.through-000040.from-20261123T020500Z.parquet"]
    assert compact(store, at=SWEPT) == compaction.CompactionReport()


def test_a_day_that_goes_on_is_left_alone(store: Memory) -> None:
    assert compact(store, at=DAY + timedelta(days=1, minutes=30)).written == 0


def test_what_the_sink_may_write_again_is_left_alone_with_all_behind_it(store: Memory) -> None:
    assert compact(store, at=NIGHT, uncommitted=[(0, "000030"), (1, "000000")]).parts == 3
    assert len(event_ids(store, at=VALID)) == 10


def test_what_lands_late_joins_the_day_of_its_part(store: Memory) -> None:
    compact(store, at=NIGHT)
    land(store, ["late"], at=DAY + timedelta(hours=23), offset=50)
    assert compact(store, at=SWEPT).parts == 2
    assert len(event_ids(store, at=SWEPT + VALID_AFTER)) == 11
    compact(store, at=SWEPT + VALID_AFTER + KEPT)
    assert len(keys(store)) == 1


def test_a_sink_that_wakes_up_brings_nothing_back(store: Memory) -> None:
    """It had claimed its batch before another one wrote, committed and a night went by."""
    compact(store, at=NIGHT)
    compact(store, at=SWEPT)
    land(store, ["a1", "b1"], at=DAY + timedelta(hours=5), offset=10)
    assert len(event_ids(store, at=SWEPT)) == 10
    compact(store, at=SWEPT)
    assert len(keys(store)) == 1


def test_parts_grow_to_a_size_and_no_further(
    store: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = store.size(keys(store)[0])
    monkeypatch.setattr(compaction, "TARGET_BYTES", 2 * size + 10)
    assert compact(store, at=NIGHT).written == 2
    assert len(event_ids(store, at=VALID)) == 10
    monkeypatch.setattr(compaction, "LARGE_BYTES", size // 2)
    assert compact(store, at=SWEPT).written == 0


def test_an_erasure_takes_rows_out_and_counts_each_once(store: Memory) -> None:
    compact(store, at=NIGHT)
    erased = [Suppression(user_id="a")]
    assert sum(found.rows for found in deletion.find_objects(store, erased)) == 5
    delete_rows(store, erased)
    for moment in (NIGHT, VALID):
        assert event_ids(store, at=moment) == [f"b{number}" for number in range(5)]


def test_an_erasure_rewrites_only_what_holds_the_rows(store: Memory) -> None:
    other = "bronze/likes/year=2026/month=11/day=21/hour=07/part-0-000001.parquet"
    land(store, ["c"], at=DAY, offset=1, key=other)
    compact(store, at=NIGHT)
    rewritten = delete_rows(store, [Suppression(user_id="c")])
    assert [done.key for done in rewritten] == [other]


def test_a_loader_gets_each_row_once_whatever_it_loaded_before(store: Memory) -> None:
    """It loaded two parts, was off for a night, and the others are gone."""
    objects = UnloadedObjects(store, now=lambda: SWEPT)
    loaded = set(keys(store)[:2])
    compact(store, at=NIGHT)
    compact(store, at=SWEPT)
    land(store, ["late"], at=DAY + timedelta(hours=23), offset=50)
    compact(store, at=SWEPT)
    (compacted,) = UnloadedObjects(store, now=lambda: SWEPT + VALID_AFTER).keys("bronze/likes/")
    data = objects.get_unloaded(compacted, loaded)
    assert data is not None
    rows = pq.read_table(io.BytesIO(data))["event_id"].to_pylist()
    assert sorted(rows) == ["a2", "a3", "a4", "b2", "b3", "b4", "late"]
    names = {*loaded, *(key for key in _replaced(store, compacted))}
    assert objects.get_unloaded(compacted, names) is None
    assert objects.get_unloaded(compacted, []) == store.get(compacted)


def _replaced(store: Memory, key: str) -> list[str]:
    return compaction._replaced_keys(pq.read_schema(io.BytesIO(store.get(key))))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_cut_off_anywhere_each_row_is_there_once(seed: int) -> None:
    """Random landings, compactions that are cut off, and readers at every moment."""
    dice, store, at, offset = random.Random(seed), Memory(), DAY, 0
    landed: list[str] = []
    for _ in range(40):
        at += timedelta(minutes=dice.choice([1, 4, 61, 300]))
        if dice.random() < 0.6:
            names = [f"{offset + n:06}" for n in range(dice.randint(1, 3))]
            appended = at - timedelta(hours=dice.choice([0, 0, 0, 30]))
            land(store, names, at=appended, offset=offset)
            landed += names
            offset += len(names)
        else:
            store.left = dice.choice([None, 0, 1, 2, 5])
            with suppress(LakeError):
                compact(store, at=at)
            store.left = None
        assert event_ids(store, at=at) == sorted(landed)
        assert event_ids(store, at=at + timedelta(hours=9)) == sorted(landed)
    for _ in range(4):
        at += timedelta(days=1)
        compact(store, at=at)
    assert len(keys(store)) == len({part.day for part in parts.parse_all(keys(store))})
    assert event_ids(store, at=at) == sorted(landed)


def test_strangers_read_a_compacted_lake(tmp_path: Path) -> None:
    """DuckDB by wildcards and pyarrow by discovery, which know nothing of ours."""
    store = LocalLake(tmp_path)
    lakes.ensure_datasets(store)
    for number in range(30):
        land(store, [str(number)], at=DAY + timedelta(minutes=40 * number), offset=number)
    compact(store, at=NIGHT)
    compact(store, at=SWEPT)
    folder = tmp_path / "bronze" / DATASET
    with duckdb.connect() as shell:
        counted = shell.execute(
            f"select count(*), count(distinct event_id), any_value(day) from read_parquet("
            f"'{folder}/*/*/*/*/part-*.parquet', hive_partitioning = true)"
        ).fetchone()
    assert counted == (30, 30, 22)
    assert ds.dataset(folder, partitioning="hive").count_rows() == 30
