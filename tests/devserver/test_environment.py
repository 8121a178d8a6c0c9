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

from tests.house import House
from tests.machine import PATIENCE_SECONDS


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(folder=tmp_path / "house")
    house.folder.mkdir()
    yield house
    if house.process:
        house.stop()


def ended(process: "subprocess.Popen[bytes]") -> int:
    return process.wait(timeout=PATIENCE_SECONDS)


def processes_of(house: House) -> list[str]:
    """Command lines that still carry this house's ports or folder."""
    found = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True)
    marks = (f"--port {house.web_port}", f"--port {house.valkey_port}", str(house.folder))
    return [line for line in found.stdout.splitlines() if any(mark in line for mark in marks)]


def gone(house: House) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if not processes_of(house):
            return True
        time.sleep(0.2)
    return False


def test_it_starts_tells_a_second_start_and_stops_cleanly(house: House) -> None:
    house.start()
    others_on_this_machine_are_kept_out(house)
    a_valkey_that_ends_politely_comes_back(house)
    second = House(
        folder=house.folder,
        web_port=house.web_port,
        valkey_port=house.valkey_port,
        sandbox_port=house.sandbox_port,
    )
    assert ended(second.spawn()) == 1
    assert "already running" in house.said()
    assert house.url in house.said()
    assert house.stop() == 0
    assert gone(house), processes_of(house)


def others_on_this_machine_are_kept_out(house: House) -> None:
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=house.valkey_port).ping()
    with redis.Redis.from_url(house.redis_url) as own:
        assert own.ping()
    secret = house.folder / "valkey" / "valkey.conf"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    (password,) = secret.read_text().split()[1:]
    shown = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True, check=True)
    assert password.strip('"') not in shown.stdout


def a_valkey_that_ends_politely_comes_back(house: House) -> None:
    """Asked to end it exits with 0, which is no reason to stay away."""

    def process_id() -> int:
        try:
            with redis.Redis.from_url(house.redis_url) as own:
                return int(own.info("server")["process_id"])
        except redis.ConnectionError:
            return 0

    before, deadline = process_id(), time.monotonic() + PATIENCE_SECONDS
    os.kill(before, signal.SIGTERM)
    while process_id() in (0, before):
        assert time.monotonic() < deadline, "it stayed away"
        time.sleep(0.1)
    assert requests.get(f"{house.url}/health", timeout=PATIENCE_SECONDS).status_code == 200


def test_a_port_that_is_taken_is_named_with_its_setting(house: House) -> None:
    with socket.create_server(("127.0.0.1", house.web_port)):
        assert ended(house.spawn()) == 1
    said = " ".join(house.said().split())
    assert f"Port {house.web_port} (WEB_PORT) is taken" in said
    assert f"WEB_PORT={house.web_port + 1} make run" in said


def test_a_site_below_a_path_is_refused_in_words(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.house.OURS", ())  # it gets our environment's SITE_URL
    monkeypatch.setenv("SITE_URL", f"{house.url}/liner")
    monkeypatch.setenv("REDIS_URL", "")
    assert ended(house.spawn()) == 1
    said = " ".join(house.said().split())
    assert "this site cannot be served below a path" in said and f"Write {house.url}" in said


@pytest.mark.faults
def test_a_supervisor_that_is_killed_leaves_no_orphans(house: House) -> None:
    house.start()
    assert house.process is not None
    os.kill(house.process.pid, signal.SIGKILL)
    ended(house.process)
    house.process = None
    assert gone(house), processes_of(house)
