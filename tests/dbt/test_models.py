"""What dbt says of random listening, against plain Python over the same raw rows."""

import re
from collections import Counter
from typing import Any

import pytest

from bench.harness.lakehouse import Lakehouse
from spotifyweb.monitoring.upgrade import PROJECT
from tests.dbt import cases, listening, reference
from tests.dbt.reference import Listen

TABLES = [
    "silver.silver_events",
    "silver.silver_likes",
    "silver.silver_tracks",
    "silver.silver_rejected",
    "silver.silver_zones",
    "silver.silver_separations",
    "silver.silver_resubmissions",
    "silver.silver_matched",
    "silver.silver_merged",
    "silver.silver_release_listens",
    "silver.silver_artists",
    "silver.silver_recordings",
    "silver.silver_own_recordings",
    "silver.silver_own_artists",
    "silver.silver_listens",
    "silver.silver_listen_hours",
    "silver.silver_sessions",
    "gold.daily_listening_by_device",
    "gold.listening_hours",
    "gold.user_track_daily",
    "gold.user_tracks",
    "gold.user_releases",
    "gold.user_artists",
    "gold.user_albums",
    "gold.session_tracks",
    "gold.track_discovery",
    "gold.artist_months",
    "gold.recent_plays",
    "gold.track_popularity",
    "gold.artist_stats",
    "gold.device_usage",
    "gold.tracks",
    "gold.releases",
]


@pytest.fixture(scope="module")
def found(house: Lakehouse) -> list[Listen]:
    return listens_of(house)


def listens_of(house: Lakehouse) -> list[Listen]:
    """What plain Python makes of everything that landed and of the snapshots."""
    before = house.rows["erasures"][0]["before"]
    rows = [
        row
        for row in [*house.rows["plays"], *house.rows["skips"]]
        if not (
            row["user_id"] == "nozone" and row["source"] == "player" and row["landed_at"] < before
        )
    ]
    lengths = {row["track_id"]: row["duration_ms"] for row in house.rows["tracks"]}
    return reference.listens(
        rows,
        now=listening.SECOND_BUILD,
        lengths=lengths,
        homes=listening.ZONES,
        separations=house.rows["separations"],
    )


def test_every_real_listen_is_there_once(house: Lakehouse, found: list[Listen]) -> None:
    assert_told(house, "later", found)


def assert_told(house: Lakehouse, build: str, found: list[Listen]) -> None:
    rows = house.table(build, "select * from silver.silver_listens")
    told = {
        row["event_id"]: (
            row["event_type"],
            row["ended_at"],
            row["heard_ms"],
            row["started_at"],
            row["local_at"],
            row["sources"],
        )
        for row in rows
    }
    expected = {
        listen.event_id: (
            listen.best("event_type"),
            listen.ended_at,
            listen.heard_ms,
            listen.started_at,
            listen.local_at,
            ",".join(sorted({row["source"] for row in listen.tellings})),
        )
        for listen in found
    }
    assert told == expected
    assert len(rows) == len(expected)


KEY = ["user_id", "local_date", "device_type", "source", "content_type"]


def test_days_are_the_listeners_own(house: Lakehouse, found: list[Listen]) -> None:
    rows = house.table("later", "select * from gold.daily_listening_by_device")
    told = {
        tuple(row[name] for name in KEY): (
            row["plays"],
            row["skips"],
            row["heard_ms"],
            row["skipped_ms"],
        )
        for row in rows
    }
    assert told == reference.daily(found)
    unique = {tuple(row[name] for name in KEY): row["unique_artists"] for row in rows}
    assert {key: number for key, number in unique.items() if number} == reference.artists(found)


def test_hours_are_the_listeners_own(house: Lakehouse, found: list[Listen]) -> None:
    rows = house.table(
        "later",
        "select user_id, local_date, local_hour, weekday, sum(plays) as plays, sum(skips) as skips,"
        " sum(heard_ms) as heard_ms from gold.listening_hours group by all",
    )
    told = {
        (row["user_id"], row["local_date"], row["local_hour"], row["weekday"]): (
            row["plays"],
            row["skips"],
            row["heard_ms"],
        )
        for row in rows
    }
    assert told == reference.hourly(found)


def test_hours_days_and_all_time_add_up(house: Lakehouse) -> None:
    """For each listener, although some of it lies on both sides of midnight."""
    sums = [
        house.table(
            "later", f"select user_id, sum(heard_ms) as ms from {table} group by 1 order by 1"
        )
        for table in (
            "silver.silver_listens",
            "gold.listening_hours",
            "gold.daily_listening_by_device",
            "gold.user_track_daily",
            "gold.user_tracks",
            "gold.device_usage",
        )
    ]
    assert all(each == sums[0] for each in sums)
    spread = (
        "select count(distinct local_date) as n from silver.silver_listen_hours group by event_id"
    )
    assert max(row["n"] for row in house.table("later", spread)) == 2


@pytest.mark.parametrize("table", ["artist_stats", "device_usage"])
def test_minutes_are_the_time_heard(house: Lakehouse, table: str) -> None:
    rows = house.table("later", f"select total_minutes_listened, heard_ms from gold.{table}")
    assert rows
    for row in rows:
        assert row["total_minutes_listened"] == pytest.approx(row["heard_ms"] / 60_000)


def test_an_hour_has_sixty_minutes_but_where_several_devices_play(found: list[Listen]) -> None:
    """What the hours were just compared with; clocks that differ by seconds are made up for."""
    of_device: Counter[tuple[object, ...]] = Counter()
    for listen in found:
        for hour, ms in listen.hours.items():
            of_device[listen.tellings[0]["user_id"], listen.device, hour] += ms
    assert max(of_device.values()) <= 3_600_000
    moved = [one for one in found if one.listening_from and one.listening_from < one.own_from]
    assert moved, "some gave way"


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES)
def test_built_bit_by_bit_equals_built_anew(house: Lakehouse, table: str) -> None:
    """After late plays, an imported past, repeated records, a move and an erasure."""
    later, anew = (rows_of(house, build, table) for build in ("later", "anew"))
    assert later == anew
    assert later or table == "silver.silver_likes"


def test_what_does_not_count_is_counted(house: Lakehouse) -> None:
    rows = house.table("later", "select reason from silver.silver_rejected order by reason")
    assert [row["reason"] for row in rows] == [
        "duration not above zero",
        "duration not above zero",
        "in the future",
        "negative time played",
        "no listener",
    ]
    assert len(house.table("first", "select reason from silver.silver_rejected")) == 6


def test_what_was_erased_is_gone(house: Lakehouse) -> None:
    erased = "select * from silver.silver_events where user_id = 'nozone' and source = 'player'"
    before = house.rows["erasures"][0]["before"]
    assert house.table("first", erased)
    assert all(row["landed_at"] >= before for row in house.table("later", erased))


def test_only_what_changed_is_computed_anew(house: Lakehouse) -> None:
    """Everybody had news in the second landing but those of the imported files."""
    rows = house.table("later", "select user_id, changed_at from silver.silver_histories")
    changed = {row["user_id"]: row["changed_at"] for row in rows}
    assert {changed.pop(user_id) for user_id in cases.CASES} == {listening.FIRST_BUILD}
    assert set(changed.values()) == {listening.SECOND_BUILD}


def test_models_leave_to_macros_what_engines_say_differently() -> None:
    """Snowflake knows no short window frames, and IGNORE NULLS only behind the parenthesis; to what
    has no zone it gives the session's, so only words that name theirs are cast to a moment."""
    for path in (PROJECT / "models").rglob("*.sql"):
        sql = " ".join(path.read_text().lower().split())
        assert "rows unbounded preceding" not in sql, path.name
        assert "ignore nulls" not in sql, path.name
        assert not re.search(r"(?<!00'|ull) as timestamp_?tz", sql), path.name


def rows_of(house: Lakehouse, build: str, table: str) -> list[tuple[str, ...]]:
    """Without the numbers of tracks: a build from nothing gives others."""
    sql = f"select columns(name -> name not in ('track_no', 'release_no')) from {table}"
    rows: list[dict[str, Any]] = house.table(build, sql)
    return sorted(tuple(map(str, row.values())) for row in rows)
