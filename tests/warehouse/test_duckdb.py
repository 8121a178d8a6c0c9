"""Readers of the published build never fail and never wait, whatever is published meanwhile."""

import contextlib
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import duckdb
import pytest

from spotifyweb import clients
from spotifyweb.warehouse import NothingPublished, WarehouseError
from spotifyweb.warehouse.base import LakeLocation
from spotifyweb.warehouse.duckdb import FILE, DuckDBBuilds, DuckDBWarehouse, build_path
from spotifyweb.warehouse.scratch import Scratch
from tests.support.disk import Disk

ENOUGH = 100  # reads, of four threads, while builds are published
Publish = Callable[[int], None]


@pytest.fixture
def publish(tmp_path: Path) -> Publish:
    """Publishes build n, with n in its table, as a transform does."""
    builds = DuckDBBuilds(tmp_path, lake=LakeLocation(path="/nowhere"))

    def publish(number: int) -> None:
        work = builds.begin(f"build-{number:04}", fresh=True)["DBT_DUCKDB_PATH"]
        with duckdb.connect(work) as opened:
            opened.execute("create schema gold")
            opened.execute(
                f"create table gold.t as select {number} as n, range as i from range(1000)"
            )
        builds.publish(f"build-{number:04}")

    return publish


def test_nothing_was_published_yet(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(tmp_path)
    assert warehouse.published() is None
    with pytest.raises(NothingPublished, match="nothing was published"):
        warehouse.rows("select 1")


def test_the_next_query_sees_the_new_build(tmp_path: Path, publish: Publish) -> None:
    warehouse = DuckDBWarehouse(tmp_path)
    for number in range(1, 6):
        publish(number)
        assert warehouse.rows("select distinct n from gold.t where i < ?", [5]) == [{"n": number}]
    assert [path.stem for path in sorted((tmp_path / "builds").iterdir())] == [
        "build-0004",
        "build-0005",
    ]


def test_other_programs_find_the_published_build_under_a_fixed_name(
    tmp_path: Path, publish: Publish
) -> None:
    link = tmp_path / FILE
    publish(1)
    with duckdb.connect(link, read_only=True) as earlier:
        publish(2)
        publish(3)
        with duckdb.connect(":memory:") as shell:
            shell.execute(f"attach '{link}' (read_only)")
            assert shell.sql("select distinct n from liner.gold.t").fetchall() == [(3,)]
        assert earlier.sql("select distinct n from gold.t").fetchall() == [(1,)]
    assert not link.stat().st_mode & 0o222, "nobody writes to a published build by mistake"


def test_a_build_that_is_gone_stays_gone_through_a_power_cut(
    tmp_path: Path, publish: Publish, disk: Disk
) -> None:
    """It may hold what was erased since."""
    for number in (1, 2, 3):
        publish(number)
    left = disk.folders[(tmp_path / "builds").stat().st_ino]
    assert sorted(path.name for path in (tmp_path / "builds").iterdir()) == sorted(left)


def test_a_file_system_without_links_goes_without(
    tmp_path: Path, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "symlink_to", refuse)
    publish(1)
    assert DuckDBWarehouse(tmp_path).rows("select distinct n from gold.t") == [{"n": 1}]


def test_a_build_named_as_before_is_read_and_goes_in_its_turn(
    tmp_path: Path, publish: Publish
) -> None:
    """Until 28 November 2026 a build was a file named for it."""
    publish(1)
    folder = tmp_path / "builds" / "build-0001"
    (folder / FILE).rename(folder.with_suffix(".duckdb"))
    folder.rmdir()
    warehouse = DuckDBWarehouse(tmp_path)
    assert warehouse.rows("select distinct n from gold.t") == [{"n": 1}]
    publish(2)
    publish(3)
    assert {path.name for path in (tmp_path / "builds").iterdir()} == {"build-0002", "build-0003"}
    assert warehouse.rows("select distinct n from gold.t") == [{"n": 3}]


def test_wrong_sql_is_a_warehouse_error(tmp_path: Path, publish: Publish) -> None:
    publish(1)
    with pytest.raises(WarehouseError, match="no_such_table"):
        DuckDBWarehouse(tmp_path).rows("select * from gold.no_such_table")


def test_readers_cannot_write(tmp_path: Path, publish: Publish) -> None:
    publish(1)
    with pytest.raises(WarehouseError, match="read-only"):
        DuckDBWarehouse(tmp_path).rows("delete from gold.t")


SETTING = "select current_setting('temp_directory') as folder"


def test_what_exceeds_the_memory_is_each_processs_own(tmp_path: Path, publish: Publish) -> None:
    """With one folder for all DuckDB ends the processes: Segmentation fault (duckdb 15173)."""
    publish(1)
    own = Path(DuckDBWarehouse(tmp_path).rows(SETTING)[0]["folder"])
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        others = pool.apply(folder_of_another, (tmp_path,))
    assert own != others
    folder = build_path(tmp_path, "build-0001").parent
    assert {own.parent, others.parent} == {folder}, "goes with its build if a process is killed"
    with Scratch() as scratch, Scratch() as other:
        first, second = (Path(str(one.rows(SETTING)[0]["folder"])) for one in (scratch, other))
    assert first != second
    assert first.is_absolute(), "not where one happens to stand"


def folder_of_another(warehouse: Path) -> Path:
    return Path(DuckDBWarehouse(warehouse).rows(SETTING)[0]["folder"])


def test_times_are_aware_and_in_utc(tmp_path: Path, publish: Publish) -> None:
    publish(1)
    (row,) = DuckDBWarehouse(tmp_path).rows("select timestamptz '2026-01-01 00:00:00+02' as at")
    assert row["at"].isoformat() == "2025-12-31T22:00:00+00:00"


def test_an_unclosed_build_is_refused(tmp_path: Path, publish: Publish) -> None:
    publish(1)
    builds = DuckDBBuilds(tmp_path, lake=LakeLocation(path="/nowhere"))
    work = Path(builds.begin("build-0002", fresh=False)["DBT_DUCKDB_PATH"])
    work.with_name(work.name + ".wal").write_bytes(b"not written back yet")
    with pytest.raises(WarehouseError, match="write-ahead log"):
        builds.publish("build-0002")
    assert DuckDBWarehouse(tmp_path).rows("select distinct n from gold.t") == [{"n": 1}]


def test_a_build_takes_no_more_memory_than_is_set(tmp_path: Path, settings: Any) -> None:
    settings.WAREHOUSE_URL = f"duckdb:///{tmp_path}"
    settings.TRANSFORM_MEMORY_MB = 512
    assert clients.builds().begin("one", fresh=True)["DBT_DUCKDB_MEMORY"] == "512MB"


@pytest.mark.parametrize(("megabytes", "threads"), [(100, 1), (200, 1), (500, 2), (9999, 4)])
def test_a_build_uses_no_more_cores_than_its_memory_is_enough_for(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, megabytes: int, threads: int
) -> None:
    """On the four cores of a Raspberry Pi the import of 430,000 plays ran out of its 200 MB."""
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    settings.WAREHOUSE_URL = f"duckdb:///{tmp_path}"
    settings.TRANSFORM_MEMORY_MB = megabytes
    environment = clients.builds().begin("one", fresh=True)
    assert environment["DBT_DUCKDB_THREADS"] == str(threads)


def test_a_build_on_more_cores_reads_beside_the_pages(
    tmp_path: Path, settings: Any, publish: Publish
) -> None:
    publish(1)
    settings.WAREHOUSE_URL = f"duckdb:///{tmp_path}"
    settings.TRANSFORM_THREADS = 4
    with contextlib.closing(DuckDBWarehouse(tmp_path)) as page:
        assert page.rows("select distinct n from gold.t") == [{"n": 1}]
        assert clients.builds().reader.rows("select distinct n from gold.t") == [{"n": 1}]


def test_a_file_that_is_open_otherwise_is_a_warehouse_error(
    tmp_path: Path, publish: Publish
) -> None:
    publish(1)
    build = build_path(tmp_path, "build-0001")
    build.chmod(0o600)
    writer = duckdb.connect(str(build))
    with writer, pytest.raises(WarehouseError, match="cannot be read") as refused:
        DuckDBWarehouse(tmp_path).rows("select 1")
    assert not refused.value.retry


def test_a_lost_file_is_an_error_worth_a_retry(tmp_path: Path, publish: Publish) -> None:
    publish(1)
    build_path(tmp_path, "build-0001").unlink()
    with pytest.raises(WarehouseError) as lost:
        DuckDBWarehouse(tmp_path).rows("select 1")
    assert lost.value.retry


def read(folder: Path, told: Connection) -> None:
    """Four threads of one process, asking without a pause until told to stop."""
    warehouse, failures, newest = DuckDBWarehouse(folder), [], [0, 0, 0, 0]
    counts = [0, 0, 0, 0]
    stop = threading.Event()

    def loop(place: int) -> None:
        while not stop.is_set():
            try:
                rows = warehouse.rows("select n, count(*) as rows from gold.t group by n")
            except WarehouseError as error:
                failures.append(str(error))
                return
            if len(rows) != 1 or rows[0]["rows"] != 1000 or rows[0]["n"] < newest[place]:
                failures.append(f"{rows} after {newest[place]}")
            newest[place] = rows[0]["n"]
            counts[place] += 1

    threads = [threading.Thread(target=loop, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    told.send("reading")
    while sum(counts) < ENOUGH and not failures:
        time.sleep(0.01)
    told.send("read enough")
    told.recv()
    stop.set()
    for thread in threads:
        thread.join()
    told.send((failures, warehouse.rows("select distinct n from gold.t")))


def test_readers_never_fail_while_builds_are_published(tmp_path: Path, publish: Publish) -> None:
    publish(1)
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=read, args=(tmp_path, there))
    process.start()
    assert here.recv() == "reading"
    for number in range(2, 30):
        publish(number)
    assert here.recv() == "read enough"
    here.send("stop")
    failures, newest = here.recv()
    process.join()
    assert failures == []
    assert newest == [{"n": 29}]
