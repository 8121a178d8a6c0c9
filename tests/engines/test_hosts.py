"""Two hosts with a DATA_DIR each, on one Postgres, Valkey and S3: they work as one install."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bench.harness.history_export import Export, write
from bench.harness.processes import free_port, start_valkey
from tests.engines.postgres import Postgres
from tests.engines.s3 import SeaweedFS
from tests.engines.test_story import ROOT, House
from tests.support.machine import SECRETS

pytestmark = pytest.mark.engines

OTHERS = {
    "SECRET_KEY": "another",
    "TOKEN_KEYS": "YW5vdGhlciBrZXkgb24gdGhlIG90aGVyIGhvc3Qgbm8=",
}
UPLOAD = """
from django.core.files.uploadedfile import SimpleUploadedFile
from ingestion.history_import import uploads
from ingestion.tasks import import_history
from spotifyweb.accounts.models import Listener
file = SimpleUploadedFile("my_spotify_data.zip", open({path!r}, "rb").read())
history = uploads.receive([file], listener=Listener.objects.local("alice"))
import_history.delay(import_pk=history.pk)
"""
OUTCOMES = """
import json, time
from ingestion.models import HistoryImport
deadline = time.monotonic() + 90
while time.monotonic() < deadline:
    found = list(HistoryImport.objects.order_by("pk").values_list("status", "outcomes", "error"))
    if all(status in ("done", "failed") for status, _, _ in found):
        break
    time.sleep(0.3)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def shared(folder: Path, seaweed: SeaweedFS, postgres_server: Postgres) -> Iterator[dict[str, str]]:
    """The environment that all hosts have in common."""
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute("create database hosts")
    port = free_port()
    (folder / "hosts-valkey").mkdir()
    valkey = start_valkey(folder / "hosts-valkey", port)
    redis_url = f"redis://127.0.0.1:{port}/0"
    yield {
        "DATABASE_URL": postgres_server.url.removesuffix("postgres") + "hosts",
        "REDIS_URL": redis_url,
        "EVENT_LOG_URL": redis_url,
        "LAKE_URL": "s3://lake/hosts",
        **seaweed.environment,
    }
    valkey.kill()
    valkey.wait()


@pytest.fixture(scope="module")
def hosts(folder: Path, shared: dict[str, str]) -> list[House]:
    """Three hosts that were all prepared at once."""
    found = [House(folder / f"host {number}", **shared) for number in range(3)]
    running = [
        subprocess.Popen([sys.executable, "manage.py", "prepare"], cwd=ROOT, env=host.environment)
        for host in found
    ]
    assert [process.wait(timeout=180) for process in running] == [0, 0, 0]
    return found


@contextmanager
def worker(host: House, queues: str) -> Iterator[None]:
    command = ["celery", "-q", "-A", "spotifyweb", "worker", "-Q", queues, "--pool", "threads"]
    process = subprocess.Popen(
        [sys.executable, "-m", *command, "-n", f"{queues}@%h", "--loglevel", "WARNING"],
        cwd=ROOT,
        env=host.environment,
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


def shell(host: House, code: str) -> str:
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
    done = subprocess.run(
        command, cwd=ROOT, env=host.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("setting", OTHERS)
def test_a_host_with_another_key_does_not_start(
    setting: str, hosts: list[House], tmp_path: Path
) -> None:
    environment = hosts[0].environment | {"DATA_DIR": str(tmp_path), setting: OTHERS[setting]}
    celery = ["-m", "celery", "-q", "-A", "spotifyweb"]
    for command in (
        ["manage.py", "prepare"],
        ["-m", "uvicorn", "spotifyweb.asgi:application", "--port", str(free_port())],
        [*celery, "worker", "-Q", "now", "--pool", "solo"],
        [*celery, "beat", "--pidfile", ""],
    ):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode != 0, command
        assert f"{setting} " in done.stderr and "copy it from a host that runs" in done.stderr


def test_a_host_without_keys_makes_none(hosts: list[House], tmp_path: Path) -> None:
    environment = {k: v for k, v in hosts[0].environment.items() if k not in SECRETS}
    command = [sys.executable, "manage.py", "prepare"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment | {"DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "SECRET_KEY is not set" in done.stderr
    assert not list(tmp_path.glob("keys.env"))


def test_an_upload_on_one_host_is_imported_on_another(hosts: list[House], tmp_path: Path) -> None:
    """Twice, on two workers: the second remembers what the first imported."""
    archive = write(tmp_path / "a.zip", Export(count=400, seed=2).rows())
    web, *workers = hosts
    outcomes: list[Any] = []
    for host in workers:
        shell(web, UPLOAD.format(path=os.fspath(archive)))
        with worker(host, "import"):
            outcomes = json.loads(shell(web, OUTCOMES))
    [(_, first, _), (_, second, _)] = outcomes
    assert [status for status, _, _ in outcomes] == ["done", "done"], outcomes
    assert first["plays"] > 100 and sum(first.values()) == sum(second.values()) == 400
    assert second.get("plays", 0) == second.get("skips", 0) == 0
    folders = [Path(host.environment["DATA_DIR"], "uploads") for host in hosts]
    assert not [path for place in folders for path in place.iterdir()]
