"""Keep one command alive: `python -m spotifyweb.running.keeping PARENT COMMAND…`.

Celery workers may exit when their broker is killed under load (seen with celery 5.7), and tasks are
safe to run twice: so whatever ends with an error starts again, after a wait that grows while it
keeps failing. A stop signal goes to the whole process group, so the command has it already.
"""

import os
import signal
import subprocess
import sys
import time
from types import FrameType

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, HEALTHY_SECONDS = 0.5, 30.0, 60.0


class Keeper:
    def __init__(self, parent: int, command: list[str]) -> None:
        self.parent = parent
        self.command = command
        self.stopping = False

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def keep(self) -> int:
        """Run the command until it ends well, or is stopped; returns its exit code."""
        wait_seconds = FIRST_WAIT_SECONDS
        while True:
            started = time.monotonic()
            code = self.run_once()
            if self.stopping or code == 0:
                return 0
            healthy = time.monotonic() - started > HEALTHY_SECONDS
            wait_seconds = FIRST_WAIT_SECONDS if healthy else wait_seconds
            print(f"ended with {code}, starting again in {wait_seconds:g} s", flush=True)  # noqa: T201
            time.sleep(wait_seconds)
            wait_seconds = min(2 * wait_seconds, LONGEST_WAIT_SECONDS)

    def run_once(self) -> int:
        child = subprocess.Popen(self.command)
        while True:
            try:
                return child.wait(timeout=1)
            except subprocess.TimeoutExpired:
                self.end_with_parent(child)

    def end_with_parent(self, child: "subprocess.Popen[bytes]") -> None:
        """A supervisor killed with -9 leaves no orphans behind."""
        if not self.stopping and not alive(self.parent):
            self.stopping = True
            child.terminate()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    keeper = Keeper(int(sys.argv[1]), sys.argv[2:])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, keeper.stop)
    sys.exit(keeper.keep())
