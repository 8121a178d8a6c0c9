"""A scheduled transform builds when there is news, and does nothing where there is none."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bench.harness.lakehouse import Lakehouse
from ingestion.models import Run, Stage, Track
from ingestion.operations import runs
from ingestion.pipeline import dbt_runner, transformation
from ingestion.pipeline.dbt_runner import Report
from spotifyweb.accounts.models import Listener, ListenerTimezone
from spotifyweb.monitoring import upgrade

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def build(*, environment: Mapping[str, str], **_: Any) -> Report:
    """Write what dbt's model build_info would hold, without the seconds of dbt."""
    row = [
        environment[f"DBT_{name}"] for name in ("BUILD_ID", "PROJECT_PRINT", "BUILD_FINGERPRINT")
    ]
    with duckdb.connect(environment["DBT_DUCKDB_PATH"]) as database:
        database.execute("create schema if not exists gold")
        database.execute(
            "create or replace table gold.build_info as"
            " select ? as build_id, ? as project, ? as fingerprint",
            row,
        )
    return Report(models=1)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lakehouse:
    """A house with a build of all there is."""
    monkeypatch.setattr(dbt_runner, "build", build)
    house = Lakehouse(folder=tmp_path)
    assert tick(house) == "published"
    return house


def tick(house: Lakehouse, *, now: datetime = NOON) -> str:
    """Return what the schedule's transform does now."""
    return transformation.transform(
        store=house.lake,
        builds=house.builds,
        folder=house.folder / "dbt",
        now=now,
        only_with_news=True,
    ).status


def test_without_news_nothing_is_built(house: Lakehouse) -> None:
    before = sorted(house.warehouse.rglob("*.duckdb"))
    assert tick(house, now=NOON + timedelta(hours=6)) == "unchanged"
    assert sorted(house.warehouse.rglob("*.duckdb")) == before


def test_what_landed_is_news_once(house: Lakehouse) -> None:
    house.land("plays", [], at=NOON)
    assert [tick(house), tick(house)] == ["published", "unchanged"]


def test_decisions_are_news(house: Lakehouse, alice: Listener) -> None:
    tick(house)
    ListenerTimezone.objects.create(listener=alice, timezone="Asia/Tokyo", valid_from=NOON)
    assert [tick(house), tick(house)] == ["published", "unchanged"]


def test_metadata_is_news_and_its_renewal_none(house: Lakehouse) -> None:
    Track.objects.create(track_id="a", track_name="Song", fetched_at=NOON)
    assert tick(house) == "published"
    Track.objects.update(fetched_at=NOON + timedelta(hours=1))
    assert tick(house) == "unchanged"
    Track.objects.update(duration_ms=180_000)
    assert tick(house) == "published"


def test_other_sql_is_news(house: Lakehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrade, "project_hash", lambda: "of a later version")
    assert tick(house) == "published"


def test_each_utc_day_is_news_as_recommendations_weigh_plays_by_age(house: Lakehouse) -> None:
    assert tick(house, now=NOON + timedelta(days=1)) == "published"


def test_runs_without_news_are_counted_in_one_row_a_day() -> None:
    for minute in range(0, 48 * 60, 160):
        with runs.recording(Stage.CONSUME, "plays", now=NOON + timedelta(minutes=minute)) as run:
            run.counts = {"records": 0, "objects": 0}
    with runs.recording(Stage.CONSUME, "plays", now=NOON) as run:
        run.counts = {"records": 3, "objects": 1}

    found = Run.objects.order_by("started_at").values_list("has_news", "repeats")
    assert sorted(found) == [(False, 4), (False, 5), (False, 9), (True, 1)]
