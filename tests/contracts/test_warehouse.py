"""One suite, two warehouses: DuckDB's files, and Snowflake by its double's server."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest
import sqlglot

from spotifyweb import lake as lakes
from spotifyweb.lake import LocalLake
from spotifyweb.lake.compaction import UnloadedObjects
from spotifyweb.monitoring import upgrade
from spotifyweb.warehouse import NothingPublished, Warehouse, WarehouseError
from spotifyweb.warehouse.base import Builds, LakeLocation
from spotifyweb.warehouse.duckdb import DuckDBBuilds, DuckDBWarehouse
from spotifyweb.warehouse.snowflake import SnowflakeWarehouse
from spotifyweb.warehouse.snowflake_builds import SnowflakeBuilds
from spotifyweb.warehouse.snowflake_session import Account, query

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
EVENTS = {lakes.DATASETS[topic]: schema for topic, schema in lakes.BRONZE_SCHEMAS.items()}
TABLE = "create table gold.t as select 1 as N, 'x' as s, cast(null as varchar) as nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    builds: Builds
    reader: Callable[[], Warehouse]
    run: Callable[[str, str, str], None]  # SQL into the build that was begun

    def publish(self, build_id: str, sql: str = TABLE) -> None:
        environment = self.builds.begin(build_id, fresh=True)
        place = environment.get("DBT_DUCKDB_PATH") or environment["SNOWFLAKE_DATABASE"]
        self.run(build_id, place, sql)
        self.builds.publish(build_id)


def disk(tmp_path: Path, _: pytest.FixtureRequest) -> Engine:
    def run(_: str, place: str, sql: str) -> None:
        with duckdb.connect(place) as opened:
            opened.execute("create schema if not exists gold")
            opened.execute(sql)

    builds = DuckDBBuilds(tmp_path, lake=LakeLocation(path="/nowhere"))
    return Engine(builds=builds, reader=lambda: DuckDBWarehouse(tmp_path), run=run)


def cloud(tmp_path: Path, request: pytest.FixtureRequest) -> Engine:
    options = request.getfixturevalue("snowflake")
    database = f"base{abs(hash(tmp_path)) % 10**8}"
    account = Account.of(f"snowflake://fake:snow@fakesnow/{database}?{options}")

    def run(_: str, place: str, sql: str) -> None:
        with account.connect() as connection:
            query(connection, f"use database {place}")
            query(connection, sql.replace("gold.", "gold_next."))

    some = {"plays": EVENTS["plays"], "erasures": lakes.SNAPSHOT_SCHEMAS["erasures"]}
    return Engine(
        builds=SnowflakeBuilds(
            account,
            lake=UnloadedObjects(LocalLake(tmp_path / "lake"), now=lambda: NOW),
            schemas=some,
        ),
        reader=lambda: SnowflakeWarehouse(account),
        run=run,
    )


@pytest.fixture(params=[disk, cloud], ids=["duckdb", "snowflake"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    made: Engine = request.param(tmp_path, request)
    return made


def test_before_the_first_build(engine: Engine) -> None:
    reader = engine.reader()
    assert reader.published() is None
    with pytest.raises(NothingPublished):
        reader.rows("select 1")


def test_rows_have_lower_case_names_and_take_parameters(engine: Engine) -> None:
    engine.publish("20261122T200000Z-aaaa")
    reader = engine.reader()
    assert reader.rows("select * from gold.t where n = ? and s = ?", [1, "x"]) == [
        {"n": 1, "s": "x", "nothing": None}
    ]
    assert reader.rows("select * from gold.t where s = ?", ["' or 1 = 1 --"]) == []


def test_columns_are_the_same_rows(engine: Engine) -> None:
    engine.publish("20261122T200000Z-aaaa")
    reader = engine.reader()
    sql = "select n, s, cast(n / 4 as double) as d from gold.t where n = ? order by n"
    for asked in (1, 2):
        columns = reader.arrow(sql, [asked])
        assert columns.column_names == ["n", "s", "d"]
        assert columns.to_pylist() == reader.rows(sql, [asked])
    with pytest.raises(WarehouseError):
        reader.arrow("select * from gold.nothing_like_it")


def test_moments_are_aware_and_wall_times_are_not(engine: Engine) -> None:
    engine.publish("20261122T200000Z-aaaa")
    (row,) = engine.reader().rows(
        "select cast('2026-01-01 02:00:00+02:00' as timestamptz) as at,"
        " cast('2026-01-01 02:00:00' as timestamp) as local_at from gold.t"
    )
    assert row["at"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert row["at"].utcoffset() == timedelta(0)
    assert row["local_at"] == datetime(2026, 1, 1, 2)  # noqa: DTZ001


def test_a_new_build_is_seen_and_its_time_told(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spotifyweb.warehouse.snowflake.RECHECK_SECONDS", 0)
    reader = engine.reader()
    for number in (1, 2, 3):
        build_id = f"20261122T20000{number}Z-aaaa"
        engine.publish(build_id, f"create table gold.t as select {number} as n")
        build = reader.published()
        assert build is not None
        assert build.build_id == build_id
        assert abs(build.published_at - datetime.now(UTC)) < timedelta(seconds=30)
        assert reader.rows("select n from gold.t") == [{"n": number}]


def test_the_build_before_can_be_published_again(engine: Engine) -> None:
    for build_id, value in (("20261122T200000Z-0001", 1), ("20261122T210000Z-0002", 2)):
        engine.publish(build_id, f"create table gold.t as select {value} as n")
    assert list(engine.builds.available()) == ["20261122T210000Z-0002", "20261122T200000Z-0001"]
    engine.builds.restore("20261122T200000Z-0001")
    assert engine.reader().rows("select n from gold.t") == [{"n": 1}]
    with pytest.raises(WarehouseError, match="not kept"):
        engine.builds.restore("20261122T000000Z-gone")


def test_a_pinned_reader_stays_on_its_build(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spotifyweb.warehouse.snowflake.RECHECK_SECONDS", 0)
    engine.publish("20261122T200001Z-aaaa", "create table gold.t as select 1 as n")
    reader = engine.reader()
    pinned = reader.pinned()
    engine.publish("20261122T200002Z-aaaa", "create table gold.t as select 2 as n")
    for _ in range(2):
        assert pinned.rows("select n from gold.t") == [{"n": 1}]
        assert reader.rows("select n from gold.t") == [{"n": 2}]


def test_wrong_sql_says_so_and_the_reader_goes_on(engine: Engine) -> None:
    engine.publish("20261122T200000Z-aaaa")
    reader = engine.reader()
    with pytest.raises(WarehouseError, match=r"(?i)no_such_table") as wrong:
        reader.rows("select * from gold.no_such_table")
    assert not wrong.value.retry
    assert reader.rows("select n from gold.t") == [{"n": 1}]


@pytest.fixture
def double(snowflake: str) -> Any:
    """The double's server, which runs in this process."""
    return importlib.import_module("fakesnow.server")


def test_a_session_that_ended_is_no_empty_warehouse_and_the_next_question_begins_one(
    tmp_path: Path, request: pytest.FixtureRequest, double: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = cloud(tmp_path, request)
    engine.publish("20261122T200000Z-aaaa")
    reader = engine.reader()
    monkeypatch.setattr("spotifyweb.warehouse.snowflake.RECHECK_SECONDS", 0)
    assert reader.published() is not None
    for code, status in (("390114", 200), ("390104", 401)):
        over = double.ServerError(status_code=status, code=code, message="log in again")
        with monkeypatch.context() as hours_later:
            hours_later.setattr(double, "to_conn", _raising(over))
            with pytest.raises(WarehouseError) as ended:
                reader.published()
        assert ended.value.retry
        assert reader.rows("select n from gold.t") == [{"n": 1}]


def _raising(error: Exception) -> Callable[[str], None]:
    def refuse(_: str) -> None:
        raise error

    return refuse


def test_an_address_names_a_user_and_may_leave_the_database_to_us() -> None:
    assert Account.of("snowflake://user:password@account").database == "SPOTIFY_DATA"
    for address in ("snowflake://account", "snowflake://user@account/no-name"):
        with pytest.raises(WarehouseError, match="user:password@account/database"):
            Account.of(address)


def test_our_sessions_on_snowflake_are_in_utc(snowflake: str) -> None:
    with Account.of(f"snowflake://fake:snow@fakesnow/house?{snowflake}").connect() as session:
        assert session._session_parameters["TIMEZONE"] == "UTC"


def test_in_whatever_zone_a_session_is_a_moment_stays_the_same() -> None:
    """The double is always in UTC, dbt's sessions need not be: so what Snowflake is told, retold to
    DuckDB in Los Angeles. Both give a naive time that becomes a moment the session's zone."""
    macros: Any = jinja2.Template((upgrade.PROJECT / "macros" / "engines.sql").read_text()).module
    moment = macros.snowflake__from_epoch_ms("1767225600000")
    local = macros.snowflake__to_local(moment, "'Asia/Kolkata'")
    (sql,) = sqlglot.transpile(f"select {moment}, {local}", read="snowflake", write="duckdb")
    with duckdb.connect() as session:
        session.execute("set TimeZone = 'America/Los_Angeles'")
        assert session.execute(sql).fetchall() == [
            (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 5, 30))  # noqa: DTZ001
        ]
