"""dbt's models on DuckDB and on Snowflake's double, from one lake."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bench.harness.lakehouse import Lakehouse
from bench.harness.snowflake import journal
from ingestion.pipeline import dbt_runner
from spotifyweb import lake as lakes
from spotifyweb.lake.compaction import UnloadedObjects
from spotifyweb.warehouse import Row
from spotifyweb.warehouse.duckdb import DuckDBWarehouse
from spotifyweb.warehouse.snowflake_builds import SnowflakeBuilds
from spotifyweb.warehouse.snowflake_session import Account
from tests.dbt.mission_queries import EMPTY, QUERIES
from tests.support.snowflake_sql import all_faults

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
EVENTS = {lakes.DATASETS[topic]: schema for topic, schema in lakes.BRONZE_SCHEMAS.items()}


@pytest.mark.engines
def test_dbt_says_the_same_on_both(tmp_path: Path, snowflake: str) -> None:
    """The lake is put, copied and built; counts are compared, since green alone proves little."""
    house = Lakehouse(folder=tmp_path / "house")
    sources = ["recently_played", "extended_history"]
    rows = [_play(number, source) for number in range(30) for source in sources]
    rows += [_handed_in_again(row) for row in rows if row["source"] == "extended_history"][::3]
    house.land("plays", rows, at=NOW - timedelta(hours=1))
    house.snapshot("tracks", [])
    house.snapshot(
        "listeners", [{"user_id": "alice", "timezone": "Asia/Kolkata", "valid_from": NOW}]
    )
    house.snapshot("erasures", [])
    house.snapshot("separations", [_apart(number) for number in range(0, 30, 7)])
    house.snapshot("rules", RULES)
    house.build("here", now=NOW)
    account = Account.of(f"snowflake://fake:snow@fakesnow/house?{snowflake}")
    schemas = {**EVENTS, **lakes.SNAPSHOT_SCHEMAS}
    builds = SnowflakeBuilds(
        account, lake=UnloadedObjects(house.lake, now=lambda: LATER), schemas=schemas
    )
    journal.clear()
    _build(builds, tmp_path, at=NOW, is_first=True)
    _compare(builds, house)
    house.land("plays", [_play(100 + number, "recently_played") for number in range(5)], at=LATER)
    house.build("news", now=LATER)
    _build(builds, tmp_path, at=LATER, is_first=False)  # in clones, of what is new
    _compare(builds, house)
    assert all_faults(journal.statements) == {}


def _build(builds: SnowflakeBuilds, folder: Path, *, at: datetime, is_first: bool) -> None:
    build_id = f"{at:%Y%m%dT%H%M%SZ}-aaaa"
    report = dbt_runner.build(
        target="snowflake",
        environment={**builds.begin(build_id, fresh=is_first), "DBT_THREADS": "1"},
        as_of=at,
        folder=folder / "dbt",
        full_refresh=is_first,
        select=["bronze", "silver", "gold"],
    )
    assert report.failures == []
    builds.publish(build_id)


def _compare(builds: SnowflakeBuilds, house: Lakehouse) -> None:
    for sql in (
        "select event_id, heard_ms, started_at, local_at, sources from gold.recent_plays",
        "select * from gold.daily_listening_by_device",
        "select * from gold.listening_hours",
        "select * from silver.silver_listening",
        "select event_id, device_type from silver.silver_events",
        "select event_id, device_started_at from silver.silver_events"
        " where device_started_at is not null",
        "select * from silver.silver_resubmissions",
        "select * from silver.silver_merged",
        "select * from silver.silver_separations",
        "select * from gold.excluded_listens",
        "select listener_no, track_no, play_no, session_no, local_hour from gold.play_sequence",
        "select user_id, track_id, plays from gold.activation",
    ):
        there = _told(builds.reader.rows(sql))
        assert there == _told(DuckDBWarehouse(house.warehouse).rows(sql))
        assert there
    for name, sql in QUERIES.items():
        query = sql.format(user_id="alice")
        on_snowflake = builds.reader.rows(query)
        on_duckdb = DuckDBWarehouse(house.warehouse).rows(query)
        assert len(on_snowflake) == len(on_duckdb), name
        if "order by" in query:  # else a limit leaves open which rows
            assert _values(on_snowflake) == _values(on_duckdb), name
        assert bool(on_snowflake) == (name not in WITHOUT_ROWS), name
    for query in EMPTY:
        assert builds.reader.rows(query) == DuckDBWarehouse(house.warehouse).rows(query) == []


WITHOUT_ROWS = {"top 20 recommendations"}  # who played every track has none to discover


RULES: list[dict[str, Any]] = [
    {"user_id": "alice", "kind": "hours", "value": "22-3", "from_hour": 22, "until_hour": 3},
    {"user_id": "alice", "kind": "artist", "value": "nobody"},
]


def _told(rows: list[Row]) -> list[tuple[str, ...]]:
    return sorted(tuple(map(str, row.values())) for row in rows)


def _values(rows: list[Row]) -> list[tuple[tuple[str, str], ...]]:
    """Return names and values, in any order: rows of equal rank, and a limit, leave it open."""
    return sorted(
        tuple(
            (name, f"{value:.9g}" if isinstance(value, float | int) else str(value))
            for name, value in row.items()
        )
        for row in rows
    )


def _handed_in_again(row: dict[str, Any]) -> dict[str, Any]:
    """By a television: this row says the second at which the device began, the other more."""
    began = row["played_at"] - timedelta(seconds=190)
    row |= {"device_started_at": began + timedelta(milliseconds=3)}
    row |= {"platform": "Partner android_tv Xiaomi;MIBOX4;;tpapi"}
    again = {"event_id": f"again-{row['event_id']}", "device_started_at": began}
    return row | again | {"played_at": row["played_at"] + timedelta(hours=7)}


def _play(number: int, source: str) -> dict[str, Any]:
    return {
        "event_id": f"{source}-{number}",
        "user_id": "alice",
        "event_type": "play",
        "played_at": NOW - timedelta(days=2, minutes=47 * number),
        "track_id": f"{number % 7:022}",
        "track_name": f"Song {number % 7}",
        "artist_name": "Somebody",
        "content_type": "track",
        "source": source,
        "duration_ms": 200_000 if source == "recently_played" else None,
        "ms_played": 190_000 if source == "extended_history" else None,
    }


def _apart(number: int) -> dict[str, Any]:
    ids = {
        "first_event_id": f"extended_history-{number}",
        "second_event_id": f"recently_played-{number}",
    }
    return {"user_id": "alice", "decided_at": NOW, **ids}
