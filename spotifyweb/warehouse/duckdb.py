"""The warehouse on this machine: a build is a DuckDB file, and the small file CURRENT names it.

work/liner.duckdb ──tests green──▶ builds/<build id>/liner.duckdb, then CURRENT names it

liner.duckdb beside CURRENT is a link to the same build, for other programs (docs/adr/0063).

A published build never changes. Readers of one process share one connection and take a cursor each,
so threads do not wait for one another. A query has two threads: over 430,000 plays the longest of
the overview take 22 ms instead of 36. A query that runs while a newer build is published ends on
the build it began with. A build that was killed leaves a work file, which the next one deletes. Two
builds are kept, so that a reader who has just read CURRENT finds its file.
"""

import contextlib
import copy
import os
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from socket import gethostname
from typing import TYPE_CHECKING, Any

import duckdb

from spotifyweb.warehouse import duckdb_s3
from spotifyweb.warehouse.base import (
    Build,
    LakeLocation,
    NothingPublished,
    Row,
    SchemaMismatch,
    WarehouseError,
)

if TYPE_CHECKING:
    import pyarrow as pa

CURRENT = "CURRENT"
FILE = "liner.duckdb"  # one name for all: dbt reads a project anew for another database
MISMATCH = (duckdb.BinderException, duckdb.CatalogException)
BUILDS_KEPT = 2
WRITE_BITS = 0o222  # of a mode; without them a program that would write to a build is refused


def build_path(folder: Path, build_id: str) -> Path:
    """Return where a published build lies.

    Each has a folder of its own, as its views name the file in which they were made. Builds of
    versions before 28 November 2026 were files named for the build.
    """
    named = folder / "builds" / f"{build_id}.duckdb"
    return named if named.exists() else folder / "builds" / build_id / FILE


def published_build(folder: Path) -> Build | None:
    """Return the build that CURRENT names; None before the first one."""
    pointer = folder / CURRENT
    try:
        with pointer.open() as opened:
            build_id = opened.read().strip()
            published_at = datetime.fromtimestamp(os.fstat(opened.fileno()).st_mtime, UTC)
    except FileNotFoundError:
        return None
    return Build(build_id=build_id, published_at=published_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OpenConnection:
    build_id: str
    process_id: int  # a connection does not survive a fork
    connection: duckdb.DuckDBPyConnection


class DuckDBWarehouse:
    def __init__(
        self,
        folder: Path,
        *,
        lake: LakeLocation | None = None,  # where bronze is read too, whose views lie on it
        memory_limit: str = "1GB",
        threads: int = 2,
    ) -> None:
        self.folder, self.lake = folder, lake
        self.config: dict[str, Any] = {"memory_limit": memory_limit, "threads": str(threads)}
        self._lock = threading.Lock()
        self._opened: _OpenConnection | None = None
        self._pin: Build | None = None

    def published(self) -> Build | None:
        return self._pin or published_build(self.folder)

    def pinned(self) -> "DuckDBWarehouse":
        """Return a reader of this build, whose file its open connection keeps readable."""
        pinned = copy.copy(self)
        pinned._pin = pinned.published()
        with contextlib.suppress(WarehouseError):  # the first query raises it again
            pinned._connection()
        return pinned

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        with self._result(sql, params) as result:
            names = [column[0].lower() for column in result.description or ()]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def arrow(self, sql: str, params: Sequence[object] = ()) -> "pa.Table":
        with self._result(sql, params) as result:
            table = result.to_arrow_table()
        return table.rename_columns([name.lower() for name in table.column_names])

    def close(self) -> None:
        self._opened = None

    @contextlib.contextmanager
    def _result(self, sql: str, params: Sequence[object]) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a statement's result; errors of reading it are the warehouse's too."""
        connection = self._connection()  # referenced until the query ended
        with contextlib.closing(connection.cursor()) as cursor:
            try:
                yield cursor.execute(sql, list(params))
            except duckdb.Error as error:
                kind = SchemaMismatch if isinstance(error, MISMATCH) else WarehouseError
                raise kind(f"{type(error).__name__}: {error}") from error

    def _connection(self) -> duckdb.DuckDBPyConnection:
        """Return a connection to the published build.

        A build may be deleted between CURRENT and open: then CURRENT has moved on by two.
        """
        while True:
            build = self.published()
            if build is None:
                raise NothingPublished("nothing was published yet: run `manage.py transform`")
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
                opened = self._opened = _OpenConnection(
                    build_id=build_id, process_id=os.getpid(), connection=self.connect(build_id)
                )
            return opened.connection

    def connect(self, build_id: str) -> duckdb.DuckDBPyConnection:
        """Open that build; a process opens a file twice with the same configuration only."""
        path = build_path(self.folder, build_id)
        # what exceeds the memory: DuckDB crashes where two processes share the default, `path.tmp`
        config = self.config | {"temp_directory": f"{path}.{gethostname()}-{os.getpid()}.tmp"}
        connection = duckdb.connect(str(path), read_only=True, config=config)
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        if self.lake:
            duckdb_s3.open_lake(connection, self.lake)
        return connection


class DuckDBBuilds:
    """Make builds below one folder, one at a time: the caller holds a lock."""

    target = "duckdb"

    def __init__(
        self,
        folder: Path,
        *,
        lake: LakeLocation,
        memory_limit: str = "3GB",
        threads: int = 2,  # models at once
        query_threads: int = 2,  # of DuckDB, for all of these
    ) -> None:
        self.folder, self.lake = folder, lake
        self.memory_limit = memory_limit
        self.threads, self.query_threads = threads, query_threads

    @property
    def reader(self) -> DuckDBWarehouse:
        """Return a reader like every other.

        DuckDB opens a file twice in a process only the same way.
        """
        return DuckDBWarehouse(self.folder)

    def begin(self, build_id: str, *, fresh: bool) -> Mapping[str, str]:  # noqa: ARG002
        """Prepare the work file, as a copy of what is published unless `fresh`.

        Returns the environment in which dbt finds it.
        """
        self.clean()
        work = self._work
        work.parent.mkdir(parents=True, exist_ok=True)
        before = published_build(self.folder)
        if before and not fresh:
            shutil.copyfile(build_path(self.folder, before.build_id), work)
        return self.environment(work)

    def environment(self, path: Path) -> Mapping[str, str]:
        """Return the environment in which dbt builds this lake into the database at `path`."""
        return {
            "DBT_DUCKDB_PATH": str(path),
            "DBT_DUCKDB_MEMORY": self.memory_limit,
            "DBT_THREADS": str(self.threads),
            "DBT_DUCKDB_THREADS": str(self.query_threads),
            "DBT_LAKE": self.lake.sql_path,
            **duckdb_s3.dbt_environment(self.lake, extensions=self.folder / "extensions"),
        }

    def publish(self, build_id: str, *, keep: int = BUILDS_KEPT) -> None:
        """Publish the build. A power cut at any point leaves this build or the one before."""
        work, path = self._work, build_path(self.folder, build_id)
        if work.with_name(work.name + ".wal").exists():
            raise WarehouseError(f"{work.name} was not closed: it still has a write-ahead log")
        path.parent.mkdir(parents=True, exist_ok=True)
        work.chmod(work.stat().st_mode & ~WRITE_BITS)
        _fsync(work)
        work.replace(path)
        _fsync(path.parent)
        _fsync(path.parent.parent)
        self._point_to(build_id)
        self._keep(build_id, keep)

    def available(self) -> list[str]:
        """Return the ids of the builds that can be published again, newest first."""
        folder = self.folder / "builds"
        return sorted((path.stem for path in folder.glob("*")), reverse=True)

    def restore(self, build_id: str) -> None:
        """Publish a kept build again. Raises WarehouseError where it is not kept."""
        if build_id not in self.available():
            raise WarehouseError(f"the build {build_id} is not kept")
        self._point_to(build_id)

    def _point_to(self, build_id: str) -> None:
        pointer = self.folder / f"{CURRENT}.{os.getpid()}"
        pointer.write_text(build_id + "\n")
        _fsync(pointer)
        pointer.replace(self.folder / CURRENT)
        self._link_to(build_id)
        _fsync(self.folder)

    def _link_to(self, build_id: str) -> None:
        """Link to the build under a fixed name; a file system without links goes without."""
        link = self.folder / f"{FILE}.{os.getpid()}"
        with contextlib.suppress(OSError):
            link.unlink(missing_ok=True)
            link.symlink_to(build_path(self.folder, build_id).relative_to(self.folder))
            link.replace(self.folder / FILE)

    def clean(self) -> None:
        """Remove what killed or red builds left."""
        shutil.rmtree(self.folder / "work", ignore_errors=True)

    @property
    def _work(self) -> Path:
        return self.folder / "work" / FILE

    def _keep(self, build_id: str, keep: int) -> None:
        others = [p for p in (self.folder / "builds").iterdir() if p.stem != build_id]
        for path in sorted(others, reverse=True)[keep - 1 :]:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:  # as they were named before
                path.unlink(missing_ok=True)
        _fsync(self.folder / "builds")  # what was erased since does not come back


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
