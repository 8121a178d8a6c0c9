"""What every lake promises, on disk and on a real S3 server."""

import hashlib
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pytest

from bench.harness.processes import free_port
from spotifyweb import lake
from spotifyweb.lake import FileLake, Lake, LakeError, LocalLake, ObjectNotFound, Suppression
from spotifyweb.lake.s3 import S3Lake
from tests.engines.s3 import SeaweedFS
from tests.support.compacted_lake import compact, event_ids, land
from tests.support.disk import Disk
from tests.support.lake_rows import delete_rows

HOUR = datetime(2026, 11, 22, 20, 59, tzinfo=UTC)


@pytest.fixture(params=["disk", "s3"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FileLake]:
    if request.param == "disk":
        yield lake.open_lake(f"file://{tmp_path}/a lake")
        return
    server: SeaweedFS = request.getfixturevalue("bucket")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    yield lake.open_lake(f"s3://lake/{uuid4().hex}/deep", endpoint=server.endpoint)


def digests(store: Lake) -> list[tuple[str, str]]:
    listed = list(store.keys())
    return [(key, hashlib.sha256(store.get(key)).hexdigest()) for key in listed]


def test_what_is_put_is_there(store: Lake) -> None:
    data = os.urandom(200_000)
    store.put("bronze/plays/part-0-1.parquet", data)
    assert store.get("bronze/plays/part-0-1.parquet") == data
    assert store.size("bronze/plays/part-0-1.parquet") == 200_000


def test_files_of_any_size_come_and_go(store: FileLake, tmp_path: Path) -> None:
    """Larger than a part of S3's multipart uploads; and not a byte of it changes with the file."""
    given, back = tmp_path / "given", tmp_path / "back"
    for data in (b"", os.urandom(9 * 1024**2)):
        given.write_bytes(data)
        store.put_file("uploads/a", given)
        given.unlink()
        store.get_file("uploads/a", back)
        assert back.read_bytes() == store.get("uploads/a") == data
        back.write_bytes(b"changed")
        assert store.size("uploads/a") == len(data)
    assert list(store.keys()) == ["uploads/a"]
    with pytest.raises(ObjectNotFound):
        store.get_file("uploads/b", back)


def test_putting_again_replaces(store: Lake) -> None:
    store.put("a", b"one and more")
    store.put("a", b"two")
    assert store.get("a") == b"two" and list(store.keys()) == ["a"]


def test_keys_are_listed_by_their_start_in_order(store: Lake) -> None:
    for key in ("b/x/2", "b/x/1", "b/xy/1", "a/1"):
        store.put(key, b".")
    assert list(store.keys("b/x/")) == ["b/x/1", "b/x/2"]
    assert sorted(store.keys("b/x")) == ["b/x/1", "b/x/2", "b/xy/1"]
    assert sorted(store.keys()) == ["a/1", "b/x/1", "b/x/2", "b/xy/1"]
    assert list(store.keys("c/")) == []


def test_a_listing_longer_than_a_page_is_whole(store: Lake) -> None:
    if isinstance(store, S3Lake):
        store._client.get_paginator = _small_pages(store)  # type: ignore[method-assign]
    for number in range(25):
        store.put(f"many/{number:02}", b".")
    assert len(list(store.keys("many/"))) == 25


def _small_pages(store: S3Lake):  # type: ignore[no-untyped-def]
    """A thousand objects take long to write: pages of ten show the same."""
    original = store._client.get_paginator

    def paginator(name):  # type: ignore[no-untyped-def]
        pages = original(name)
        paginate = pages.paginate
        pages.paginate = lambda **asked: paginate(**asked, PaginationConfig={"PageSize": 10})
        return pages

    return paginator


def test_what_is_deleted_is_gone_and_deleting_again_is_safe(store: Lake) -> None:
    store.put("a/b", b"x")
    store.delete("a/b")
    store.delete("a/b")
    assert list(store.keys()) == []
    for ask in (store.get, store.size):
        with pytest.raises(ObjectNotFound, match="a/b") as caught:
            ask("a/b")
        assert not caught.value.retry


def test_an_object_is_seen_whole_or_not_at_all(store: Lake) -> None:
    sizes, ended = [100, 3_000_000], threading.Event()
    seen: set[int] = set()
    store.put("one", b"0" * sizes[0])

    def look() -> None:
        while not ended.is_set():
            seen.add(len(store.get("one")))

    reader = threading.Thread(target=look)
    reader.start()
    for turn in range(10):
        store.put("one", b"1" * sizes[turn % 2])
    ended.set()
    reader.join()
    assert seen <= set(sizes)


def test_a_table_keeps_its_columns_and_an_empty_one_too(store: Lake) -> None:
    lake.ensure_datasets(store)
    before = digests(store)
    lake.ensure_datasets(store)
    assert digests(store) == before
    for topic, dataset in lake.DATASETS.items():
        table = lake.read_table(store, lake.metadata_key(dataset))
        assert table.schema == lake.BRONZE_SCHEMAS[topic] and table.num_rows == 0
    assert lake.read_table(store, lake.snapshot_key("tracks")).num_rows == 0


def test_a_dataset_of_before_a_column_gets_it(store: Lake) -> None:
    key, schema = lake.metadata_key("plays"), lake.BRONZE_SCHEMAS["user_plays"]
    older = schema.remove(schema.get_field_index("device_started_at"))
    lake.write_table(store, key, older.empty_table())
    lake.ensure_datasets(store)
    assert lake.read_table(store, key).schema == schema


def test_a_finished_day_is_compacted_and_erased_from(store: Lake) -> None:
    night = HOUR.replace(hour=2) + timedelta(days=1)
    for number in range(3):
        land(store, [f"a{number}", f"b{number}"], at=HOUR, offset=10 * number)
    before = event_ids(store, at=night)
    for hours in (0, 2):
        compact(store, at=night + timedelta(hours=hours))
        assert event_ids(store, at=night + timedelta(hours=hours)) == before
    assert len(list(store.keys("bronze/likes/"))) == 1
    (rewritten,) = delete_rows(store, [Suppression(user_id="a")])
    assert (rewritten.rows, event_ids(store, at=night)) == (3, [])  # not yet by that clock
    assert event_ids(store, at=night + timedelta(hours=1)) == ["b0", "b1", "b2"]


def test_an_install_of_before_loses_its_object_of_1970(store: Lake) -> None:
    key = "bronze/plays/year=1970/month=01/day=01/hour=00/part-empty.parquet"
    lake.write_table(store, key, lake.BRONZE_SCHEMAS["user_plays"].empty_table())
    lake.ensure_datasets(store)
    assert key not in set(store.keys())


def test_a_snapshot_replaces_the_one_before(store: Lake) -> None:
    rows = [{"user_id": "alice", "timezone": zone, "valid_from": HOUR} for zone in ("UTC", "CET")]
    assert lake.write_snapshot(store, "listeners", rows) == 2
    assert lake.write_snapshot(store, "listeners", rows[:1]) == 1
    assert lake.read_table(store, "bronze/listeners/snapshot.parquet").to_pylist() == rows[:1]


def test_tables_are_packed_with_zstd(store: Lake) -> None:
    table = pa.table({"n": list(range(1000))})
    lake.write_table(store, "t.parquet", table)
    assert lake.read_table(store, "t.parquet") == table
    import pyarrow.parquet as pq

    packed = pq.ParquetFile(pa.BufferReader(store.get("t.parquet"))).metadata
    assert packed.row_group(0).column(0).compression == "ZSTD"


def test_names_follow_from_the_batch() -> None:
    hour = "year=2026/month=11/day=22/hour=20"
    key = lake.bronze_key("plays", landed_at=HOUR, partition=2, first_offset="0042")
    assert key == f"bronze/plays/{hour}/part-2-0042.parquet"
    key = lake.rejects_key("plays", landed_at=HOUR, partition=2, first_offset="0042")
    assert key == f"rejects/plays/{hour}/part-2-0042.parquet"


def test_a_lake_knows_where_it_lies(tmp_path: Path) -> None:
    assert lake.open_lake(f"file://{tmp_path}/lake").url == f"file://{tmp_path}/lake"
    assert lake.open_lake("s3://b/p/q/").url == "s3://b/p/q"
    assert lake.open_lake("s3://b").url == "s3://b"


@pytest.mark.parametrize("key", ["../outside", "a/../../outside", "/etc/outside"])
def test_no_key_leads_out_of_the_lake(tmp_path: Path, key: str) -> None:
    with pytest.raises(LakeError, match="leads out"):
        LocalLake(tmp_path / "lake").put(key, b"x")
    assert list(tmp_path.iterdir()) == []


def test_objects_are_and_stay_there_or_gone_through_a_power_cut(tmp_path: Path, disk: Disk) -> None:
    """Of what an erasure deleted, too."""
    store = LocalLake(tmp_path / "lake")
    store.put("bronze/plays/one.parquet", b"one")
    store.put("bronze/plays/two.parquet", b"two")
    store.delete("bronze/plays/one.parquet")
    assert disk.read(store.root / "bronze/plays/one.parquet") is None
    assert disk.read(store.root / "bronze/plays/two.parquet") == b"two"


def test_drafts_of_killed_writers_are_no_objects_and_are_swept(tmp_path: Path) -> None:
    drafts = tmp_path / ".drafts"
    drafts.mkdir()
    (drafts / "old").write_bytes(b"half")
    (drafts / "new").write_bytes(b"half")
    os.utime(drafts / "old", (0, 0))
    store = LocalLake(tmp_path)
    store.put("a", b"whole")
    assert list(store.keys()) == ["a"]
    assert [path.name for path in drafts.iterdir()] == ["new"]


def test_s3_that_is_down_says_that_trying_again_may_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    store = lake.open_lake("s3://lake", endpoint=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(LakeError, match="could not write a") as caught:
        store.put("a", b"x")
    assert caught.value.retry


def test_s3_with_a_wrong_secret_says_that_trying_again_is_no_use(
    bucket: SeaweedFS, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (bucket.environment | {"AWS_SECRET_ACCESS_KEY": "wrong"}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(LakeError, match="SignatureDoesNotMatch") as caught:
        lake.open_lake("s3://lake", endpoint=bucket.endpoint).put("a", b"x")
    assert not caught.value.retry
