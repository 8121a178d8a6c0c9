"""`make run`: starts, says what is in the way, stops cleanly and leaves nobody behind."""

import os
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import requests

from bench.harness.instance import Instance
from bench.harness.processes import PATIENCE_SECONDS


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    instance = Instance(folder=tmp_path / "house")
    instance.folder.mkdir()
    yield instance
    if instance.process:
        instance.stop()


def ended(process: "subprocess.Popen[bytes]") -> int:
    return process.wait(timeout=PATIENCE_SECONDS)


def processes_of(instance: Instance) -> list[str]:
    """Command lines that still carry this house's ports or folder."""
    found = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True)
    marks = (f"--port {instance.web_port}", f"--port {instance.valkey_port}", str(instance.folder))
    return [line for line in found.stdout.splitlines() if any(mark in line for mark in marks)]


def gone(instance: Instance) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if not processes_of(instance):
            return True
        time.sleep(0.2)
    return False


@pytest.mark.slow
def test_it_starts_tells_a_second_start_and_stops_cleanly(instance: Instance) -> None:
    instance.start()
    others_on_this_machine_are_kept_out(instance)
    a_valkey_that_ends_politely_comes_back(instance)
    second = Instance(
        folder=instance.folder,
        web_port=instance.web_port,
        valkey_port=instance.valkey_port,
        sandbox_port=instance.sandbox_port,
    )
    assert ended(second.spawn()) == 1
    assert "already running" in instance.output()
    assert instance.url in instance.output()
    assert instance.stop() == 0
    assert gone(instance), processes_of(instance)


def others_on_this_machine_are_kept_out(instance: Instance) -> None:
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=instance.valkey_port).ping()
    with redis.Redis.from_url(instance.redis_url) as own:
        assert own.ping()
    secret = instance.folder / "valkey" / "valkey.conf"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    (password,) = secret.read_text().split()[1:]
    shown = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True, check=True)
    assert password.strip('"') not in shown.stdout


def a_valkey_that_ends_politely_comes_back(instance: Instance) -> None:
    """Asked to end it exits with 0, which is no reason to stay away."""

    def process_id() -> int:
        try:
            with redis.Redis.from_url(instance.redis_url) as own:
                return int(own.info("server")["process_id"])
        except redis.ConnectionError:
            return 0

    before, deadline = process_id(), time.monotonic() + PATIENCE_SECONDS
    os.kill(before, signal.SIGTERM)
    while process_id() in (0, before):
        assert time.monotonic() < deadline, "it stayed away"
        time.sleep(0.1)
    assert requests.get(f"{instance.url}/health", timeout=PATIENCE_SECONDS).status_code == 200


def test_a_port_that_is_taken_is_named_with_its_setting(instance: Instance) -> None:
    with socket.create_server(("127.0.0.1", instance.web_port)):
        assert ended(instance.spawn()) == 1
    said = " ".join(instance.output().split())
    assert f"Port {instance.web_port} (WEB_PORT) is taken" in said
    assert f"WEB_PORT={instance.web_port + 1} make run" in said


def test_a_site_below_a_path_is_refused_in_words(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.harness.instance.OURS", ())  # it gets our environment's SITE_URL
    monkeypatch.setenv("SITE_URL", f"{instance.url}/liner")
    monkeypatch.setenv("REDIS_URL", "")
    assert ended(instance.spawn()) == 1
    said = " ".join(instance.output().split())
    assert "this site cannot be served below a path" in said and f"Write {instance.url}" in said


@pytest.mark.slow
@pytest.mark.faults
def test_a_supervisor_that_is_killed_leaves_no_orphans(instance: Instance) -> None:
    instance.start()
    assert instance.process is not None
    os.kill(instance.process.pid, signal.SIGKILL)
    ended(instance.process)
    instance.process = None
    assert gone(instance), processes_of(instance)
