"""Statements of readers for another engine than DuckDB, in whose dialect they are all written."""

from functools import lru_cache

STATEMENTS_KEPT = 1024


@lru_cache(maxsize=STATEMENTS_KEPT)
def to_snowflake(sql: str, *, suffix: str = "") -> str:
    """Return a DuckDB statement in Snowflake's dialect; `?` for parameters stays `?`.

    `suffix` is appended to the names of schemas. Raises ValueError for a statement that is not
    valid in DuckDB's dialect.
    """
    import sqlglot  # a tenth of a second that an installation on DuckDB keeps
    from sqlglot.errors import ParseError

    try:
        tree = sqlglot.parse_one(sql, read="duckdb")
    except ParseError as error:
        raise ValueError(f"not DuckDB's SQL: {error}") from error
    for table in tree.find_all(sqlglot.exp.Table):
        if suffix and table.db:
            table.set("db", sqlglot.exp.to_identifier(f"{table.db}{suffix}"))
    return tree.sql(dialect="snowflake")
