"""The warehouse: what readers ask and what a build does. DuckDB or Snowflake behind it.

SQL that readers send is written for both engines: `?` for parameters, `gold.<table>` names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

Row = dict[str, Any]


class WarehouseError(Exception):
    """The warehouse did not answer; `retry` says whether trying again can help."""

    def __init__(self, message: str, *, retry: bool = False) -> None:
        super().__init__(message)
        self.retry = retry


class NoBuild(WarehouseError):
    """Nothing was published yet: the first `transform` has still to run."""


class SchemaMismatch(WarehouseError):
    """The published build lacks a table or column that the SQL names: another version made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One complete, tested warehouse."""

    build_id: str  # sorts by time: 20261122T201500Z-1a2b
    published_at: datetime


class Warehouse(Protocol):
    def published(self) -> Build | None:
        """The build that readers see now."""

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        """Rows of the published build as dicts with lower-case names, times aware in UTC.

        Raises NoBuild when nothing was published, SchemaMismatch for a table or column that it
        does not have, WarehouseError for anything else.
        """

    def pinned(self) -> "Warehouse":
        """Return a reader that stays on the build published now, for an answer of many queries."""

    def close(self) -> None:
        """Let go of connections."""
