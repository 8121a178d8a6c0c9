"""A listener's rows leave the lake for good, and everybody else's stay as they were."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from spotifyweb import lake
from spotifyweb.lake import BRONZE_SCHEMAS, DiskLake
from spotifyweb.lake.cleansing import Cleansed, cleanse

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def row(user_id: str, number: int = 0, **more: Any) -> dict[str, Any]:
    known = {
        "event_id": f"{user_id}-{number}",
        "user_id": user_id,
        "event_type": "play",
        "played_at": NOW - timedelta(hours=number),
        "source": "recently_played",
        "landed_at": NOW,
        "log_partition": 0,
        "log_offset": str(number),
    }
    return known | more


def put(store: DiskLake, key: str, rows: Sequence[dict[str, Any]]) -> None:
    lake.write_table(
        store, key, pa.Table.from_pylist(list(rows), schema=BRONZE_SCHEMAS["user_plays"])
    )


@pytest.fixture
def store(tmp_path: Path) -> DiskLake:
    return DiskLake(tmp_path / "lake")


def left(store: DiskLake, key: str) -> list[str]:
    return [one["event_id"] for one in lake.read_table(store, key).to_pylist()]


MIXED, ALONE = "bronze/plays/x/part-0-1.parquet", "bronze/plays/x/part-0-2.parquet"
LATER = NOW + timedelta(minutes=1)


def test_a_mixed_object_is_rewritten_and_one_of_theirs_alone_goes(store: DiskLake) -> None:
    put(store, MIXED, [row("alice"), row("bob"), row("alice", 1)])
    put(store, ALONE, [row("alice", 2)])

    removed = cleanse(store, "alice", before=LATER)

    assert removed == Cleansed(rows=3, rejects=0, objects=2)
    assert left(store, MIXED) == ["bob-0"]
    assert list(store.keys()) == [MIXED]
    assert b"alice" not in store.get(MIXED)


def test_twice_is_once(store: DiskLake) -> None:
    put(store, MIXED, [row("alice"), row("bob")])
    cleanse(store, "alice", before=LATER)

    assert cleanse(store, "alice", before=LATER) == Cleansed(rows=0, rejects=0, objects=0)


def test_an_object_without_them_is_not_touched(store: DiskLake) -> None:
    put(store, MIXED, [row("bob")])
    before = store.get(MIXED)

    cleanse(store, "alice", before=LATER)

    assert store.get(MIXED) == before


def test_only_the_chosen_sources(store: DiskLake) -> None:
    put(store, MIXED, [row("alice"), row("alice", 1, source="extended_history"), row("bob")])

    cleanse(store, "alice", before=LATER, sources=("recently_played", "player"))

    assert left(store, MIXED) == ["alice-1", "bob-0"]


def test_what_landed_after_the_erasure_stays(store: DiskLake) -> None:
    put(store, MIXED, [row("alice"), row("alice", 1, landed_at=LATER)])

    cleanse(store, "alice", before=LATER)

    assert left(store, MIXED) == ["alice-1"]


def test_a_row_without_a_source_is_of_no_chosen_one(store: DiskLake) -> None:
    put(store, MIXED, [row("alice", source=None)])

    assert cleanse(store, "alice", before=LATER, sources=("player",)).rows == 0
    assert cleanse(store, "alice", before=LATER).rows == 1


def test_rejects_are_theirs_by_key_or_by_what_they_hold(store: DiskLake) -> None:
    key = "rejects/plays/x/part-0-1.parquet"
    odd: list[dict[str, object]] = [
        {"offset": "1", "key": "alice", "reason": "r", "raw": b"\xff\x00"},
        {"offset": "2", "key": None, "reason": "r", "raw": b'{"user_id": "alice"'},
        {"offset": "3", "key": "bob", "reason": "r", "raw": b"bob"},
        {"offset": "4", "key": None, "reason": "r", "raw": b"\xfe"},
    ]
    table = lake.rejects_table(odd, topic="user_plays", partition=0, rejected_at=NOW)
    lake.write_table(store, key, table)

    assert cleanse(store, "alice", before=LATER).rejects == 2
    assert [one["offset"] for one in lake.read_table(store, key).to_pylist()] == ["3", "4"]


def test_snapshots_keep_their_object_even_when_empty(store: DiskLake) -> None:
    home = {"user_id": "alice", "timezone": "Europe/Oslo", "valid_from": NOW}
    lake.write_snapshot(store, "listeners", [home])
    lake.write_snapshot(store, "tracks", [])

    cleanse(store, "alice", before=NOW - timedelta(days=1))

    table = lake.read_table(store, lake.snapshot_key("listeners"))
    assert (table.num_rows, table.column_names) == (0, ["user_id", "timezone", "valid_from"])


def test_empty_datasets_are_left_in_place(store: DiskLake) -> None:
    lake.ensure_datasets(store)
    keys = list(store.keys())

    cleanse(store, "alice", before=LATER)

    assert list(store.keys()) == keys
