"""`make run-full`: a play goes through every process of the profile, and Ctrl-C ends them all."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from bench.harness import kafka
from bench.harness.instance import OURS, ROOT, Instance
from bench.harness.processes import PATIENCE_SECONDS
from bench.harness.sandbox_client import MIRA
from tests.engines import postgres
from tests.faults.players import log_in

pytestmark = pytest.mark.engines


@pytest.fixture
def full_set(tmp_path: Path) -> Iterator[Instance]:
    """Return the full set in the form of an instance, whose processes are others."""
    if lacking := kafka.missing_tools() or ("" if postgres.binaries() else "postgresql"):
        pytest.skip(f"no full set on this machine: it lacks {lacking}")
    found = Instance(folder=tmp_path / "unused")
    ports = {"WEB_PORT": str(found.web_port), "SANDBOX_PORT": str(found.sandbox_port)}
    left = (*OURS, "WHITENOISE_USE_FINDERS")
    kept = {name: value for name, value in os.environ.items() if name not in left}
    command = [sys.executable, "-m", "tests.deploy.full"]
    with found.log.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=kept | ports, stdout=log, stderr=log)
    try:
        wait_until(lambda: answers(found), "the web does not answer", found)
        yield found
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=PATIENCE_SECONDS)
    assert code == 0, found.output()[-3000:]


def test_a_play_goes_all_the_way_to_the_published_build(full_set: Instance) -> None:
    cookies = {"sessionid": log_in(full_set, MIRA)}

    def get(path: str) -> requests.Response:
        return requests.get(full_set.url + path, cookies=cookies, timeout=PATIENCE_SECONDS)

    def is_published() -> bool:
        answer = get("/api/v1/stats/overview")
        return answer.ok and answer.json()["totals"]["plays"] > 0

    wait_until(is_published, "no build has the listener's plays", full_set)
    healthy = "beat, workers and engines are not all well"
    wait_until(lambda: get("/health").json()["status"] == "healthy", healthy, full_set)


def answers(full_set: Instance) -> bool:
    try:
        return requests.get(f"{full_set.url}/ready", timeout=5).ok
    except requests.RequestException:
        return False


def wait_until(is_so: Callable[[], bool], what: str, full_set: Instance) -> None:
    deadline = time.monotonic() + 2 * PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"{what}: {full_set.output()[-3000:]}"
        time.sleep(0.5)
