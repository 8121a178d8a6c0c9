"""What the warehouse costs: credits by day and query tag, and the queries that take most of them.

From the views of SNOWFLAKE.ACCOUNT_USAGE, which are up to eight hours late and which the database
role USAGE_VIEWER reads. Queries have credits while they run; the rest of a day's is idle time, as
the warehouse sleeps a minute after its last query.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import snowflake.connector
from snowflake.connector import SnowflakeConnection

from spotifyweb.warehouse.base import Row, placeholders
from spotifyweb.warehouse.snowflake_session import Account, failure, query

log = logging.getLogger(__name__)

DAYS, EXPENSIVE_DAYS, EXPENSIVE = 30, 7, 10
ALL = "*"  # stands for every tag, and for idle time too
CREDITS = f"""
    select to_date(start_time) as day, '{ALL}' as query_tag, sum(credits_used) as credits
    from snowflake.account_usage.warehouse_metering_history
    where warehouse_name = ? and start_time >= dateadd(day, -{DAYS}, current_timestamp())
    group by 1
    union all
    select to_date(start_time), coalesce(query_tag, ''), sum(credits_attributed_compute)
    from snowflake.account_usage.query_attribution_history
    where warehouse_name = ? and start_time >= dateadd(day, -{DAYS}, current_timestamp())
    group by 1, 2
"""
EXPENSIVE_QUERIES = f"""
    select
        max_by(query_id, credits_attributed_compute) as query_id,
        max(query_tag) as query_tag,
        count(*) as runs,
        sum(credits_attributed_compute) as credits
    from snowflake.account_usage.query_attribution_history
    where warehouse_name = ? and start_time >= dateadd(day, -{EXPENSIVE_DAYS}, current_timestamp())
    group by query_parameterized_hash
    order by credits desc
    limit {EXPENSIVE}
"""
TEXTS = """
    select query_id, query_text
    from table({database}.information_schema.query_history_by_user(result_limit => 10000))
    where query_id in ({ids})
"""
ASLEEP = "cannot be suspended"  # Snowflake's words for a warehouse that sleeps already


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query of the last seven days, however often it ran; parameters are no part of its text."""

    query_id: str  # of its most expensive run
    query_tag: str
    runs: int
    credits: float
    text: str  # empty where Snowflake no longer tells it


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """Credits of the last thirty days (UTC), and the most expensive queries of the last seven."""

    days: Mapping[date, float]
    tags: Mapping[date, Mapping[str, float]]
    queries: list[Query]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The warehouse of an account, of which others may use the same."""

    account: Account

    def spending(self) -> Spending:
        """Ask for all of it, by three statements. Raises WarehouseError."""
        with self.account.connect() as connection:
            try:
                rows = query(connection, CREDITS, [self._warehouse] * 2)
                expensive = query(connection, EXPENSIVE_QUERIES, [self._warehouse])
            except snowflake.connector.Error as error:
                raise failure(error) from error
            texts = self._texts(connection, [row["query_id"] for row in expensive])
        return Spending(days=_days(rows), tags=_tags(rows), queries=_queries(expensive, texts))

    def suspend(self) -> None:
        """Let the warehouse sleep at once; a query wakes it again. Raises WarehouseError."""
        with self.account.connect() as connection:
            try:
                query(connection, f"alter warehouse {self.account.warehouse} suspend")
            except snowflake.connector.Error as error:
                if ASLEEP not in (error.msg or ""):
                    raise failure(error) from error

    @property
    def _warehouse(self) -> str:
        return self.account.warehouse.upper()

    def _texts(self, connection: SnowflakeConnection, ids: list[str]) -> dict[str, str]:
        """Return the texts of Liner's own queries of the last week, by id."""
        if not ids:
            return {}
        sql = TEXTS.format(database=self.account.database, ids=placeholders(ids))
        try:
            return {row["query_id"]: row["query_text"] for row in query(connection, sql, ids)}
        except snowflake.connector.Error as error:
            log.warning("Snowflake does not tell the texts of queries: %s", error.msg)
            return {}


def _days(rows: list[Row]) -> dict[date, float]:
    return {row["day"]: float(row["credits"]) for row in rows if row["query_tag"] == ALL}


def _tags(rows: list[Row]) -> dict[date, dict[str, float]]:
    tags: dict[date, dict[str, float]] = {}
    for row in rows:
        if row["query_tag"] != ALL:
            tags.setdefault(row["day"], {})[row["query_tag"]] = float(row["credits"])
    return tags


def _queries(expensive: list[Row], texts: Mapping[str, str]) -> list[Query]:
    return [
        Query(
            query_id=row["query_id"],
            query_tag=row["query_tag"] or "",
            runs=int(row["runs"]),
            credits=float(row["credits"]),
            text=texts.get(row["query_id"], ""),
        )
        for row in expensive
    ]
