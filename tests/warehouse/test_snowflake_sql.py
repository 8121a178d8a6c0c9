"""The rules by which statements for Snowflake are held: each refuses what Snowflake would."""

import pytest

from tests.support.snowflake_sql import faults

WRONG = {
    "select a from t limit ?": "limit is a parameter",
    "select a from t limit 5 offset ?": "offset is a parameter",
    "with recursive r as (select 1 as n union all select n + 1 from r) select n from r": (
        "recursive r has no list of columns"
    ),
    "select u, sum(plays) as plays from t group by u having sum(plays) > 0": "HAVING on plays",
    "select cast(a as timestamp) as b from t": "TIMESTAMP leaves open",
    "select list_distinct(a) from t": "list_distinct() is not known",
    "select from where": "does not parse",
    "summon a warehouse": "does not parse",
    "call frob(1)": "is kept as text",
}
RIGHT = (
    "select a from t limit 5 offset 10",
    "with recursive r (n) as (select 1 union all select n + 1 from r) select n from r",
    "with plays as (select * from gold.plays) select count(*) from plays",
    "select t.u, sum(t.plays) as plays from t group by 1 having sum(t.plays) > 0",
    "select cast(a as datetime) as b, cast(c as timestamp_tz) as d from t",
    "alter schema house.gold swap with house.gold_next",
    "select 'list_distinct(a) as timestamp' as text -- list_distinct(a)",
)


@pytest.mark.parametrize("sql", WRONG)
def test_what_snowflake_refuses_or_leaves_open_is_a_fault(sql: str) -> None:
    assert any(WRONG[sql] in fault for fault in faults(sql)), faults(sql)


@pytest.mark.parametrize("sql", RIGHT)
def test_what_snowflake_takes_is_none(sql: str) -> None:
    assert faults(sql) == []
