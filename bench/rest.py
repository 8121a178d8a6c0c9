"""`rest`: memory, wake-ups and processor time of `make run` while nothing happens.

The sandbox is not counted: it stands in for Spotify. Proportional set size shares what processes
have in common. The baseline is one Django process that has loaded the site and sleeps.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.harness.instance import Instance
from bench.harness.processes import PATIENCE_SECONDS

SETTLE_SECONDS, WATCH_SECONDS = 45, 60
GOAL_MB, GOAL_WAKEUPS, GOAL_PERCENT = 350, 20, 1.0
LOADED = "import spotifyweb.asgi; print('loaded', flush=True); import time; time.sleep(600)"


def measure() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="rest-", ignore_cleanup_errors=True) as name:
        instance = Instance(folder=Path(name) / "house")
        instance.folder.mkdir()
        instance.start()
        try:
            assert instance.process is not None
            time.sleep(SETTLE_SECONDS)
            pids = processes_of(instance.process.pid)
            before = [(wake_ups(pid), cpu_seconds(pid)) for pid in pids]
            time.sleep(WATCH_SECONDS)
            after = [(wake_ups(pid), cpu_seconds(pid)) for pid in pids]
            memory = sum(pss_mb(pid) for pid in pids)
            bare = _loaded_django_mb(instance)
        finally:
            instance.stop()
    pairs = list(zip(before, after, strict=True))
    wakeups = sum(late[0] - early[0] for early, late in pairs) / WATCH_SECONDS
    percent = 100 * sum(late[1] - early[1] for early, late in pairs) / WATCH_SECONDS
    yield _row("memory", "MB", memory, GOAL_MB, baseline=bare)
    yield _row("wake-ups", "1/s", wakeups, GOAL_WAKEUPS)
    yield _row("processor time", "% of a core", percent, GOAL_PERCENT)


def processes_of(root: int) -> list[int]:
    """Return the process and its descendants, without the sandbox."""
    parents: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, fields = int(place.parent.name), _stat(int(place.parent.name))
        except OSError:  # it has just ended
            continue
        parents.setdefault(int(fields[1]), []).append(pid)
    found, rest = [], [root]
    while rest:
        pid = rest.pop()
        rest += parents.get(pid, [])
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"sandbox_spotify" not in command:
            found.append(pid)
    return found


def pss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no proportional set size on this machine")


def wake_ups(pid: int) -> int:
    """Return how often threads of the process went to sleep: each was woken as often.

    Involuntary switches do not count: a thread that was preempted did not sleep.
    """
    lines = [
        line
        for status in Path(f"/proc/{pid}/task").glob("*/status")
        for line in status.read_text().splitlines()
    ]
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt"))


def cpu_seconds(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """Return the fields after the name, which may hold blanks: state, parent and so on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _loaded_django_mb(instance: Instance) -> float:
    command = [sys.executable, "-c", LOADED]
    process = subprocess.Popen(command, env=instance.environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while process.stdout.readline() != "loaded\n":
            assert time.monotonic() < deadline and process.poll() is None
        return pss_mb(process.pid)
    finally:
        process.kill()
        process.communicate()


def _row(
    what: str, unit: str, value: float, goal: float, *, baseline: float | None = None
) -> dict[str, Any]:
    return {
        "bench": f"rest, {what}",
        "value": round(value, 1),
        "unit": unit,
        "baseline": round(baseline, 1) if baseline else None,
        "ratio": round(value / baseline, 2) if baseline else None,
        "goal": goal,
        "holds": value <= goal,
    }
