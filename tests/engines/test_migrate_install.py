"""An embedded install moves to a company's engines and back: gold is equal, whatever is killed."""

import contextlib
import json
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from psycopg import sql

from bench.harness.kafka import Kafka
from bench.harness.processes import PATIENCE_SECONDS, free_port, start_valkey
from ingestion.transfer import process
from spotifyweb.sandbox.listeners import habits
from spotifyweb.sandbox.listeners.people import person
from spotifyweb.warehouse.duckdb import build_path
from tests.engines.postgres import Postgres
from tests.engines.s3 import SeaweedFS
from tests.engines.test_story import ROOT, UNTIL
from tests.support.machine import SECRETS

pytestmark = pytest.mark.engines

SEED, DAYS_THERE = 5, 3
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
KILLED_AT = (
    "draining the event log", "building gold", "saving the rows", "database", "lake", "warehouse",
    "event log …", "gold is compared",
)  # fmt: skip


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
        assert running.returncode == code, f"{command}: {errors[-3000:]}"
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


def truth(users: int, *windows: tuple[Any, int]) -> Counter[tuple[str, str]]:
    """Plays by listener and track or episode, straight from the generator."""
    found: Counter[tuple[str, str]] = Counter()
    for number in range(users):
        someone = person(number)
        for until, days in windows:
            music, spoken = habits.history(someone, until - timedelta(days=days), until, seed=SEED)
            found.update((someone.account_id, p.track.track_id) for p in music if p.is_play)
            found.update((someone.account_id, p.episode.episode_id) for p in spoken if p.is_play)
    return found


@pytest.fixture(scope="module")
def redis_url(folder: Path) -> Iterator[str]:
    (folder / "company-valkey").mkdir()
    port = free_port()
    valkey = start_valkey(folder / "company-valkey", port)
    yield f"redis://127.0.0.1:{port}"
    valkey.kill()
    valkey.wait()


@pytest.fixture
def company(
    folder: Path,
    tmp_path: Path,
    postgres_server: Postgres,
    kafka_broker: Kafka,
    seaweed: SeaweedFS,
    redis_url: str,
    request: pytest.FixtureRequest,
) -> Install:
    """Real engines, empty: a database, a prefix of the bucket, topics of its own."""
    name = f"company{abs(hash(request.node.name)) % 10**6}"
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    settings = {
        "DATABASE_URL": postgres_server.url.removesuffix("postgres") + name,
        "REDIS_URL": f"{redis_url}/{len(request.node.name) % 16}",
        "EVENT_LOG_URL": f"kafka://{kafka_broker.bootstrap}",
        "EVENT_LOG_TOPIC_PREFIX": f"{name}.",
        "LAKE_URL": f"s3://lake/{name}",
        **seaweed.environment,
    }
    return Install(tmp_path / "company", settings)


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
    pages = client.get_paginator("list_objects_v2").paginate(Bucket="lake", Prefix=prefix)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    return {
        key.removeprefix(prefix): sha256(
            client.get_object(Bucket="lake", Key=key)["Body"].read()
        ).hexdigest()
        for key in keys
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


def kill_at(line: str, running: "subprocess.Popen[str]", *, after: float) -> None:
    """Kill the command some seconds after it writes the line."""
    assert running.stderr is not None and running.stdout is not None
    seen: list[str] = []
    with running, running.stderr as errors, running.stdout:
        for written in errors:
            seen.append(written)
            if written.startswith(line):
                time.sleep(after)
                running.kill()
                return
    raise AssertionError(f"it ended before {line!r}: {''.join(seen)[-3000:]}")


def wait_until_free(port: int) -> None:
    """Wait for the watchdog, which ends what a killed command has started."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.2)


def test_a_move_that_is_killed_in_each_step_ends_with_equal_gold(
    company: Install, tmp_path: Path
) -> None:
    embedded = Install(tmp_path / "embedded")
    embedded.invent(users=2, days=8)
    dry = json.loads(
        embedded.manage("migrate_install", "--to", str(company.file), "--dry-run", "--json")
    )
    assert dry["finished"] == [] and dry["records"] > 500
    for line in KILLED_AT:
        running = embedded.spawn("migrate_install", "--to", str(company.file))
        kill_at(line, running, after=0.3)
        wait_until_free(embedded.port)
    moved = embedded.move_to(company)
    assert moved["copied"] <= moved["objects"]
    assert company.plays() == truth(2, (UNTIL, 8))
    refusal = embedded.manage("migrate_install", "--to", str(company.file), code=1)
    assert "the move ended at" in refusal
    assert not (tmp_path / "embedded" / "transfer").exists()


def test_another_key_is_refused_before_anything_is_written(
    company: Install, tmp_path: Path
) -> None:
    embedded = Install(tmp_path / "embedded")
    embedded.invent(users=1, days=1)
    company.settings["SECRET_KEY"] = "another"
    refusal = embedded.manage("migrate_install", "--to", str(company.file), code=1)
    assert "SECRET_KEY: the target lacks keys of the source" in refusal


def test_gold_on_the_double_of_snowflake_is_equal(
    company: Install, fake_snowflake: str, tmp_path: Path
) -> None:
    """Its sums are of other types, and its times have another form."""
    company.settings["WAREHOUSE_URL"] = fake_snowflake.replace("/house?", "/moved?")
    embedded = Install(tmp_path / "embedded")
    embedded.invent(users=2, days=4)
    moved = embedded.move_to(company)
    assert "moved" in moved["target"]["WAREHOUSE_URL"]
    assert company.plays() == truth(2, (UNTIL, 4))


def test_an_install_of_a_company_comes_to_one_machine(company: Install, tmp_path: Path) -> None:
    back = Install(tmp_path / "back")
    company.invent(users=2, days=8)
    company.move_to(back)
    assert objects_on_disk(back)
    assert back.plays() == truth(2, (UNTIL, 8))


@pytest.mark.parametrize(("users", "days"), [(10, 180)])
def test_a_hundred_thousand_plays_move_there_and_back(
    users: int, days: int, company: Install, seaweed: SeaweedFS, tmp_path: Path
) -> None:
    """Three days are heard there in between. Digests are checked by what the engines say."""
    embedded, back = Install(tmp_path / "embedded"), Install(tmp_path / "back")
    embedded.invent(users=users, days=days)
    embedded.move_to(company)
    assert company.plays() == truth(users, (UNTIL, days))
    assert company.plays().total() >= 100_000
    later = UNTIL + timedelta(days=DAYS_THERE)
    assert rows_in_postgres(company) == rows_in_sqlite(embedded)
    assert objects_on_s3(company, seaweed) == objects_on_disk(embedded)
    assert not different_rows(embedded, company)
    company.invent(users=users, days=DAYS_THERE, until=later)
    company.move_to(back)
    assert not different_rows(company, back)
    assert back.plays() == truth(users, (UNTIL, days), (later, DAYS_THERE))
