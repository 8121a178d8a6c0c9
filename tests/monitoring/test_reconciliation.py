"""`doctor --deep` counts from the log to gold, and names the number that does not add up."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from spotifyweb import clients
from spotifyweb import lake as lakes
from spotifyweb.lake import LocalLake
from spotifyweb.monitoring import reconciliation
from spotifyweb.warehouse.base import LakeLocation
from spotifyweb.warehouse.duckdb import DuckDBBuilds
from tests.support.compacted_lake import compact, land

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NIGHT = NOON + timedelta(hours=14)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalLake:
    """Three likes in two objects, one of them twice."""
    store = LocalLake(tmp_path / "lake")
    lakes.ensure_datasets(store)
    land(store, ["a", "b"], at=NOON, offset=0)
    land(store, ["b", "c"], at=NOON, offset=2)
    monkeypatch.setattr(clients, "lake", lambda: store)
    return store


def publish(store: LocalLake, monkeypatch: pytest.MonkeyPatch, *, likes: int) -> None:
    """Publish a build of hand-made tables, with so many likes in silver."""
    folder = store.root.parent / "warehouse"
    builds = DuckDBBuilds(folder, lake=LakeLocation.of(store.url))
    path = builds.begin("20261123T020000Z-1", fresh=True)["DBT_DUCKDB_PATH"]
    with duckdb.connect(path) as database:
        for schema in ("bronze", "silver", "gold"):
            database.execute(f"create schema {schema}")
        for dataset in lakes.DATASETS.values():
            view = reconciliation.BRONZE.get(dataset, dataset)
            place = f"{store.root}/bronze/{dataset}/**"
            database.execute(f"create view bronze.{view} as from read_parquet('{place}')")
        for table in ("likes", "playback", "feedback"):
            rows = likes if table == "likes" else 0
            database.execute(f"create table silver.silver_{table} as from range({rows})")
        database.execute("create table silver.silver_events as select 'play' as event_type limit 0")
        database.execute(
            "create table gold.build_info as select cast(? as timestamptz) as as_of,"
            " 0 as plays, 0 as skips, 0 as rejected, 0 as merged",
            [NIGHT.isoformat()],
        )
    builds.publish("20261123T020000Z-1")
    monkeypatch.setattr(clients, "bronze_reader", lambda: builds.reader)


def problems(now: datetime = NIGHT) -> dict[str, str]:
    found = reconciliation.reconcile(now=now)
    return {finding.name: finding.hint for finding in found if finding.state != "ok"}


def test_numbers_that_add_up(store: LocalLake, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(store, monkeypatch, likes=3)
    findings = {one.name: one.value for one in reconciliation.reconcile(now=NIGHT)}
    assert problems() == {}
    assert findings["counts of likes"] == (
        "log: 0 to land; lake: 4 rows, 3 events, 2 objects, 0 replaced; bronze: 4; silver: 3"
    )


def test_a_row_that_silver_lacks(store: LocalLake, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(store, monkeypatch, likes=2)
    assert problems().keys() == {"counts of likes"}
    assert "full-refresh" in problems()["counts of likes"]


def test_a_view_that_reads_more_than_counts(
    store: LocalLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """These views know nothing of compaction, as those of an older build."""
    compact(store, at=NIGHT)
    publish(store, monkeypatch, likes=3)
    (hint,) = problems(now=NIGHT + timedelta(minutes=6)).values()
    assert hint.startswith("bronze does not read what the lake holds")


def test_before_the_first_build_there_is_nothing_to_compare(
    store: LocalLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = store.root.parent / "none"
    builds = DuckDBBuilds(folder, lake=LakeLocation.of(store.url))
    monkeypatch.setattr(clients, "bronze_reader", lambda: builds.reader)
    assert problems() == {"counts": "run: manage.py transform"}
