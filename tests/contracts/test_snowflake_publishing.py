"""A build on Snowflake is published by one swap: whatever is killed, gold is whole."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.harness.snowflake import journal
from spotifyweb.warehouse import WarehouseError
from spotifyweb.warehouse.snowflake import SnowflakeWarehouse
from spotifyweb.warehouse.snowflake_session import SETUP, query
from tests.contracts.test_warehouse import Engine, cloud

pytestmark = pytest.mark.slow
WHOLE = "select n, (select build_id from gold.publication) as build_id from gold.t"


@pytest.fixture
def engine(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    yield cloud(tmp_path, request)
    journal.refusals.clear()


def build_id(number: int) -> str:
    return f"20261129T20{number:02}00Z-aaaa"


def make(engine: Engine, number: int, *, fresh: bool = True) -> None:
    engine.builds.begin(build_id(number), fresh=fresh)
    place = engine.builds.begin(build_id(number), fresh=fresh)["SNOWFLAKE_DATABASE"]
    engine.run("", place, f"create or replace table gold.t as select {number} as n")


def told(engine: Engine) -> tuple[int, str]:
    ((n, name),) = (tuple(row.values()) for row in engine.reader().rows(WHOLE))
    return n, name


def sent() -> list[str]:
    said, journal.statements = journal.statements, []
    return said


def test_publishing_is_one_swap_of_gold_after_the_grants(engine: Engine) -> None:
    engine.publish(build_id(1))
    make(engine, 2)
    sent()
    engine.builds.publish(build_id(2))
    statements = [one.split(".", 1)[-1] for one in sent()]
    swap = next(n for n, one in enumerate(statements) if one.startswith("GOLD swap with"))
    granted = [n for n, one in enumerate(statements) if "LINER_READER" in one]
    assert len(granted) == 3
    assert max(granted) < swap


@pytest.mark.parametrize("keep", [1, 2])
def test_a_kill_at_any_statement_leaves_gold_whole_and_the_next_build_goes_on(
    engine: Engine, keep: int
) -> None:
    engine.publish(build_id(1), "create table gold.t as select 1 as n")
    make(engine, 2)
    sent()
    engine.builds.publish(build_id(2), keep=keep)
    steps = len(sent())
    assert steps > 8
    for step in range(steps):
        number = 3 + step
        make(engine, number, fresh=False)
        sent()
        before = told(engine)
        with pytest.MonkeyPatch.context() as patch:
            _die_at(patch, step)
            with pytest.raises(KeyboardInterrupt):
                engine.builds.publish(build_id(number), keep=keep)
        n, name = told(engine)
        assert (n, name) in (before, (number, build_id(number)))
    make(engine, 40, fresh=False)
    engine.builds.publish(build_id(40))
    assert told(engine) == (40, build_id(40))


def _die_at(patch: pytest.MonkeyPatch, step: int) -> None:
    left = iter(range(step))

    def dying(connection: object, sql: str, params: object = ()) -> object:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return query(connection, sql, params)  # type: ignore[arg-type]

    patch.setattr("spotifyweb.warehouse.snowflake_builds.query", dying)


def test_readers_see_one_build_or_the_other_while_five_are_published(engine: Engine) -> None:
    engine.publish(build_id(0), "create table gold.t as select 0 as n")
    reader, is_over = engine.reader(), threading.Event()
    seen: list[tuple[int, str]] = []

    def read() -> None:
        while not is_over.is_set():
            seen.extend((row["n"], row["build_id"]) for row in reader.rows(WHOLE))

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(1, 6):
        make(engine, number)
        engine.builds.publish(build_id(number))
    is_over.set()
    thread.join()
    assert len({n for n, _ in seen}) > 2
    assert all(name == build_id(n) for n, name in seen)


def test_a_red_build_leaves_nothing_and_an_erasure_no_build_before(engine: Engine) -> None:
    engine.publish(build_id(1))
    make(engine, 2)
    engine.builds.clean()
    with pytest.raises(WarehouseError):
        engine.reader().rows("select * from gold_next.t")
    make(engine, 3)
    engine.builds.publish(build_id(3), keep=1)
    assert engine.builds.available() == [build_id(3)]
    for schema in ("gold_next", "gold_previous"):
        with pytest.raises(WarehouseError):
            engine.reader().rows(f"select * from {schema}.t")


def test_databases_of_earlier_versions_go_with_a_fresh_build_and_nobody_elses(
    engine: Engine,
) -> None:
    engine.publish(build_id(1))
    place = engine.builds.begin(build_id(2), fresh=False)["SNOWFLAKE_DATABASE"]
    for name in ("COPY", "OTHER_20261122T200001Z_BBBB", "20261122T200001Z_BBBB"):
        engine.run("", place, f"create database {place}_{name}")
    sent()
    engine.builds.begin(build_id(3), fresh=True)
    dropped = [one for one in sent() if one.startswith("drop database")]
    assert dropped == [f"drop database if exists {place}_20261122T200001Z_BBBB"]


def test_a_right_that_is_missing_is_a_sentence_with_its_cure(engine: Engine) -> None:
    engine.publish(build_id(1), "create table gold.t as select 1 as n")
    make(engine, 2)
    for statement, words, cure in (
        ("swap with", "SQL access control error: Insufficient privileges on schema 'GOLD'", SETUP),
        ("alter schema", "No active warehouse selected in the session.", "SNOWFLAKE_WAREHOUSE"),
        ("alter", "resource monitor 'L' has exceeded its quota.", "SNOWFLAKE_MONTHLY_CREDITS"),
    ):
        journal.refusals = {statement: words}
        with pytest.raises(WarehouseError) as refused:
            engine.builds.publish(build_id(2))
        assert cure in str(refused.value)
        assert not refused.value.retry
    journal.refusals.clear()
    assert told(engine) == (1, build_id(1))


def test_without_the_readers_role_a_build_is_published_and_the_log_says_so(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(journal, "roles", set())
    engine.publish(build_id(1), "create table gold.t as select 1 as n")
    assert told(engine) == (1, build_id(1))
    assert "there is no role LINER_READER" in caplog.text


def test_a_pinned_reader_whose_build_is_gone_says_so(engine: Engine) -> None:
    engine.publish(build_id(1), "create table gold.t as select 1 as n")
    pinned = engine.reader().pinned()
    for number in (2, 3):
        make(engine, number)
        engine.builds.publish(build_id(number))
    with pytest.raises(WarehouseError, match="ask again") as gone:
        pinned.rows("select n from gold.t")
    assert gone.value.retry


def test_a_reader_logs_in_once(engine: Engine) -> None:
    engine.publish(build_id(1), "create table gold.t as select 1 as n")
    reader = engine.reader()
    assert isinstance(reader, SnowflakeWarehouse)
    journal.clear()
    for _ in range(3):
        thread = threading.Thread(target=reader.rows, args=("select n from gold.t",))
        thread.start()
        thread.join()
    assert journal.logins == 1


@pytest.mark.parametrize(
    "statement",
    [
        "alter schema house.gold set managed access",
        "alter schema house.gold swap with house.no_such_schema",
        "alter warehouse liner resume",
        "create pipe house.gold.p as copy into house.gold.t from @house.bronze.lake",
        "grant ownership on schema house.gold to role liner",
        "grant usage on schema house.no_such_schema to role liner_reader",
    ],
)
def test_the_double_fails_loudly_at_what_it_does_not_know(engine: Engine, statement: str) -> None:
    engine.publish(build_id(1))
    place = engine.builds.begin(build_id(2), fresh=False)["SNOWFLAKE_DATABASE"]
    with pytest.raises(Exception, match=r"(?i)error|does not exist|not implemented"):
        engine.run("", place, statement.replace("house", place))


def test_a_build_begins_as_a_clone_of_what_is_published(engine: Engine) -> None:
    engine.publish(build_id(1), "create table gold.t as select 1 as n")
    sent()
    engine.builds.begin(build_id(2), fresh=False)
    clones = [one.split(".", 1)[1] for one in sent() if " clone " in one]
    assert [one.split()[0] for one in clones] == ["SILVER_NEXT", "GOLD_NEXT"]
    engine.builds.publish(build_id(2))
    assert told(engine) == (1, build_id(2))
    engine.builds.begin(build_id(3), fresh=True)
    assert not [one for one in sent() if " clone " in one]


def test_a_build_begins_empty_where_a_kill_has_swapped_only_gold(engine: Engine) -> None:
    engine.publish(build_id(1), "create table gold.t as select 1 as n")
    make(engine, 2, fresh=False)
    with pytest.MonkeyPatch.context() as patch:
        _die_before(patch, "alter schema .*silver swap")
        with pytest.raises(KeyboardInterrupt):
            engine.builds.publish(build_id(2))
    assert told(engine) == (2, build_id(2))
    sent()
    engine.builds.begin(build_id(3), fresh=False)
    assert not [one for one in sent() if " clone " in one]


def _die_before(patch: pytest.MonkeyPatch, statement: str) -> None:
    def dying(connection: object, sql: str, params: object = ()) -> object:
        if re.search(statement, sql, re.IGNORECASE):
            raise KeyboardInterrupt
        return query(connection, sql, params)  # type: ignore[arg-type]

    patch.setattr("spotifyweb.warehouse.snowflake_builds.query", dying)
