"""What a build reads of the lake: what landed since the one before, and nothing twice."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from bench.harness.lakehouse import Lakehouse
from spotifyweb import lake as lakes
from tests.support import compacted_lake

HOUR = datetime(2026, 11, 22, 20, tzinfo=UTC)
SELECT = ["bronze", "silver_likes"]
COUNTS = "select count(*) as rows, count(distinct event_id) as ids from bronze.likes"
LIKES = "select event_id from silver.silver_likes order by event_id"


def like(name: str) -> dict[str, Any]:
    return {
        "event_id": name,
        "event_type": "like",
        "user_id": "alice",
        "played_at": HOUR - timedelta(days=400),
        "track_id": "t",
        "source": "saved_tracks",
    }


@pytest.mark.slow
def test_a_build_opens_what_landed_since_the_one_before(tmp_path: Path) -> None:
    """Old objects become unreadable: whoever opens one fails."""
    house = Lakehouse(folder=tmp_path)
    _without_people(house)
    house.land("likes", map(like, "ab"), at=HOUR)
    house.land("likes", [like("c")], at=HOUR - timedelta(days=9))
    house.build("1", now=HOUR, select=SELECT)
    for key in _objects(house):
        house.lake.put(key, b"?" * house.lake.size(key))

    house.land("likes", [like("a"), like("d")], at=HOUR + timedelta(hours=1))
    house.land("likes", [like("e")], at=HOUR - timedelta(days=9))  # into an old hour
    house.build("2", now=HOUR + timedelta(hours=1), select=SELECT)
    assert _ids(house, "2") == ["a", "b", "c", "d", "e"]

    house.build("3", now=HOUR + timedelta(hours=2), select=SELECT)  # without news
    assert _ids(house, "3") == ["a", "b", "c", "d", "e"]

    _rewrite_longer(house, _objects(house)[-1])
    house.build("4", now=HOUR + timedelta(hours=3), select=SELECT)
    assert _ids(house, "4") == ["a", "b", "c", "d", "e", "z"]


@pytest.mark.slow
def test_compaction_changes_no_count(tmp_path: Path) -> None:
    """Neither of the view in a published build, nor of the builds that follow."""
    house, now = Lakehouse(folder=tmp_path), datetime.now(UTC)
    _without_people(house)
    for number in range(4):
        house.land("likes", map(like, f"{number}x"), at=HOUR + timedelta(minutes=number))
    house.build("1", now=now, select=SELECT)
    before = house.table("1", COUNTS)
    assert before == [{"rows": 8, "ids": 5}]

    compacted_lake.compact(house.lake, at=now)  # counts in five minutes
    assert (len(_objects(house)), house.table("1", COUNTS)) == (5, before)
    house.build("2", now=now, select=SELECT)
    (pending,) = (key for key in _objects(house) if "through" in key)
    house.lake.delete(pending)

    compacted_lake.compact(house.lake, at=now - timedelta(minutes=6))  # counts since a minute ago
    assert (len(_objects(house)), house.table("1", COUNTS)) == (5, before)
    house.build("3", now=now, select=SELECT)

    compacted_lake.compact(house.lake, at=now + timedelta(hours=2))  # deletes what it replaced
    assert (len(_objects(house)), house.table("1", COUNTS)) == (1, before)
    house.build("4", now=now, select=SELECT)
    house.build("5", now=now, select=SELECT, full_refresh=True)
    assert _ids(house, "2") == _ids(house, "3") == _ids(house, "4") == _ids(house, "5")
    assert len(_ids(house, "5")) == 5


def test_a_stranger_reads_the_lake(tmp_path: Path) -> None:
    """By pyarrow's own discovery, which passes over what begins with an underscore."""
    house = Lakehouse(folder=tmp_path)
    lakes.ensure_datasets(house.lake)
    house.land("likes", map(like, "abc"), at=HOUR)
    found = ds.dataset(tmp_path / "lake" / "bronze" / "likes", partitioning="hive")
    assert found.to_table(filter=ds.field("hour") == HOUR.hour)["event_id"].to_pylist() == [*"abc"]


def _without_people(house: Lakehouse) -> None:
    lakes.ensure_datasets(house.lake)
    house.snapshot("erasures", [])


def _objects(house: Lakehouse) -> list[str]:
    return [key for key in house.lake.keys("bronze/likes/") if key.endswith(".parquet")]


def _rewrite_longer(house: Lakehouse, key: str) -> None:
    """As the sink does whose claims were lost: the same first record, and more after it."""
    rows = house.rows["likes"]
    rows.append({**rows[-1], "event_id": "z"})
    table = pa.Table.from_pylist(rows[-3:], schema=lakes.BRONZE_SCHEMAS["user_likes"])
    lakes.write_table(house.lake, key, table)


def _ids(house: Lakehouse, build_id: str) -> list[str]:
    return [row["event_id"] for row in house.table(build_id, LIKES)]
