"""A DuckDB database for one calculation, in memory or in a file, which `with` closes."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import gettempdir
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import duckdb
import pyarrow as pa

from spotifyweb.warehouse.base import Row, WarehouseError


class Scratch:
    def __init__(
        self, path: Path | None = None, *, memory_limit: str = "3GB", threads: int = 2
    ) -> None:
        config: dict[str, Any] = {"memory_limit": memory_limit, "threads": str(threads)}
        config["preserve_insertion_order"] = "false"
        # what exceeds the memory: by default all that are in memory share `.tmp` where one stands
        config["temp_directory"] = f"{path or Path(gettempdir()) / 'liner'}.{uuid4().hex}.tmp"
        self._connection = duckdb.connect(str(path or ":memory:"), config=config)
        self._connection.execute("SET TimeZone = 'UTC'")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def execute(self, sql: str, params: Sequence[object] = ()) -> None:
        """Run a statement. Raises WarehouseError."""
        try:
            self._connection.execute(sql, list(params))
        except duckdb.Error as error:
            raise WarehouseError(f"{type(error).__name__}: {error}") from error

    def tuples(self, sql: str, params: Sequence[object] = ()) -> list[tuple[object, ...]]:
        self.execute(sql, params)
        return self._connection.fetchall()

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        self.execute(sql, params)
        names = [column[0].lower() for column in self._connection.description or ()]
        return [dict(zip(names, row, strict=True)) for row in self._connection.fetchall()]

    def arrow(self, sql: str, params: Sequence[object] = ()) -> pa.Table:
        self.execute(sql, params)
        return self._connection.to_arrow_table()

    def table(self, name: str, rows: Sequence[Row], *, schema: pa.Schema | None = None) -> None:
        """Create or replace a table with these rows."""
        self.load(name, pa.Table.from_pylist(list(rows), schema=schema))

    def load(self, name: str, arrow: pa.Table) -> None:
        """Create or replace a table with these columns."""
        self._connection.register("incoming", arrow)
        self.execute(f"create or replace table {name} as select * from incoming")
        self._connection.unregister("incoming")
