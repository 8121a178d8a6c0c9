"""A listener's rows leave the lake for good, and everybody else's stay as they were."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from spotifyweb import lake
from spotifyweb.lake import BRONZE_SCHEMAS, LakeError, LocalLake
from spotifyweb.lake.deletion import delete_rows_of_object, find_objects
from spotifyweb.lake.suppression import Suppression
from tests.support.lake_rows import delete_rows

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


def put(store: LocalLake, key: str, rows: Sequence[dict[str, Any]]) -> None:
    lake.write_table(
        store, key, pa.Table.from_pylist(list(rows), schema=BRONZE_SCHEMAS["user_plays"])
    )


@pytest.fixture
def store(tmp_path: Path) -> LocalLake:
    return LocalLake(tmp_path / "lake")


def left(store: LocalLake, key: str) -> list[str]:
    return [one["event_id"] for one in lake.read_table(store, key).to_pylist()]


MIXED, ALONE = "bronze/plays/x/part-0-1.parquet", "bronze/plays/x/part-0-2.parquet"
LATER = NOW + timedelta(minutes=1)
ALICE = Suppression(user_id="alice", before=LATER)


def removed(store: LocalLake, *erased: Suppression) -> int:
    return sum(done.rows for done in delete_rows(store, erased))


def test_a_mixed_object_is_rewritten_and_one_of_theirs_alone_goes(store: LocalLake) -> None:
    put(store, MIXED, [row("alice"), row("bob"), row("alice", 1)])
    put(store, ALONE, [row("alice", 2)])
    assert [(one.key, one.rows) for one in find_objects(store, [ALICE])] == [(MIXED, 2), (ALONE, 1)]

    mixed, alone = delete_rows(store, [ALICE])

    assert (mixed.rows, alone.rows) == (2, 1)
    assert (mixed.sha256, alone.sha256) == (sha256(store.get(MIXED)).hexdigest(), "")
    assert left(store, MIXED) == ["bob-0"]
    assert list(store.keys()) == [MIXED]
    assert b"alice" not in store.get(MIXED)


def test_twice_is_once(store: LocalLake) -> None:
    put(store, MIXED, [row("alice"), row("bob")])
    delete_rows(store, [ALICE])

    assert delete_rows(store, [ALICE]) == []


def test_an_object_without_them_is_not_touched(store: LocalLake) -> None:
    put(store, MIXED, [row("bob")])
    before = store.get(MIXED)

    delete_rows(store, [ALICE])

    assert store.get(MIXED) == before


def test_whoever_lost_the_lock_writes_nothing(store: LocalLake) -> None:
    put(store, MIXED, [row("alice"), row("bob")])

    def taken_over() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        delete_rows_of_object(store, MIXED, [ALICE], fence=taken_over)

    assert left(store, MIXED) == ["alice-0", "bob-0"]


def test_a_lake_that_keeps_something_else_is_an_error(
    store: LocalLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, MIXED, [row("alice"), row("bob")])
    old = store.get(MIXED)
    monkeypatch.setattr("spotifyweb.lake.deletion.write_table", lambda *_: None)

    with pytest.raises(LakeError, match="does not have them"):
        delete_rows(store, [ALICE])
    assert store.get(MIXED) == old


def test_only_the_chosen_sources(store: LocalLake) -> None:
    put(store, MIXED, [row("alice"), row("alice", 1, source="extended_history"), row("bob")])

    delete_rows(
        store,
        [Suppression(user_id="alice", source=source) for source in ("recently_played", "player")],
    )

    assert left(store, MIXED) == ["alice-1", "bob-0"]


def test_what_landed_after_the_erasure_stays(store: LocalLake) -> None:
    put(store, MIXED, [row("alice"), row("alice", 1, landed_at=LATER)])

    delete_rows(store, [ALICE])

    assert left(store, MIXED) == ["alice-1"]


def test_a_row_without_a_source_is_of_no_chosen_one(store: LocalLake) -> None:
    put(store, MIXED, [row("alice", source=None)])

    assert removed(store, Suppression(user_id="alice", source="player")) == 0
    assert removed(store, ALICE) == 1


def test_rejects_are_theirs_by_key_or_by_the_listener_they_name(store: LocalLake) -> None:
    key = "rejects/plays/x/part-0-1.parquet"
    odd: list[dict[str, object]] = [
        {"offset": "1", "key": "alice", "reason": "r", "raw": b"\xff\x00"},
        {"offset": "2", "key": None, "reason": "r", "raw": b'{"user_id": "alice", "tra'},
        {"offset": "3", "key": "bob", "reason": "r", "raw": b'{"track_name": "alice"}'},
        {"offset": "4", "key": None, "reason": "r", "raw": b"\xfealice"},
    ]
    table = lake.rejects_table(odd, topic="user_plays", partition=0, rejected_at=NOW)
    lake.write_table(store, key, table)

    assert removed(store, ALICE) == 2
    assert [one["offset"] for one in lake.read_table(store, key).to_pylist()] == ["3", "4"]


def test_of_a_period_only_what_sounded_in_it(store: LocalLake) -> None:
    put(store, MIXED, [row("alice", hours) for hours in range(5)] + [row("bob", 2)])
    period = Suppression(
        user_id="alice", since=NOW - timedelta(hours=3), until=NOW - timedelta(hours=1)
    )

    delete_rows(store, [period])

    assert left(store, MIXED) == ["alice-0", "alice-1", "alice-4", "bob-2"]


def test_rejects_that_tell_no_time_are_as_old_as_their_rejection(store: LocalLake) -> None:
    key, then = "rejects/plays/x/part-0-1.parquet", NOW - timedelta(days=30)
    odd: list[dict[str, object]] = [
        {"offset": "1", "key": "alice", "reason": "r", "raw": b"\xff"},
        {"offset": "2", "key": "alice", "reason": "r", "raw": b'{"played_at": "yesterday"}'},
        {
            "offset": "3",
            "key": "alice",
            "reason": "r",
            "raw": b'{"item": {"played_at": "%s"}}' % then.isoformat().encode(),
        },
    ]
    table = lake.rejects_table(odd, topic="user_plays", partition=0, rejected_at=NOW)
    lake.write_table(store, key, table)
    month_ago = Suppression(
        user_id="alice", since=then - timedelta(days=1), until=then + timedelta(days=1)
    )

    assert removed(store, month_ago) == 1
    assert removed(store, Suppression(user_id="alice", since=then, until=LATER)) == 2


def test_snapshots_keep_their_object_even_when_empty(store: LocalLake) -> None:
    home = {"user_id": "alice", "timezone": "Europe/Oslo", "valid_from": NOW}
    lake.write_snapshot(store, "listeners", [home])
    lake.write_snapshot(store, "tracks", [])

    delete_rows(store, [Suppression(user_id="alice", before=NOW - timedelta(days=1))])

    table = lake.read_table(store, lake.snapshot_key("listeners"))
    assert (table.num_rows, table.column_names) == (0, ["user_id", "timezone", "valid_from"])


def test_empty_datasets_are_left_in_place(store: LocalLake) -> None:
    lake.ensure_datasets(store)
    keys = list(store.keys())

    delete_rows(store, [ALICE])

    assert list(store.keys()) == keys
