"""How a build comes to be on this machine: a work file nobody else opens, then a new name.

work/liner.duckdb ──tests green──▶ builds/<build id>/liner.duckdb, then CURRENT names it

A build that was killed leaves a work file, which the next one removes; what is published is never
written to. Two builds are kept, so that a reader who has just read CURRENT finds its file.
"""

import contextlib
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb_extension_httpfs

from spotifyweb.warehouse import WarehouseError, duckdb
from spotifyweb.warehouse.building import LakePlace

KEPT = 2


class DuckDBBuilds:
    """The builds below one folder. One build at a time: the caller holds a lock."""

    target = "duckdb"

    def __init__(
        self, folder: Path, *, lake: LakePlace, memory_limit: str = "3GB", threads: int = 2
    ) -> None:
        self.folder = folder
        self.lake = lake
        self.memory_limit = memory_limit
        self.threads = threads

    @property
    def reader(self) -> duckdb.DuckDBWarehouse:
        """Like every other reader: DuckDB opens a file twice in a process only in the same way."""
        return duckdb.DuckDBWarehouse(self.folder)

    def begin(self, build_id: str, *, fresh: bool) -> Mapping[str, str]:  # noqa: ARG002
        """Prepare the work file, as a copy of what is published unless `fresh`.

        Returns the environment in which dbt finds it.
        """
        self.clean()
        work = self._work
        work.parent.mkdir(parents=True, exist_ok=True)
        before = duckdb.published(self.folder)
        if before and not fresh:
            shutil.copyfile(duckdb.build_path(self.folder, before.build_id), work)
        return {
            "DBT_DUCKDB_PATH": str(work),
            "DBT_DUCKDB_MEMORY": self.memory_limit,
            "DBT_THREADS": str(self.threads),
            "DBT_LAKE": self.lake.path,
            **self._s3(),
        }

    def publish(self, build_id: str, *, keep: int = KEPT) -> None:
        """Make the build the current one. Safe against a loss of power at any point."""
        work, path = self._work, duckdb.build_path(self.folder, build_id)
        if work.with_name(work.name + ".wal").exists():
            raise WarehouseError(f"{work.name} was not closed: a write-ahead log is left")
        path.parent.mkdir(parents=True, exist_ok=True)
        _sync(work)
        work.replace(path)
        _sync(path.parent)
        _sync(path.parent.parent)
        pointer = self.folder / f"{duckdb.CURRENT}.{os.getpid()}"
        pointer.write_text(build_id + "\n")
        _sync(pointer)
        pointer.replace(self.folder / duckdb.CURRENT)
        _sync(self.folder)
        self._keep(build_id, keep)

    def clean(self) -> None:
        """Remove what killed or red builds left."""
        shutil.rmtree(self.folder / "work", ignore_errors=True)

    @property
    def _work(self) -> Path:
        return self.folder / "work" / duckdb.FILE

    def _keep(self, build_id: str, keep: int) -> None:
        others = [p for p in (self.folder / "builds").iterdir() if p.stem != build_id]
        for path in sorted(others, reverse=True)[keep - 1 :]:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:  # as they were named before
                path.unlink(missing_ok=True)

    def _s3(self) -> dict[str, str]:
        """DuckDB reads S3 with the extension of the wheel: nothing is downloaded."""
        if not self.lake.path.startswith("s3://"):
            return {}
        return {
            "DBT_DUCKDB_EXTENSIONS": "['httpfs']",
            "DBT_DUCKDB_EXTENSION_DIRECTORY": str(self._extensions()),
            "DBT_DUCKDB_SECRETS": repr([self.lake.secret()]),
        }

    def _extensions(self) -> Path:
        """A folder laid out as DuckDB looks for extensions, linked to the wheel's file."""
        wheel = Path(duckdb_extension_httpfs.__file__).parent / "extensions"
        (packed,) = wheel.glob("*/httpfs.duckdb_extension")
        home = self.folder / "extensions"
        link = home / packed.parent.name / _platform() / packed.name
        link.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            link.symlink_to(packed)
        return home


def _platform() -> str:
    """DuckDB's own name of this platform."""
    import duckdb as engine

    row = engine.connect().execute("pragma platform").fetchone()
    return str(row[0]) if row else sys.platform


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
