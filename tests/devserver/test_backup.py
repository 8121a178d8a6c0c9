"""A backup of a running install under load, and the same install elsewhere."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import redis

from bench.harness.instance import Instance
from bench.harness.processes import PATIENCE_SECONDS
from spotifyweb.eventlog.redis_streams import RedisStreamsLog
from spotifyweb.events import Play
from spotifyweb.lake import LocalLake
from spotifyweb.warehouse.duckdb import build_path
from tests.support.lake_rows import append_events, event_ids

pytestmark = pytest.mark.long
PER_SECOND, SECONDS = 200, 20
FIRST = datetime(2026, 5, 1, tzinfo=UTC)
OWN_TO_A_BUILD = {"build_id"}


@pytest.fixture
def instances(tmp_path: Path) -> Iterator[tuple[Instance, Instance]]:
    """One that runs, and an empty place for another."""
    first, second = Instance(folder=tmp_path / "first"), Instance(folder=tmp_path / "second")
    for instance in (first, second):
        instance.folder.mkdir()
    first.start(patience_seconds=5 * PATIENCE_SECONDS)
    yield first, second
    for instance in (first, second):
        instance.stop()


def play(number: int) -> Play:
    return Play(
        user_id="steady",
        played_at=FIRST + timedelta(minutes=4 * number),
        track_id=f"{number % 50:022}",
        track_name=f"Song {number % 50}",
        artist_name="Somebody",
        source="recently_played",
    )


class Load(threading.Thread):
    """200 plays a second, in batches of 20; knows which of them the log has taken when."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.log = RedisStreamsLog(redis.Redis.from_url(url))
        self.taken: list[str] = []
        self.over = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.over.wait(20 / PER_SECOND):
            batch = [play(number + offset) for offset in range(20)]
            append_events(batch, self.log)
            self.taken += [one.event_id for one in batch]
            number += 20


def tables(instance: Instance) -> dict[str, list[tuple[object, ...]]]:
    """Every table of gold, sorted, without what names the build itself."""
    current = (instance.folder / "warehouse" / "CURRENT").read_text().strip()
    path = build_path(instance.folder / "warehouse", current)
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables"
            " where table_schema = 'gold' order by 1"
        ).fetchall()
        return {name: rows(connection, name) for (name,) in names}


def built(instance: Instance, as_of: str) -> dict[str, list[tuple[object, ...]]]:
    """Gold as of then; a build of the install's own may be under way, and is waited for."""
    deadline = time.monotonic() + 5 * PATIENCE_SECONDS
    while True:
        try:
            instance.manage("transform", "--as-of", as_of)
        except AssertionError as error:
            if "held by another run" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(2)
        else:
            return tables(instance)


def rows(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[object, ...]]:
    columns = [row[0] for row in connection.execute(f"describe gold.{name}").fetchall()]
    shown = ", ".join(f'"{column}"' for column in columns if column not in OWN_TO_A_BUILD)
    found = connection.execute(f"select {shown} from gold.{name}").fetchall()
    return sorted((tuple(map(_rounded, row)) for row in found), key=repr)


def _rounded(value: object) -> object:
    """The last digit of a sum of floats depends on which thread was first."""
    return float(f"{value:.10g}") if isinstance(value, float) else value


def test_a_live_backup_loses_nothing_and_what_was_erased_since_stays_erased(
    instances: tuple[Instance, Instance], tmp_path: Path
) -> None:
    first, second = instances
    place = str(tmp_path / "backups")
    first.manage("simulate", "--users", "2", "--days", "3", "--until", "2026-11-20T00:00:00Z")
    load = Load(first.redis_url)
    load.start()
    time.sleep(SECONDS / 2)
    acknowledged = list(load.taken)
    first.manage("backup", place)
    time.sleep(SECONDS / 2)
    load.over.set()
    load.join()
    first.manage("erase_listener", "sbxTheo9vR")
    first.stop()

    with socket.create_server(("127.0.0.1", second.web_port)):  # which a stopped install needs not
        done = second.manage("restore", place)

    assert done["build"]["status"] == "published"
    came_back = set(event_ids(LocalLake(second.folder / "lake"), "plays"))
    assert len(acknowledged) > PER_SECOND * SECONDS / 5
    assert not set(acknowledged) - came_back
    lake = second.folder / "lake"
    naming = [path for path in lake.rglob("*.parquet") if b"sbxTheo9vR" in path.read_bytes()]
    orders = lake / "bronze" / "erasures" / "snapshot.parquet"  # what keeps the listener away
    assert not {*naming} - {orders}


def test_restored_gold_is_the_original_in_every_table(
    instances: tuple[Instance, Instance], tmp_path: Path
) -> None:
    first, second = instances
    place = str(tmp_path / "backups")
    first.manage("simulate", "--users", "2", "--days", "5", "--until", "2026-11-20T00:00:00Z")
    first.manage("consume")
    first.manage("backup", place)
    as_of = datetime.now(UTC).isoformat()
    original = built(first, as_of)
    first.stop()
    second.manage("restore", place)
    second.start(patience_seconds=5 * PATIENCE_SECONDS)
    restored = built(second, as_of)
    assert restored.keys() == original.keys()
    for name, expected in original.items():
        assert restored[name] == expected, name
