"""Supervise the processes of an instance: one output, restarts, one Ctrl-C for all.

`python supervisor.py JSON` replaces the process that prepared the instance, so that while nothing
happens only the standard library is in memory, asleep until a process writes or ends.

A process that ended, however it did, starts again after a wait that grows while it keeps ending
early. Celery workers may exit when their broker is killed under load (seen with celery 5.7), and
tasks are safe to run twice: where the broker was lost meanwhile, the wait does not grow.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import IO, Any

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, HEALTHY_SECONDS = 0.5, 30.0, 60.0
STOP_SECONDS = 20.0  # a worker may finish what it does
READ_BYTES = 65_536
COLORS = (36, 33, 32, 35, 34, 31)  # of the terminal, one for each process


class Broker:
    """An idle connection to the broker, which ends with it."""

    def __init__(self, address: str) -> None:
        self.host, _, self.port = address.rpartition(":")
        self.connection: socket.socket | None = None

    def watch(self) -> None:
        """Reconnect; a broker that does not answer counts as lost."""
        self.close()
        with contextlib.suppress(OSError):
            self.connection = socket.create_connection((self.host, int(self.port)), timeout=2)
            self.connection.setblocking(False)

    def was_lost(self) -> bool:
        """Tell whether the connection ended since `watch`, also where the broker answers again."""
        if self.connection is None:
            return True
        try:
            return self.connection.recv(1) == b""
        except BlockingIOError:  # nothing to read: the connection stands
            return False
        except OSError:
            return True

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None


@dataclass
class Service:
    """A command that is to run for as long as the instance does."""

    name: str
    command: list[str]
    broker: Broker | None = None  # of a command that may exit where it loses it
    is_last: bool = False  # stopped when all others have ended
    pid: int = 0  # 0 while it does not run
    started_at: float = 0.0
    due_at: float = 0.0  # when it starts, while it does not run
    wait_seconds: float = FIRST_WAIT_SECONDS
    unfinished: bytes = field(default=b"", repr=False)  # of its last line

    def start(self, *, now: float) -> IO[bytes]:
        """Start it in a session of its own, where Ctrl-C does not reach it; returns its output."""
        if self.broker:
            self.broker.watch()
        child = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        child.returncode = 0  # reaped by the supervisor, which waits for all children at once
        self.pid, self.started_at = child.pid, now
        assert child.stdout is not None
        return child.stdout

    def end(self, *, now: float) -> float:
        """Note that it ended; returns the seconds to wait for its next start."""
        self.pid = 0
        lived = now - self.started_at > HEALTHY_SECONDS
        if lived or (self.broker is not None and self.broker.was_lost()):
            self.wait_seconds = FIRST_WAIT_SECONDS
        waited = self.wait_seconds
        self.due_at = now + waited
        self.wait_seconds = min(2 * waited, LONGEST_WAIT_SECONDS)
        return waited

    def send(self, number: int) -> None:
        """Send a signal to it and to the processes that it started."""
        if self.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)


class Supervisor:
    """Run services until a stop signal. `watchdog` is told of each process that runs."""

    def __init__(self, services: list[Service], *, watchdog: int) -> None:
        self.services = services
        self.is_stopping = False
        self._watchdog = watchdog
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Start everything and return the exit code when all has ended after a stop signal."""
        self._watch_signals()
        while not self.is_stopping:
            self._start_due()
            self._wait(self._next_due())
        self._stop([service for service in self.services if not service.is_last])
        self._stop([service for service in self.services if service.is_last])
        return 0

    def _watch_signals(self) -> None:
        """Let signals end a wait: they arrive as bytes in a socket."""
        reading, writing = socket.socketpair()
        for end in (reading, writing):
            end.setblocking(False)
        signal.set_wakeup_fd(writing.fileno())
        self._signals, self._signals_end = reading, writing
        self._selector.register(reading, selectors.EVENT_READ, self._take_signals)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._request_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _request_stop(self, *_: object) -> None:
        self.is_stopping = True

    def _take_signals(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._signals.recv(READ_BYTES)

    def _start_due(self) -> None:
        now = time.monotonic()
        for service in self.services:
            if not service.pid and service.due_at <= now:
                output = service.start(now=now)
                os.set_blocking(output.fileno(), False)
                self._selector.register(
                    output, selectors.EVENT_READ, lambda s=service, o=output: self._copy(s, o)
                )
                self._notify_watchdog(f"+{service.pid}")

    def _next_due(self) -> float | None:
        due = [service.due_at for service in self.services if not service.pid]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _wait(self, seconds: float | None) -> None:
        for key, _ in self._selector.select(seconds):
            key.data()
        self._reap()

    def _copy(self, service: Service, output: IO[bytes]) -> None:
        """Print whole lines behind the time and the process's name."""
        try:
            read = os.read(output.fileno(), READ_BYTES)
        except BlockingIOError:
            return
        *lines, service.unfinished = (service.unfinished + read).split(b"\n")
        if not read:  # it ended, and all that it started
            self._selector.unregister(output)
            output.close()
            lines, service.unfinished = [line for line in [service.unfinished] if line], b""
        for line in lines:
            self._print(service, line.decode(errors="replace"))

    def _print(self, service: Service, line: str) -> None:
        width = max(len(each.name) for each in self.services)
        prefix = f"{time.strftime('%H:%M:%S')} {service.name.ljust(width)} |"
        if sys.stderr.isatty():
            color = COLORS[self.services.index(service) % len(COLORS)]
            prefix = f"\033[{color}m{prefix}\033[0m"
        print(f"{prefix} {line}", file=sys.stderr, flush=True)  # noqa: T201

    def _reap(self) -> None:
        """Note which processes have ended; others than services are orphans given to us."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            service = next((each for each in self.services if each.pid == pid), None)
            if service is not None:
                self._notify_watchdog(f"-{pid}")
                waits = service.end(now=time.monotonic())
                if not self.is_stopping:
                    code = os.waitstatus_to_exitcode(status)
                    self._print(service, f"ended with {code}, starting again in {waits:g} s")

    def _stop(self, services: list[Service]) -> None:
        """End the processes: politely, and after STOP_SECONDS by force."""
        for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
            for service in services:
                service.send(number)
            deadline = time.monotonic() + seconds
            while any(service.pid for service in services) and time.monotonic() < deadline:
                self._wait(deadline - time.monotonic())

    def _notify_watchdog(self, line: str) -> None:
        with contextlib.suppress(OSError):  # killed: whoever did that wants no watchdog
            os.write(self._watchdog, f"{line}\n".encode())


def service_of(fields: dict[str, Any]) -> Service:
    """Return the service of a JSON object; `pid` is of a process that runs already."""
    broker = fields.pop("broker", "")
    return Service(**fields, broker=Broker(broker) if broker else None)


if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    services = [service_of(fields) for fields in arguments["services"]]
    sys.exit(Supervisor(services, watchdog=arguments["watchdog"]).run())
