"""Several hosts with a DATA_DIR each, on one Postgres, Valkey and S3: they work as one install."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bench.harness.history_export import Export, write
from bench.harness.processes import free_port, start_valkey
from tests.engines.postgres import Postgres
from tests.engines.processes import beat, kill, lease_holder, shell, wait_until, worker
from tests.engines.s3 import SeaweedFS
from tests.engines.test_story import DAYS, HALF, ROOT, UNTIL, House, truth
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
        "SINK_MAX_RECORDS": "200",  # so that a drain takes a while
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


def landed(seaweed: SeaweedFS) -> Counter[str]:
    """Count each event of the simulated listeners in the lake."""
    return Counter(
        row["event_id"]
        for dataset in ("plays", "skips", "likes")
        for row in seaweed.rows(f"hosts/bronze/{dataset}/", "event_id", "user_id")
        if row["user_id"].startswith("sbx")
    )


def test_workers_and_beats_killed_in_mid_run_land_each_event_once(
    hosts: list[House], shared: dict[str, str], seaweed: SeaweedFS
) -> None:
    """The second worker goes on when the lock of the first has run out, a minute later."""
    one, other = hosts[:2]
    sent = one.simulate(days=DAYS // 2, until=HALF)["events"]
    with ExitStack() as stack:
        beats = [stack.enter_context(beat(host)) for host in (one, other)]
        first = stack.enter_context(worker(one, "ingest,now"))
        wait_until(lambda: bool(landed(seaweed)))
        kill(first)
        assert landed(seaweed).total() < sent
        leader = lease_holder(shared["REDIS_URL"])
        kill(next(process for process in beats if process.pid == leader))
        stack.enter_context(worker(other, "ingest,now"))
        sent += other.simulate(days=DAYS // 2, until=UNTIL)["events"]
        wait_until(lambda: len(landed(seaweed)) == sent)
        assert lease_holder(shared["REDIS_URL"]) != leader
    assert landed(seaweed).total() == sent
    assert one.manage("transform", "--json")["status"] == "published"
    query = "select user_id, release_track_id, plays from gold.user_releases where plays > 0"
    rows = [row for row in one.rows(query) if row["user_id"].startswith("sbx")]
    assert {(row["user_id"], row["release_track_id"]): row["plays"] for row in rows} == truth()
