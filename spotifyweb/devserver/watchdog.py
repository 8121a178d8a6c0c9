"""End the processes of an instance whose supervisor was killed: no orphan holds a port.

`python watchdog.py` reads from standard input, whose other end only the supervisor holds: `+PID`
for each process group that it started, `-PID` for each that ended. The end of the input is the
supervisor's death.
"""

import contextlib
import os
import signal
import sys
import time

GRACE_SECONDS = 10.0


def watch() -> None:
    """Wait for the end of the input, then end what still runs."""
    running: set[int] = set()
    for line in sys.stdin:
        change = running.add if line.startswith("+") else running.discard
        change(int(line[1:]))
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in running:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, number)
        if running and number == signal.SIGTERM:
            _wait_for(running)


def _wait_for(running: set[int]) -> None:
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and any(_is_alive(pid) for pid in running):
        time.sleep(0.1)


def _is_alive(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends with its supervisor alone
    watch()
