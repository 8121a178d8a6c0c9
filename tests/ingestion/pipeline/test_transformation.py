"""Build, test, publish: green goes out, red stays in, and a killed one leaves no trace."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bench.harness.lakehouse import Lakehouse
from bench.harness.processes import PATIENCE_SECONDS
from ingestion.messages import notices
from ingestion.models import Track
from ingestion.pipeline import dbt_runner, transformation
from ingestion.pipeline.dbt_runner import Report
from ingestion.pipeline.transformation import BuildFailed, Outcome
from spotifyweb import clients, locks
from spotifyweb.accounts.models import Listener, ListenerTimezone
from spotifyweb.privacy.models import ErasedAccount
from spotifyweb.warehouse.duckdb import FILE, DuckDBWarehouse, build_path

pytestmark = pytest.mark.slow
NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
ROOT = Path(__file__).resolve().parents[3]


def play(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "event_id": f"play-{number}",
        "user_id": "alice",
        "event_type": "play",
        "played_at": NOW - timedelta(days=2, minutes=5 * number),
        "track_id": f"{number:022}",
        "track_name": f"Song {number}",
        "artist_name": "Somebody",
        "content_type": "track",
        "source": "recently_played",
        **fields,
    }


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Lakehouse:
    house = Lakehouse(folder=tmp_path_factory.mktemp("house"))
    house.land("plays", [play(number) for number in range(10)], at=NOW - timedelta(hours=2))
    house.snapshot("tracks", [])
    house.snapshot("listeners", [])
    house.snapshot("erasures", [])
    house.build("20261122T190000Z-good", now=NOW - timedelta(minutes=30))
    return house


@pytest.fixture
def reader(house: Lakehouse) -> Iterator[DuckDBWarehouse]:
    reader = DuckDBWarehouse(house.warehouse)
    yield reader
    reader.close()


def transform(house: Lakehouse, **options: Any) -> Outcome:
    return transformation.transform(
        store=house.lake, builds=house.builds, folder=house.folder / "dbt", now=NOW, **options
    )


def served(house: Lakehouse) -> list[dict[str, Any]]:
    """What a page that opens the warehouse now would read."""
    reader = DuckDBWarehouse(house.warehouse)
    try:
        return [*reader.rows("select build_id, plays from gold.build_info")]
    finally:
        reader.close()


def wait_for_work(house: Lakehouse) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (house.warehouse / "work" / FILE).exists():
        assert time.monotonic() < deadline, "no build began"
        time.sleep(0.05)


@pytest.fixture
def killed(house: Lakehouse) -> Lakehouse:
    """A house where builds were killed at any moment: the last good one is still there.

    The last dbt was left running when its starter was killed.
    """
    environment = {**os.environ, "DATA_DIR": str(house.folder)}
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    kills, longest = 0, 6.0
    while kills < ROUNDS:
        before = served(house)
        shutil.rmtree(house.warehouse / "work", ignore_errors=True)
        process = subprocess.Popen(
            [*manage, "transform"],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_for_work(house)
        time.sleep(random.uniform(0, longest))
        was_building = process.poll() is None
        if was_building:
            kill = os.kill if kills == ROUNDS - 1 else os.killpg
            kill(process.pid, signal.SIGKILL)
        process.wait()
        clients.redis_client().delete(locks.key(transformation.LOCK))  # a minute went by
        if was_building and served(house) == before:
            kills += 1
        else:  # a quick machine published first: then the whole build is there
            assert [row["plays"] for row in served(house)] == [10]
            longest /= 2
    return house


@pytest.mark.faults
def test_green_is_published_also_after_killed_ones(
    killed: Lakehouse, reader: DuckDBWarehouse, alice: Listener
) -> None:
    """With what only the database knows: zones, lengths, and what is to be forgotten."""
    ListenerTimezone.objects.create(listener=alice, timezone="Asia/Tokyo", valid_from=NOW)
    ListenerTimezone.objects.create(
        listener=alice, timezone="Mars/Base", valid_from=NOW + timedelta(1)
    )
    Track.objects.create(
        track_id=f"{3:022}", track_name="Song 3", duration_ms=123_000, fetched_at=NOW
    )
    ErasedAccount.objects.create(user_id="gone", before=NOW)
    seen: list[int] = []
    outcome = transform(killed, progress=lambda done, total, name: seen.append(total))
    assert outcome.status == "published"
    assert outcome.freshness.keys() == {"plays"}
    assert outcome.models > 20
    assert outcome.tests > 20
    assert seen
    assert transform(killed, only_with_news=True).status == "unchanged"
    assert reader.rows("select build_id, plays from gold.build_info") == [
        {"build_id": outcome.build_id, "plays": 10}
    ]
    (row,) = reader.rows(
        "select heard_ms, local_at from gold.recent_plays where track_id = ?", [f"{3:022}"]
    )
    ended_at = NOW - timedelta(days=2, minutes=15)
    assert row["heard_ms"] == 123_000
    assert row["local_at"] == (ended_at - timedelta(seconds=123) + timedelta(hours=9)).replace(
        tzinfo=None
    )


def test_the_weekly_summary_reads_what_a_build_has(reader: DuckDBWarehouse) -> None:
    week = ["alice", NOW.date() - timedelta(days=7), NOW.date()]
    assert reader.rows(notices.WEEK, week)[0]["plays"] == 10
    assert reader.rows(notices.TOP, week) == [{"artist_name": "Somebody", "plays": 10}]


def read_compiled(house: Lakehouse, pattern: str) -> str:
    """Return SQL as dbt compiled it for the last build."""
    (path,) = (house.folder / "dbt" / "target" / "compiled").glob(f"**/{pattern}.sql")
    return path.read_text()


@pytest.mark.parametrize(
    ("lost", "red"),
    [
        ("silver.silver_events", {"bronze_adds_up", "silver_adds_up"}),
        ("silver.silver_release_listens", {"silver_adds_up", "gold_adds_up"}),
        ("gold.daily_listening_by_device", {"gold_adds_up"}),
    ],
)
def test_numbers_that_do_not_add_up_keep_a_build_from_being_published(
    house: Lakehouse, tmp_path: Path, lost: str, red: set[str]
) -> None:
    """The tests that dbt ran on a good build, on a copy that lost a row."""
    with copied_build(house, tmp_path) as copy:
        copy.execute(f"delete from {lost} where rowid = (select min(rowid) from {lost})")
        check_quality(house, copy)
        found = {
            name
            for name in ("bronze_adds_up", "silver_adds_up", "gold_adds_up")
            if copy.execute(read_compiled(house, f"tests/{name}")).fetchall()
        }
    assert found == red


@pytest.mark.parametrize(("source", "repeated"), [("recently_played", 0), ("import", 1)])
def test_a_listen_exists_twice_when_two_sources_report_its_second(
    house: Lakehouse, tmp_path: Path, source: str, repeated: int
) -> None:
    """One source alone may: what was played offline is stamped with the second it was sent."""
    with copied_build(house, tmp_path) as copy:
        copy.execute(
            "insert into silver.silver_release_listens select * replace"
            " ('again' as event_id, ? as source) from silver.silver_release_listens limit 1",
            [source],
        )
        check_quality(house, copy)
        (found,) = copy.execute(
            "select value from gold.data_quality where check_name = 'repeated_listens'"
        ).fetchall()
    assert found == (repeated,)


@contextlib.contextmanager
def copied_build(house: Lakehouse, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a copy of the published build, to break."""
    shutil.copyfile(build_path(house.warehouse, served(house)[0]["build_id"]), folder / FILE)
    with duckdb.connect(str(folder / FILE)) as copy:
        copy.execute("set TimeZone = 'UTC'")
        yield copy


def check_quality(house: Lakehouse, copy: duckdb.DuckDBPyConnection) -> None:
    """Check the copy as a build of the day checks itself, bronze too."""
    model = read_compiled(house, "gold/data_quality").replace("'0' = '1'", "'1' = '1'")
    copy.execute(f"create or replace table gold.data_quality as {model}")


def test_a_build_gives_way_to_whoever_looks_at_a_page() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        dbt_runner._lower_priority(process.pid)
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == dbt_runner.LOW_PRIORITY
        process.kill()


def test_red_keeps_the_last_good_one_and_says_why(
    house: Lakehouse, reader: DuckDBWarehouse, db: None
) -> None:
    before = reader.rows("select build_id from gold.build_info")
    key = "bronze/plays/year=2026/month=11/day=22/hour=19/part-0-torn.parquet"
    house.lake.put(key, b"PAR1 and then the disk was full")
    with pytest.raises(BuildFailed, match=r"model silver_events: .*part-0-torn\.parquet") as red:
        transform(house)
    house.lake.delete(key)
    assert red.value.outcome.status == "kept"
    assert reader.rows("select build_id from gold.build_info") == before
    assert not (house.warehouse / "work").exists()


def test_who_looks_at_what_is_published_leaves_no_connection(tmp_path: Path) -> None:
    closed = []

    class Watched(DuckDBWarehouse):
        def close(self) -> None:
            closed.append(self)

    reader = Watched(tmp_path)
    assert transformation.published_origin(reader) == transformation.Origin()
    assert closed == [reader]


def test_one_at_a_time(tmp_path: Path, db: None) -> None:
    with locks.lock(transformation.LOCK), pytest.raises(locks.LockHeld):
        transform(Lakehouse(folder=tmp_path))


@pytest.mark.django_db
def test_an_erasure_deletes_what_was_built_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Lakehouse(folder=tmp_path)
    database = dbt_runner.development_database(house.folder / "dbt")

    def build(*, environment: Mapping[str, str], **_: Any) -> Report:
        Path(environment["DBT_DUCKDB_PATH"]).touch()
        return Report(models=1)

    monkeypatch.setattr(dbt_runner, "build", build)
    database.touch()
    assert transform(house).status == "published"
    assert database.exists()
    assert transform(house, full_refresh=True, forget_older=True).status == "published"
    assert not database.exists()
