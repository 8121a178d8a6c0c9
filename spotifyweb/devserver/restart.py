"""Restart a command that ends: `python -m spotifyweb.devserver.restart PARENT BROKER COMMAND…`.

However the command ended, also with exit code 0, it starts again, after a wait that grows while it
keeps ending early. A stop signal goes to the whole process group, so the command gets it too.

Celery workers may exit when their broker is killed under load (seen with celery 5.7), and tasks are
safe to run twice. Where BROKER (host:port, or "-") was lost while the command ran, the wait does
not grow.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, HEALTHY_SECONDS = 0.5, 30.0, 60.0
POLL_SECONDS = 0.1


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


class RestartWrapper:
    def __init__(self, parent: int, command: list[str], *, broker: Broker | None = None) -> None:
        self.parent = parent
        self.command = command
        self.broker = broker
        self.stopping = False

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def run(self) -> int:
        """Run the command again and again until a stop signal; returns the exit code."""
        wait_seconds = FIRST_WAIT_SECONDS
        while not self.stopping:
            started = time.monotonic()
            if self.broker:
                self.broker.watch()
            code = self.run_once()
            if self.stopping:
                break
            if self.is_well(started):
                wait_seconds = FIRST_WAIT_SECONDS
            print(f"ended with {code}, starting again in {wait_seconds:g} s", flush=True)  # noqa: T201
            self.pause(wait_seconds)
            wait_seconds = min(2 * wait_seconds, LONGEST_WAIT_SECONDS)
        return 0

    def is_well(self, started: float) -> bool:
        """Tell whether the command lived long enough, or ended because it lost its broker."""
        lived = time.monotonic() - started > HEALTHY_SECONDS
        return lived or (self.broker is not None and self.broker.was_lost())

    def pause(self, seconds: float) -> None:
        """Wait, at most until a stop signal or the end of the parent process."""
        deadline = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
            self.stopping = self.stopping or not is_alive(self.parent)

    def run_once(self) -> int:
        child = subprocess.Popen(self.command)
        if self.stopping:  # the signal came just before the child existed
            child.terminate()
        while True:
            try:
                return child.wait(timeout=1)
            except subprocess.TimeoutExpired:
                self.end_with_parent(child)

    def end_with_parent(self, child: "subprocess.Popen[bytes]") -> None:
        """Stop the command where its supervisor is gone, even if killed with -9."""
        if not self.stopping and not is_alive(self.parent):
            self.stopping = True
            child.terminate()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    parent, address, *command = sys.argv[1:]
    broker = Broker(address) if address != "-" else None
    wrapper = RestartWrapper(int(parent), command, broker=broker)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, wrapper.stop)
    sys.exit(wrapper.run())
