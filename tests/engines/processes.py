"""Processes of a host of several, and what they say of themselves."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import redis

from bench.harness.instance import ROOT

Process = subprocess.Popen[bytes]


class Configured(Protocol):
    """A host, by the environment of its processes."""

    @property
    def environment(self) -> dict[str, str]: ...


@contextmanager
def celery(host: Configured, *command: str) -> Iterator[Process]:
    python = [sys.executable, "-m", "celery", "-q", "-A", "spotifyweb"]
    process = subprocess.Popen(
        [*python, *command, "--loglevel", "WARNING"], cwd=ROOT, env=host.environment
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def worker(host: Configured, queues: str) -> Any:
    name = Path(host.environment["DATA_DIR"]).name.replace(" ", "-")
    return celery(host, "worker", "-Q", queues, "--pool", "threads", "-n", f"{queues}@{name}")


def beat(host: Configured) -> Any:
    return celery(host, "beat", "--pidfile", "")


def kill(process: Process) -> None:
    process.kill()
    process.wait()


def wait_until(is_so: Callable[[], bool], *, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def shell(host: Configured, code: str) -> str:
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
    done = subprocess.run(
        command, cwd=ROOT, env=host.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def lease_holder(redis_url: str) -> int:
    """Return the process id of the beat that ticks; 0 where none does."""
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        holder = str(client.get("beat-lease") or "|0|")
        return int(holder.split("|")[1])
