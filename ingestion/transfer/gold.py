"""Digests of gold: two warehouses hold the same where count and digest of each table agree.

A digest is the sum of its rows' hashes, so the order of rows says nothing. Values are compared as
text that both engines agree on: times as microseconds in UTC, a number that is whole without its
decimal places, and others to six digits, as the engines sum floats in different orders.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spotifyweb.monitoring.upgrade import PROJECT
from spotifyweb.warehouse import Warehouse
from spotifyweb.warehouse.scratch import Scratch

OWN_COLUMNS = {"build_info": {"build_id"}}  # of each build
INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
NUMBERS = (*INTEGERS, *(f"U{name}" for name in INTEGERS), "FLOAT", "DOUBLE", "DECIMAL")
WHOLE = 2.0**53
Tables = Mapping[str, list[Any]]  # name -> rows, digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One gold table in both warehouses."""

    table: str
    source_rows: int
    target_rows: int
    is_equal: bool


def table_names(project: Path = PROJECT) -> list[str]:
    return sorted(path.stem for path in (project / "models" / "gold").rglob("*.sql"))


def digests(reader: Warehouse) -> dict[str, list[Any]]:
    """Return rows and digest of each gold table. Raises WarehouseError."""
    return {name: table_digest(reader, name) for name in table_names()}


def table_digest(reader: Warehouse, name: str) -> list[Any]:
    with Scratch(memory_limit="1GB") as scratch:
        scratch.load("rows", reader.arrow(f"select * from gold.{name}"))
        columns = {str(row["column_name"]).lower(): row for row in scratch.rows("describe rows")}
        texts = [
            _text(column, str(columns[column]["column_type"]))
            for column in sorted(columns.keys() - OWN_COLUMNS.get(name, set()))
        ]
        row = f"hash([{', '.join(texts)}])"
        [(count, total)] = scratch.tuples(
            f"select count(*), coalesce(sum({row}::hugeint), 0)::varchar from rows"
        )
    return [count, total]


def compare(source: Tables, target: Tables) -> list[Comparison]:
    nothing = [0, ""]
    return [
        Comparison(
            table=name,
            source_rows=source.get(name, nothing)[0],
            target_rows=target.get(name, nothing)[0],
            is_equal=name in source and source[name] == target.get(name),
        )
        for name in sorted({*source, *target})
    ]


def _text(column: str, kind: str) -> str:
    """Return SQL for a column's value as text, the same whatever engine it came from."""
    name = f'"{column}"'
    if kind.startswith(NUMBERS) and not kind.endswith("[]"):
        number = f"{name}::double"
        is_whole = f"{number} = trunc({number}) and abs({number}) < {WHOLE}"
        return (
            f"case when {is_whole} then {number}::bigint::varchar else printf('%.6g', {number}) end"
        )
    if kind.startswith("TIMESTAMP"):
        return f"epoch_us({name}::timestamptz)::varchar"
    return f"{name}::varchar"
