"""An install by its settings file, and what its engines say that it holds."""

import contextlib
import json
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import psycopg
from psycopg import sql

from bench.harness.processes import free_port
from ingestion.transfer import process
from spotifyweb.warehouse.duckdb import build_path
from tests.engines.s3 import SeaweedFS
from tests.engines.test_story import ROOT, UNTIL
from tests.support.machine import SECRETS

SEED = 5
OWN_TABLES = {"ingestion_run", "django_migrations"}  # runs of the target's build, its migrations
INVENT = """
import io
from django.core.management import call_command
from spotifyweb.devserver import environment
with environment.stopped_install():
    call_command("prepare", verbosity=0)
    call_command("simulate", users={users}, days={days}, seed={seed}, until="{until}",
                 json=True, stdout=io.StringIO())
"""


@dataclass
class Install:
    """An install by its settings file, as an operator has it."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        path = self.folder.with_suffix(".env")
        values = SECRETS | {
            "DATA_DIR": str(self.folder),
            "VALKEY_PORT": str(self.port),
            "WHITENOISE_USE_FINDERS": "1",
            **self.settings,
        }
        path.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        return path

    def __post_init__(self) -> None:
        self.port = free_port()

    def spawn(self, *command: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=process.environment(self.file),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def manage(self, *command: str, code: int = 0) -> str:
        running = self.spawn(*command)
        answer, errors = running.communicate(timeout=1500)
        assert running.returncode == code, f"{command}: {errors[-3000:]}{answer[-3000:]}"
        return answer if code == 0 else errors

    def invent(self, *, users: int, days: int, until: Any = UNTIL) -> None:
        values = {"users": users, "days": days, "seed": SEED, "until": until.isoformat()}
        self.manage("shell", "-v0", "-c", INVENT.format(**values))

    def move_to(self, target: "Install") -> dict[str, Any]:
        moved: dict[str, Any] = json.loads(
            self.manage("migrate_install", "--to", str(target.file), "--json")
        )
        assert moved["is_equal"]
        return moved

    def plays(self) -> Counter[tuple[str, str]]:
        query = "select user_id, release_track_id, plays from gold.user_releases where plays > 0"
        code = f"import json; print(json.dumps(clients.warehouse().rows({query!r})))"
        answer = self.manage("shell", "-v0", "-c", f"from spotifyweb import clients; {code}")
        rows = json.loads(answer.splitlines()[-1])
        return Counter({(r["user_id"], r["release_track_id"]): int(r["plays"]) for r in rows})


def rows_in_sqlite(install: Install) -> dict[str, int]:
    """Count the rows of each table but those that the move itself adds to, at the target."""
    with contextlib.closing(sqlite3.connect(install.folder / "db.sqlite3")) as database:
        names = database.execute("select name from sqlite_master where type = 'table'").fetchall()
        counted = {name for (name,) in names if name not in OWN_TABLES and "sqlite" not in name}
        return {
            name: database.execute(f'select count(*) from "{name}"').fetchone()[0]
            for name in counted
        }


def rows_in_postgres(install: Install) -> dict[str, int]:
    with psycopg.connect(install.settings["DATABASE_URL"]) as database:
        names = database.execute("select tablename from pg_tables where schemaname = 'public'")
        found = {}
        for (name,) in names.fetchall():
            query = sql.SQL("select count(*) from {}").format(sql.Identifier(name))
            row = database.execute(query).fetchone()
            assert row is not None
            found[name] = row[0]
    return {name: count for name, count in found.items() if name not in OWN_TABLES}


def objects_on_disk(install: Install) -> dict[str, str]:
    lake = install.folder / "lake"
    paths = [path for path in lake.rglob("*") if path.is_file() and ".drafts" not in path.parts]
    return {str(p.relative_to(lake)): sha256(p.read_bytes()).hexdigest() for p in paths}


def objects_on_s3(install: Install, seaweed: SeaweedFS) -> dict[str, str]:
    """Read all objects but the one that says how far the move has come."""
    prefix, client = install.settings["LAKE_URL"].removeprefix("s3://lake/") + "/", seaweed.client()
    return {
        key.removeprefix(prefix): sha256(
            client.get_object(Bucket="lake", Key=key)["Body"].read()
        ).hexdigest()
        for key in seaweed.keys(prefix)
        if "/transfer/" not in key
    }


def different_rows(one: Install, other: Install) -> dict[str, int]:
    """Count by DuckDB alone the rows of gold that one build has and the other has not."""
    with duckdb.connect() as database:
        for name, install in (("one", one), ("other", other)):
            folder = install.folder / "warehouse"
            path = build_path(folder, (folder / "CURRENT").read_text().strip())
            database.execute(f"attach '{path}' as {name} (read_only)")
        tables = database.execute(
            "select table_name from duckdb_tables()"
            " where database_name = 'one' and schema_name = 'gold' and table_name <> 'build_info'"
        ).fetchall()
        found: dict[str, int] = {}
        for (name,) in tables:
            columns = database.execute(
                "select column_name, data_type from duckdb_columns() where database_name = 'one'"
                f" and schema_name = 'gold' and table_name = '{name}' order by 1"
            ).fetchall()
            chosen = ", ".join(  # floats are summed in another order by each build
                f"printf('%.9g', {column})" if kind == "DOUBLE" else column
                for column, kind in columns
            )
            sides = [f"select {chosen} from {side}.gold.{name}" for side in ("one", "other")]
            for less, more in (sides, sides[::-1]):
                query = f"select count(*) from ({less} except all {more})"
                [(count,)] = database.execute(query).fetchall()
                found[name] = found.get(name, 0) + count
        assert len(found) > 30
        return {name: count for name, count in found.items() if count}
