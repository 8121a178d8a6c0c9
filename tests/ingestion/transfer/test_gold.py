"""Digests of gold: the same for the same rows, whatever the engine, another for anything else."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ingestion.transfer import gold
from spotifyweb.warehouse.base import Build, Row

AT = datetime(2026, 5, 1, 10, 0, 0, 125_000, tzinfo=UTC)
COLUMNS = ("build_id", "n", "share", "at", "day", "name", "ok")
ROWS: list[Row] = [
    dict(zip(COLUMNS, values, strict=True))
    for values in (
        ("a", 3, 0.1 + 0.2, AT, AT.date(), "x", True),
        ("a", 2**60, None, None, None, None, False),
        ("a", 0, 2.0, AT, AT.date(), "", None),
    )
]


class Table:
    """A warehouse with one table, whatever it is asked for."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.table = pa.Table.from_pylist(list(rows))

    def published(self) -> Build | None:
        return None

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        found: list[Row] = self.table.to_pylist()
        return found

    def arrow(self, sql: str, params: Sequence[object] = ()) -> pa.Table:
        return self.table

    def pinned(self) -> "Table":
        return self

    def close(self) -> None:
        return


def digest(rows: Sequence[Row], name: str = "listens") -> list[Any]:
    return gold.table_digest(Table(rows), name)


def changed(**values: object) -> list[Row]:
    return [ROWS[0] | values, *ROWS[1:]]


def test_neither_the_order_of_rows_nor_that_of_columns_matters() -> None:
    turned = [dict(reversed(row.items())) for row in reversed(ROWS)]
    assert digest(turned) == digest(ROWS)
    assert digest(ROWS)[0] == 3


def test_engines_may_use_other_types_for_the_same_values() -> None:
    """Snowflake answers decimals for integers, and floats summed in another order."""
    other = [row | {"n": Decimal(row["n"])} for row in changed(share=0.3)]
    other[0]["at"] = AT.astimezone(timezone(timedelta(hours=9)))
    assert digest(other) == digest(ROWS)
    naive = [row | {"at": row["at"] and row["at"].replace(tzinfo=None)} for row in ROWS]
    assert digest(naive) == digest(ROWS)


def test_each_changed_value_and_row_is_seen() -> None:
    for values in (
        {"n": 4},
        {"share": 0.300001},
        {"share": None},
        {"at": AT + timedelta(microseconds=1)},
        {"day": AT.date() + timedelta(days=1)},
        {"name": None},
        {"ok": None},
    ):
        assert digest(changed(**values)) != digest(ROWS), values
    assert digest([*ROWS, ROWS[0]]) != digest(ROWS)
    assert digest([row | {"more": 1} for row in ROWS]) != digest(ROWS)


def test_a_build_has_an_id_of_its_own() -> None:
    again = [row | {"build_id": "b"} for row in ROWS]
    assert digest(again, "build_info") == digest(ROWS, "build_info")
    assert digest(again) != digest(ROWS)


def test_a_table_that_one_side_lacks_is_different() -> None:
    both = {"listens": [1, "5"]}
    assert [found.is_equal for found in gold.compare(both, both)] == [True]
    assert [found.is_equal for found in gold.compare(both, {})] == [False]
    [extra] = gold.compare({}, both)
    assert (extra.is_equal, extra.source_rows, extra.target_rows) == (False, 0, 1)


def test_each_model_of_gold_is_compared() -> None:
    assert {"listens", "user_tracks", "recommendation_lists", "build_info"} <= set(
        gold.table_names()
    )
