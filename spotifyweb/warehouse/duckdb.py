"""The published build on this machine, read-only.

A build is a file that never changes once it is published; the small file CURRENT names it. Readers
of one process share one connection and take a cursor each, so threads do not wait for one another.
A query that runs while a newer build is published ends on the build it began with.
"""

import contextlib
import copy
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from spotifyweb.warehouse import Build, NoBuild, Row, SchemaMismatch, WarehouseError

CURRENT = "CURRENT"
FILE = "liner.duckdb"  # one name for all: dbt reads a project anew for another database
MISMATCH = (duckdb.BinderException, duckdb.CatalogException)


def build_path(folder: Path, build_id: str) -> Path:
    """Return where a published build lies.

    Each has a folder of its own, as its views name the file in which they were made. Builds of
    versions before 28 November 2026 were files named for the build.
    """
    named = folder / "builds" / f"{build_id}.duckdb"
    return named if named.exists() else folder / "builds" / build_id / FILE


def published(folder: Path) -> Build | None:
    """What CURRENT names; None before the first build."""
    pointer = folder / CURRENT
    try:
        with pointer.open() as opened:
            build_id = opened.read().strip()
            published_at = datetime.fromtimestamp(os.fstat(opened.fileno()).st_mtime, UTC)
    except FileNotFoundError:
        return None
    return Build(build_id=build_id, published_at=published_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    build_id: str
    process_id: int  # a connection does not survive a fork
    connection: duckdb.DuckDBPyConnection


class DuckDBWarehouse:
    def __init__(self, folder: Path, *, memory_limit: str = "1GB", threads: int = 2) -> None:
        self.folder = folder
        self._config: dict[str, Any] = {"memory_limit": memory_limit, "threads": str(threads)}
        self._lock = threading.Lock()
        self._opened: _Opened | None = None
        self._pin: Build | None = None

    def published(self) -> Build | None:
        return self._pin or published(self.folder)

    def pinned(self) -> "DuckDBWarehouse":
        """The open connection keeps the build's file readable after a newer build removed it."""
        pinned = copy.copy(self)
        pinned._pin = pinned.published()
        with contextlib.suppress(WarehouseError):  # the first query raises it again
            pinned._connection()
        return pinned

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        with self._cursor() as cursor:
            try:
                cursor.execute(sql, list(params))
                names = [column[0].lower() for column in cursor.description or ()]
                return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            except duckdb.Error as error:
                kind = SchemaMismatch if isinstance(error, MISMATCH) else WarehouseError
                raise kind(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        self._opened = None

    @contextlib.contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The connection stays referenced until the query ended: the last one out closes it."""
        connection = self._connection()
        with contextlib.closing(connection.cursor()) as cursor:
            yield cursor

    def _connection(self) -> duckdb.DuckDBPyConnection:
        """A build may be removed between CURRENT and open: then CURRENT has moved on by two."""
        while True:
            build = self.published()
            if build is None:
                raise NoBuild("nothing was published yet: run `manage.py transform`")
            try:
                return self._of(build.build_id)
            except duckdb.Error as error:
                if self.published() == build:
                    message = f"the published build cannot be read: {error}"
                    retry = isinstance(error, duckdb.IOException)
                    raise WarehouseError(message, retry=retry) from error

    def _of(self, build_id: str) -> duckdb.DuckDBPyConnection:
        with self._lock:
            opened = self._opened
            if opened is None or (opened.build_id, opened.process_id) != (build_id, os.getpid()):
                opened = self._opened = self._open(build_id)
            return opened.connection

    def _open(self, build_id: str) -> _Opened:
        path = build_path(self.folder, build_id)
        connection = duckdb.connect(str(path), read_only=True, config=self._config)
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        return _Opened(build_id=build_id, process_id=os.getpid(), connection=connection)
