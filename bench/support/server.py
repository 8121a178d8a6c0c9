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

PRODUCT = "spotifyweb.devserver.uvicorn_server"  # the web process of an install
QUIET = ("--log-level", "error", "--lifespan", "off", "--no-access-log")  # options of uvicorn
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    per_second: float
    p99_ms: float
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    pid: int
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def serve(module: str, *options: str) -> Iterator[Server]:
    """Start a module that takes `--port`, and yield its address once it answers."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", module, *options, "--port", str(port)])
    try:
        _wait(port)
        yield Server(pid=process.pid, port=port)
    finally:
        process.kill()  # a stop would wait for open sockets
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
