"""What the warehouse costs, from usage views that the double has as tables; and its switch."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bench.harness.snowflake import journal
from spotifyweb.warehouse import WarehouseError
from spotifyweb.warehouse.snowflake_session import Account, query
from spotifyweb.warehouse.snowflake_usage import CREDITS, EXPENSIVE_QUERIES, TEXTS, Usage
from tests.support.snowflake_sql import faults

VIEWS = (
    "create database if not exists snowflake",
    "create schema if not exists snowflake.account_usage",
    "create or replace table snowflake.account_usage.warehouse_metering_history"
    " (start_time timestamp_tz, warehouse_name varchar, credits_used double)",
    "create or replace table snowflake.account_usage.query_attribution_history"
    " (query_id varchar, start_time timestamp_tz, warehouse_name varchar, query_tag varchar,"
    " query_parameterized_hash varchar, credits_attributed_compute double)",
)
TODAY = datetime.now(UTC).replace(hour=0, minute=30, second=0, microsecond=0)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def usage(snowflake: str) -> Iterator[Usage]:
    account = Account.of(f"snowflake://fake:snow@fakesnow/house?{snowflake}")
    with account.connect() as connection:
        for statement in VIEWS:
            query(connection, statement)
        views = "insert into snowflake.account_usage"
        query(
            connection,
            f"{views}.warehouse_metering_history values (?, 'W', 0.2), (?, 'W', 0.1),"
            " (?, 'OTHER', 9)",
            [f"{YESTERDAY}"] * 3,
        )
        query(
            connection,
            f"{views}.query_attribution_history values"
            " ('1', ?, 'W', 'liner build', 'a', 0.1), ('2', ?, 'W', 'liner build', 'a', 0.05),"
            " ('3', ?, 'W', null, 'b', 0.01), ('4', ?, 'OTHER', 'x', 'c', 7)",
            [f"{YESTERDAY}"] * 4,
        )
    yield Usage(account=account)
    journal.refusals.clear()


def test_credits_are_told_by_day_and_tag_of_this_warehouse_only(usage: Usage) -> None:
    spent = usage.spending()
    day = YESTERDAY.date()
    assert spent.days == {day: pytest.approx(0.3)}
    assert spent.tags == {day: {"liner build": pytest.approx(0.15), "": pytest.approx(0.01)}}


def test_runs_of_one_query_count_together_and_the_dearest_comes_first(usage: Usage) -> None:
    told = [(one.query_id, one.query_tag, one.runs) for one in usage.spending().queries]
    assert told == [("1", "liner build", 2), ("3", "", 1)]


def test_without_the_texts_of_queries_the_rest_is_told(
    usage: Usage, caplog: pytest.LogCaptureFixture
) -> None:
    assert {one.text for one in usage.spending().queries} == {""}  # the double has no history
    assert "does not tell the texts" in caplog.text


def test_a_missing_right_names_the_command_that_grants_it(usage: Usage) -> None:
    journal.refusals = {"account_usage": "Insufficient privileges to operate on schema"}
    with pytest.raises(WarehouseError, match="snowflake_setup"):
        usage.spending()


def test_the_switch_suspends_and_may_be_pressed_twice(usage: Usage) -> None:
    journal.statements.clear()
    usage.suspend()
    assert "alter warehouse w suspend" in journal.statements
    journal.refusals = {"suspend": "Invalid state. Warehouse 'W' cannot be suspended."}
    usage.suspend()
    journal.refusals = {"suspend": "Insufficient privileges to operate on warehouse 'W'"}
    with pytest.raises(WarehouseError, match="snowflake_setup"):
        usage.suspend()


def test_what_the_double_does_not_have_is_snowflakes_sql_all_the_same() -> None:
    for sql in (CREDITS, EXPENSIVE_QUERIES, TEXTS.format(database="d", ids="?, ?")):
        assert faults(sql) == []
