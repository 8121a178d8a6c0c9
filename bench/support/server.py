"""A server in a process of its own, and wrk against it."""

import contextlib
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.harness.processes import free_port

UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    per_second: float
    p99_ms: float
    failures: int


@contextlib.contextmanager
def serve(application: str) -> Iterator[str]:
    """Start one uvicorn worker and yield its URL."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", application, "--port", str(port)]
    command += ["--log-level", "warning", "--no-access-log"]
    process = subprocess.Popen(command)
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nothing answers on port {port}")


def wrk(url: str, *, seconds: int, headers: dict[str, str] | None = None) -> Load:
    """16 connections from one thread."""
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "--latency"]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    output = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    tail = re.search(r"99%\s+([\d.]+)(us|ms|s)", output)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if not tail or not rate:
        raise ValueError(output)
    return Load(
        per_second=float(rate[1]),
        p99_ms=float(tail[1]) * UNITS[tail[2]],
        failures=int(failed[1]) if failed else 0,
    )
