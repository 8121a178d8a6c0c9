"""Hosts of one install: each with a folder, a name and processes of its own, on shared engines.

What is killed starts again: on one host by our supervisor, on another as systemd does it. Both run
the commands of `deploy/systemd`.
"""

import configparser
import itertools
import json
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bench.harness.instance import ROOT, Instance
from bench.harness.processes import PATIENCE_SECONDS
from spotifyweb.devserver import supervisor
from tests.engines.processes import wait_until
from tests.faults import players
from tests.support.machine import SECRETS

KINDS = {  # words of their command lines
    "web": "uvicorn",
    "worker": "-Q ingest,",
    "now": "-Q now",
    "beat": " beat ",
}
FILES = {"web": "liner-web", "beat": "liner-beat"}
QUEUES = {"worker": "ingest,transform,import", "now": "now"}
NAMES = Path(__file__).with_name("host_name")


@cache
def unit(kind: str) -> configparser.SectionProxy:
    """Return what the file of systemd says of a service."""
    parser = configparser.RawConfigParser()
    parser.read(ROOT / "deploy" / "systemd" / f"{FILES.get(kind, 'liner-worker@')}.service")
    return parser["Service"]


def command(kind: str, *, port: int) -> list[str]:
    """Return the command of a service as systemd would run it, but for its port."""
    line = unit(kind)["ExecStart"].replace("%h/liner/.venv/bin/python", sys.executable, 1)
    line = line.replace("%i", QUEUES.get(kind, "")).replace("%%", "%")
    return [str(port) if word == "8000" else word for word in shlex.split(line)]


class Unit(threading.Thread):
    """A service with `Restart=always`, as systemd runs it."""

    def __init__(self, kind: str, start: Callable[[], "subprocess.Popen[bytes]"]) -> None:
        super().__init__(name=kind)
        self.seconds = float(unit(kind)["RestartSec"])
        self._start, self._is_over = start, threading.Event()
        self._process = start()

    def run(self) -> None:
        while True:
            self._process.wait()
            if self._is_over.wait(self.seconds):
                return
            self._process = self._start()

    def stop(self) -> None:
        self._is_over.set()
        self._process.terminate()


@dataclass
class Host(Instance):
    """A web, a worker, a worker of the players and a beat; `shared` is all hosts' environment."""

    shared: dict[str, str] = field(default_factory=dict)
    is_supervised: bool = True
    kinds: tuple[str, ...] = tuple(KINDS)
    units: list[Unit] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        own = {"DATA_DIR": str(self.folder), "HOST_NAME": self.folder.name}
        address = {
            "WEB_PORT": str(self.web_port),
            "SITE_URL": self.url,
            "SANDBOX_PORT": str(self.sandbox_port),
        }
        return os.environ | SECRETS | self.shared | own | address | {"PYTHONPATH": str(NAMES)}

    def spawn(self) -> "subprocess.Popen[bytes]":
        """Start the supervisor."""
        services = [
            {"name": kind, "command": command(kind, port=self.web_port), "broker": ""}
            for kind in self.kinds
        ]
        order = json.dumps({"services": services, "watchdog": -1})
        return self._run([sys.executable, "-I", "-S", str(supervisor.__file__), order])

    def start(self, *, patience_seconds: float = 2 * PATIENCE_SECONDS) -> None:
        if self.is_supervised:
            super().start(patience_seconds=patience_seconds)
            return
        for kind in self.kinds:
            started = Unit(kind, lambda kind=kind: self._run(command(kind, port=self.web_port)))  # type: ignore[misc]
            started.start()
            self.units.append(started)
        wait_until(self.answers, seconds=patience_seconds)

    def stop(self) -> int:
        for each in self.units:
            each.stop()
        for each in self.units:
            each.join(timeout=PATIENCE_SECONDS)
        self.units.clear()
        return super().stop()

    def pids(self, kind: str) -> list[int]:
        return players.processes(self, KINDS[kind])

    def has_child(self, kind: str, word: str) -> bool:
        """Return whether a process has a child whose command line holds the word."""
        lines = [f"/proc/{pid}/task" for pid in self.pids(kind)]
        with suppress(OSError):
            for task in itertools.chain.from_iterable(Path(line).iterdir() for line in lines):
                for child in (task / "children").read_text().split():
                    if word.encode() in Path("/proc", child, "cmdline").read_bytes():
                        return True
        return False

    def kill(self, kind: str) -> None:
        """Kill a process by SIGKILL, and wait until another one runs in its place."""
        before = set(self.pids(kind))
        assert before, f"{self.folder.name} runs no {kind}"
        players.kill(self, KINDS[kind])
        wait_until(lambda: bool(set(self.pids(kind)) - before), seconds=PATIENCE_SECONDS)

    def end(self) -> None:
        """End what is left of a host, however it did."""
        with suppress(subprocess.TimeoutExpired):
            self.stop()
        for pid in players.processes(self, ""):
            with suppress(ProcessLookupError):
                os.kill(pid, 9)

    def _run(self, line: list[str]) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                line, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
