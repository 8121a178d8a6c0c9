"""A real Postgres that asks for a password: each wrong value of DATABASE_URL has its cure."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError

from bench.harness.processes import free_port
from spotifyweb.monitoring import connection_hints
from tests.engines.certificates import Authority
from tests.engines.postgres import Postgres
from tests.engines.test_story import ROOT, House

pytestmark = pytest.mark.engines
SHARED = """
import threading
from django.db import connection, connections
from spotifyweb.accounts.models import Listener
counts = []
def work():
    for _ in range(5):
        Listener.objects.count()
        connections.close_all()
    counts.append(1)
threads = [threading.Thread(target=work) for _ in range(20)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
with connection.cursor() as cursor:
    cursor.execute("select count(*) from pg_stat_activity where usename = 'secured'")
    [held] = cursor.fetchone()
print(len(counts), held <= 4)
connection.close()
connection.close_pool()
"""

RESTARTED = """
import sys, threading, time
from django.db import connection, connections
from spotifyweb.accounts.models import Listener
together = threading.Barrier(4)
def work():
    Listener.objects.count()
    together.wait()
    connections.close_all()
threads = [threading.Thread(target=work) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(connection.pool.get_stats()["pool_size"], flush=True)
while connection.pool.get_stats()["pool_size"] > 1:
    time.sleep(1)
print("quiet", flush=True)
sys.stdin.readline()
began = time.monotonic()
Listener.objects.count()
print(time.monotonic() - began)
connections.close_all()
connection.close_pool()
"""


@pytest.fixture
def asking(postgres_server: Postgres) -> Iterator[dict[str, Any]]:
    """Where a user called `asked` has to give a password."""
    rules = postgres_server.data / "pg_hba.conf"
    before = rules.read_text()
    with psycopg.connect(postgres_server.url, autocommit=True) as house:
        house.execute("create role asked login password 'right'")
        rules.write_text(f"host all asked 127.0.0.1/32 scram-sha-256\n{before}")
        had_tls = _set_tls(house, "off")
        yield {
            "host": "127.0.0.1",
            "port": postgres_server.port,
            "user": "asked",
            "password": "right",
            "dbname": "postgres",
            "connect_timeout": 5,
        }
        rules.write_text(before)
        _set_tls(house, had_tls)
        house.execute("drop role asked")


def _set_tls(house: "psycopg.Connection[Any]", wanted: str) -> str:
    """Reload the rules, and TLS on or off; return which it was."""
    ((before,),) = house.execute("show ssl").fetchall()
    house.execute(f"alter system set ssl to {wanted}")
    house.execute("select pg_reload_conf()")
    while house.execute("show ssl").fetchall() != [(wanted,)]:
        time.sleep(0.05)
    return str(before)


def test_each_wrong_value_has_its_cure(asking: dict[str, Any]) -> None:
    with psycopg.connect(**asking) as well:
        assert well.execute("select 1").fetchone() == (1,)
    wrong = {
        "password": ("wrong-secret", "password in DATABASE_URL"),
        "user": ("nobody", "the user in DATABASE_URL"),
        "dbname": ("nowhere", "the name in DATABASE_URL"),
        "host": ("no-such-host.invalid", "the host in DATABASE_URL"),
        "port": (free_port(), "host and port in DATABASE_URL"),
        "sslmode": ("require", "speak TLS"),
    }
    for name, (value, cure) in wrong.items():
        with pytest.raises(psycopg.OperationalError) as caught:
            psycopg.connect(**asking | {name: value})
        told = f"{caught.value} -> {connection_hints.hint(OperationalError(str(caught.value)))}"
        print(told)  # noqa: T201 -- `-s` shows them
        assert cure in told and "wrong-secret" not in told


@pytest.fixture(scope="module")
def secured(postgres_server: Postgres, folder: Path) -> Iterator[dict[str, str]]:
    """The server with TLS, and addresses by what is wrong with them."""
    ours, another = (Authority(folder / "tls", name) for name in ("ours", "another"))
    both = ours.sign("postgres").read_bytes()
    for name in ("server.key", "server.crt"):
        file = postgres_server.data / name
        file.write_bytes(both)
        file.chmod(0o600)
        shutil.chown(file, postgres_server.data.owner(), postgres_server.data.group())
    rules = postgres_server.data / "pg_hba.conf"
    before = rules.read_text()
    with psycopg.connect(postgres_server.url, autocommit=True) as house:
        house.execute("create role secured login superuser password 'right'")
        house.execute("create database secured")
        rules.write_text(f"hostssl all secured 127.0.0.1/32 scram-sha-256\n{before}")
        _set_tls(house, "on")
    right = (
        f"postgres://secured:right@127.0.0.1:{postgres_server.port}/secured"
        f"?sslmode=verify-full&sslrootcert={ours.file}"
    )
    yield {
        "right": right,
        "sslrootcert in DATABASE_URL to": right.replace(str(ours.file), str(another.file)),
        "the path of a PEM file": right.replace(str(ours.file), "/nowhere.pem"),
        "the name that stands": right.replace("@127.0.0.1", "@localhost"),
        "user and password": right.replace(":right@", ":wrong-secret@"),
    }
    with psycopg.connect(postgres_server.url, autocommit=True) as house:
        house.execute("alter system reset ssl")
        rules.write_text(before)
        house.execute("select pg_reload_conf()")


def test_a_server_is_verified_and_a_wrong_value_told_at_the_start(
    secured: dict[str, str], tmp_path: Path
) -> None:
    """With a pool, which of itself says only that it has no connection."""
    for cure, url in secured.items():
        house = House(tmp_path, DATABASE_URL=url, DATABASE_POOL="4")
        done = {
            command: subprocess.run(
                [sys.executable, "manage.py", *command.split()],
                cwd=ROOT,
                env=house.environment,
                capture_output=True,
                text=True,
                check=False,
            )
            for command in ("prepare", "doctor --json")
        }
        [finding] = [
            each
            for each in json.loads(done["doctor --json"].stdout)["findings"]
            if each["name"] == "database"
        ]
        print(finding)  # noqa: T201 -- `-s` shows them
        assert "wrong-secret" not in str(done)
        if cure == "right":
            assert done["prepare"].returncode == 0, done["prepare"].stderr
            assert finding["state"] == "ok"
        else:
            assert cure in finding["cure"] and cure in done["prepare"].stderr
            assert "Traceback" not in done["prepare"].stderr


def test_requests_and_tasks_share_a_pool(secured: dict[str, str], tmp_path: Path) -> None:
    """Twenty threads, four connections; the advisory lock of `prepare` is given back."""
    house = House(tmp_path, DATABASE_URL=secured["right"], DATABASE_POOL="4")
    house.manage("prepare")
    assert house.shell(SHARED).split() == ["20", "True"]


def test_a_quiet_pool_goes_on_after_a_restart_of_the_server(
    postgres_server: Postgres, tmp_path: Path
) -> None:
    """Each connection that it closed costs a pause, so few may be left (fecfile-web-api 2208)."""
    house = House(tmp_path, DATABASE_URL=postgres_server.url, DATABASE_POOL="4")
    house.manage("prepare")
    with subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", RESTARTED],
        cwd=ROOT,
        env=house.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        assert [process.stdout.readline().strip() for _ in range(2)] == ["4", "quiet"]
        postgres_server.restart()
        answer, _ = process.communicate("\n")
    assert float(answer) < 4
