"""The instance under soak: the default set, with simulated clocks and a lake of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.harness.instance import ROOT, Instance
from bench.harness.processes import free_port
from tests.faults import players
from tests.soak import apps, clock

WORDS = {  # of the command lines of the processes of an instance
    "web": "uvicorn",
    "worker": "beat-thread",
    "Valkey": "valkey-server",
    "sandbox": "sandbox_spotify",
}
LAKE_MB = 128
MIN_MINUTES = "30"  # between two builds: twenty seconds of the machine, as long as one takes


@dataclass
class SoakInstance(Instance):
    speed: float = 1.0
    receiver_port: int = 0

    @property
    def clock_file(self) -> Path:
        return self.folder.parent / "clock.json"

    @property
    def lake(self) -> Path:
        return self.folder.parent / "lake"

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "DJANGO_SETTINGS_MODULE": "tests.soak.settings",
            clock.VARIABLE: str(self.clock_file),
            apps.SPEED: str(self.speed),
            "LAKE_URL": f"file://{self.lake}",
            "ALERT_URLS": f"json://127.0.0.1:{self.receiver_port}/",
            "SPOTIFY_ALLOWED_LISTENERS": "*",
            "RUNS_KEPT_DAYS": "1",
            "TRANSFORM_MIN_MINUTES": MIN_MINUTES,
            "PYTHONDONTWRITEBYTECODE": "",
        }

    def pids(self, name: str) -> list[int]:
        return players.processes(self, WORDS[name])

    def undo_migration(self, app: str) -> None:
        """Take the database back to the migration before the newest one."""
        names = sorted(path.stem for path in (ROOT / app / "migrations").glob("0*.py"))
        command = [sys.executable, "manage.py", "migrate", app, names[-2]]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True)

    def kill(self, word: str) -> int:
        """Kill every process with that word in its command line; return how many there were."""
        pids = players.processes(self, word)
        for pid in pids:
            send(pid, signal.SIGKILL)
        return len(pids)

    def send_all(self, number: signal.Signals) -> None:
        """Send a signal to everything of this instance, dbt and the supervisor too."""
        for pid in players.processes(self, ""):
            send(pid, number)

    def has_answered(self, *, within_seconds: float) -> bool:
        deadline = time.monotonic() + within_seconds
        while time.monotonic() < deadline:
            if self.answers():
                return True
            time.sleep(0.5)
        return False


def send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def instance_in(folder: Path, *, speed: float, receiver_port: int) -> SoakInstance:
    data = folder / "house"
    data.mkdir()
    return SoakInstance(folder=data, web_port=free_port(), speed=speed, receiver_port=receiver_port)


@contextmanager
def small_lake(folder: Path) -> Iterator[bool]:
    """Mount a file system of LAKE_MB for the lake; yields whether this machine allows it.

    An unprivileged user has a plain folder, whose modes make it read-only; it is never full.
    """
    folder.mkdir()
    order = ["mount", "-t", "tmpfs", "-o", f"size={LAKE_MB}m", "tmpfs", str(folder)]
    is_mounted = os.geteuid() == 0 and _is_done(order)
    try:
        yield is_mounted
    finally:
        if is_mounted:
            _is_done(["umount", "--lazy", str(folder)])


def set_read_only(folder: Path, *, on: bool) -> None:
    """Make the lake read-only, or writable again."""
    if os.path.ismount(folder):
        order = ["mount", "-o", f"remount,{'ro' if on else 'rw'}", str(folder)]
        while not _is_done(order):  # busy while an object is being written
            time.sleep(0.05)
        return
    for path in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        path.chmod(0o555 if on else 0o755)


def fill(folder: Path) -> None:
    """Fill the lake's file system to its last byte."""
    with (folder.parent / "lake" / ".ballast").open("wb", buffering=0) as ballast:
        try:
            while ballast.write(b"\0" * 65_536):
                pass
        except OSError:
            return


def drain(folder: Path) -> None:
    (folder / ".ballast").unlink(missing_ok=True)


def _is_done(order: list[str]) -> bool:
    return subprocess.run(order, capture_output=True, check=False).returncode == 0
