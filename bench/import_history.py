"""`import`: an export of 430,000 rows, from Spotify's zip to the numbers on the first page.

Everything runs as a person would run it: the commands in processes of their own, a Valkey, a lake
and a warehouse in a new folder. Making the export and the empty database is not counted.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.harness.history_export import Export, write
from bench.harness.processes import free_port, start_valkey

ROWS = 430_000
GOAL_SECONDS = 35
GOAL_MB = 350
ROOT = Path(__file__).resolve().parent.parent
PAGE = """
import django; django.setup()
from django.test import Client
from spotifyweb.accounts.models import Listener
client = Client(headers={"host": "127.0.0.1"})
client.force_login(Listener.objects.get(user_id="bench"))
page = client.get("/")
assert page.status_code == 200, page.status_code
print(page.content.decode())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One process: what it printed, how long it took and worked, how large it grew."""

    name: str
    printed: str
    seconds: float
    cpu_seconds: float
    peak_mb: float


def measure() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        archive = write(Path(folder) / "my_spotify_data.zip", Export(count=ROWS).rows())
        baseline = _json_alone(archive)
        with _environment(Path(folder)) as environment:
            _step("prepare", ["manage.py", "migrate", "-v0"], environment)
            command = ["manage.py", "import_history", str(archive), "--user", "bench", "--json"]
            steps = [
                _step("import", command, environment),
                _step("consume", ["manage.py", "consume", "--json"], environment),
                _step("transform", ["manage.py", "transform", "--json"], environment),
                _step("page", ["-c", PAGE], environment),
            ]
    _expect(steps)
    yield _seconds(steps, baseline)
    yield _memory(steps)


def _seconds(steps: list[Step], baseline: float) -> dict[str, Any]:
    total = sum(step.seconds for step in steps)
    return {
        "bench": "import",
        "value": round(total, 1),
        "unit": f"s from zip to page, {ROWS:,} rows",
        "baseline": "json.load of the same files alone",
        "ratio": round(total / baseline, 1),
        "goal": f"under {GOAL_SECONDS} s",
        "holds": total < GOAL_SECONDS,
        "steps": {step.name: round(step.seconds, 1) for step in steps},
        "cpu": {step.name: round(step.cpu_seconds, 1) for step in steps},  # on a busy machine
    }


def _memory(steps: list[Step]) -> dict[str, Any]:
    peak = max(step.peak_mb for step in steps)
    return {
        "bench": "import",
        "value": round(peak),
        "unit": "MB resident, the largest process",
        "baseline": "the goal",
        "ratio": round(peak / GOAL_MB, 2),
        "goal": f"under {GOAL_MB} MB",
        "holds": peak < GOAL_MB,
        "steps": {step.name: round(step.peak_mb) for step in steps},
    }


def _expect(steps: list[Step]) -> None:
    """Check the numbers: a fast import of wrong ones is no import."""
    imported, _, built, page = (step.printed for step in steps)
    outcomes = json.loads(imported)["outcomes"]
    assert sum(outcomes.values()) == ROWS, outcomes
    assert json.loads(built)["status"] == "published", built
    assert f"{outcomes['plays']:,}" in page, "the page does not show the plays"


def _json_alone(archive: Path) -> float:
    began = time.perf_counter()
    with zipfile.ZipFile(archive) as files:
        for name in files.namelist():
            if name.endswith(".json"):
                json.loads(files.read(name))
    return time.perf_counter() - began


@contextlib.contextmanager
def _environment(folder: Path) -> Iterator[dict[str, str]]:
    port, data = free_port(), folder / "data"
    (data / "valkey").mkdir(parents=True)
    valkey = start_valkey(data / "valkey", port)
    environment = dict(os.environ)
    for name in ("EVENT_LOG_URL", "LAKE_URL", "WAREHOUSE_URL", "DATABASE_URL"):
        environment.pop(name, None)
    try:
        yield environment | {
            "DATA_DIR": str(data),
            "REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "DJANGO_SETTINGS_MODULE": "spotifyweb.settings",
            "WHITENOISE_USE_FINDERS": "1",
            "DEBUG": "1",
        }
    finally:
        valkey.kill()
        valkey.wait()


def _step(name: str, arguments: list[str], environment: dict[str, str]) -> Step:
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{name} ended with {process.returncode}: {printed[-500:]}")
    seconds = time.perf_counter() - began
    return Step(
        name=name,
        printed=printed,
        seconds=seconds,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_mb=usage.ru_maxrss / 1024,
    )
