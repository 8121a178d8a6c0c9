"""A lake on S3 for DuckDB: the extension is that of a wheel, so nothing is downloaded."""

import contextlib
import sys
from pathlib import Path

import duckdb
import duckdb_extension_httpfs

from spotifyweb.warehouse.base import LakeLocation


def dbt_environment(lake: LakeLocation, *, extensions: Path) -> dict[str, str]:
    """Return the environment in which dbt reads the lake; none is needed for one on disk."""
    if not _is_s3(lake):
        return {}
    return {
        "DBT_DUCKDB_EXTENSIONS": "['httpfs']",
        "DBT_DUCKDB_EXTENSION_DIRECTORY": str(_link_extension(extensions)),
        "DBT_DUCKDB_SECRETS": repr([lake.secret()]),
    }


def open_lake(connection: duckdb.DuckDBPyConnection, lake: LakeLocation) -> None:
    """Let this database read the lake, as the views of bronze do, while it is open."""
    if _is_s3(lake):
        fields = (f"{name} {_literal(value)}" for name, value in lake.secret().items())
        connection.load_extension(str(_extension_file()))
        connection.execute(f"create or replace temporary secret lake ({', '.join(fields)})")


def _is_s3(lake: LakeLocation) -> bool:
    return lake.path.startswith("s3://")


def _literal(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _extension_file() -> Path:
    """Return the extension's file in its wheel."""
    wheel = Path(duckdb_extension_httpfs.__file__).parent / "extensions"
    (file,) = wheel.glob("*/httpfs.duckdb_extension")
    return file


def _link_extension(home: Path) -> Path:
    """Return the folder, laid out as DuckDB looks for extensions, linked to the wheel's file."""
    file = _extension_file()
    link = home / file.parent.name / _platform() / file.name
    link.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        link.symlink_to(file)
    return home


def _platform() -> str:
    """Return DuckDB's own name of this platform."""
    row = duckdb.connect().execute("pragma platform").fetchone()
    return str(row[0]) if row else sys.platform
