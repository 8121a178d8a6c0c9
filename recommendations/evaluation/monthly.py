"""The monthly evaluation of this install, in a process of its own.

The task starts the process and returns, so that no worker waits for it. The process limits itself:
lowest priority, EVALUATION_MAX_MINUTES, EVALUATION_MEMORY_MB, and no longer than its starter lives.
"""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from recommendations.evaluation import history, runner
from recommendations.models import Evaluation
from spotifyweb import locks
from spotifyweb.warehouse import Warehouse, WarehouseError
from spotifyweb.warehouse.scratch import Scratch

INSTALL = "this install"  # the source of its evaluations
INTERVAL = timedelta(days=30)
OPTIONS = runner.EvaluationOptions(together=True, most_cases=100, most_windows=6, trained=False)
LOWEST_PRIORITY = 19  # nice
DUCKDB_SHARE = 0.5  # of the memory
LOCK = "evaluation"
TOO_LATE = "It was ended after {} minutes: set EVALUATION_MAX_MINUTES higher."
TOO_LARGE = "It needed more than {} MB of memory: set EVALUATION_MEMORY_MB higher."


class TooLate(Exception):
    """The time is over."""


def start(*, warehouse: Warehouse, now: datetime) -> "subprocess.Popen[bytes] | None":
    """Start the process where an evaluation is due; returns it, or None."""
    if not is_due(warehouse=warehouse, now=now) or locks.is_held(LOCK):
        return None
    process = subprocess.Popen(
        [sys.executable, "manage.py", "evaluate_recommendations", "--monthly"],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,  # which closes when this process ends
        stdout=subprocess.DEVNULL,
    )
    threading.Thread(target=process.wait, daemon=True, name="evaluation").start()
    return process


def is_due(*, warehouse: Warehouse, now: datetime) -> bool:
    """Return whether a month went by, and the build is one that was not evaluated."""
    build = warehouse.published()
    newest = Evaluation.objects.filter(source=INSTALL).first()
    if build is None or newest is None:
        return build is not None
    return newest.build_id != build.build_id and newest.evaluated_at <= now - INTERVAL


def run(*, warehouse: Warehouse, now: datetime) -> None:
    """Evaluate within the limits, and keep the figures or the reason why there are none."""
    with contextlib.suppress(locks.LockHeld), locks.lock(LOCK):
        if not is_due(warehouse=warehouse, now=now):
            return
        try:
            with _limits():
                figures = evaluate(warehouse)
        except (TooLate, MemoryError, WarehouseError, ValueError) as error:
            keep({}, error=_sentence(error), warehouse=warehouse, now=now)
        else:
            keep(figures, warehouse=warehouse, now=now)


def evaluate(warehouse: Warehouse) -> dict[str, Any]:
    """Return the figures of this install's newest weeks, by contenders that count."""
    megabytes = int(settings.EVALUATION_MEMORY_MB * DUCKDB_SHARE)
    with Scratch(memory_limit=f"{megabytes}MB", threads=1) as scratch:
        scratch.execute("set temp_directory = ''")  # what was heard is written nowhere
        members = history.from_install(scratch, warehouse)
        return runner.evaluate(
            scratch, options=replace(OPTIONS, members=members), parameters=settings.RECOMMENDING
        )


def keep(
    figures: Mapping[str, Any], *, warehouse: Warehouse, now: datetime, error: str = ""
) -> Evaluation:
    """Store figures of this install, without those of single listeners."""
    build = warehouse.published()
    return Evaluation.objects.create(
        build_id=build.build_id if build else "",
        source=INSTALL,
        evaluated_at=now,
        figures={name: _without_listeners(value) for name, value in figures.items()},
        error=error[:500],
    )


def _without_listeners(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        contender: {name: figure for name, figure in row.items() if name != "listeners"}
        for contender, row in value.items()
    }


def _sentence(error: Exception) -> str:
    """Return what the admin reads of an error."""
    if isinstance(error, TooLate):
        return TOO_LATE.format(settings.EVALUATION_MAX_MINUTES)
    if isinstance(error, MemoryError) or "Out of Memory" in str(error):
        return TOO_LARGE.format(settings.EVALUATION_MEMORY_MB)
    return str(error)


@contextlib.contextmanager
def _limits() -> Iterator[None]:
    """Limit this process; the kernel ends it before any other."""
    seconds = 60 * settings.EVALUATION_MAX_MINUTES
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (settings.EVALUATION_MEMORY_MB * 1024**2, hard))
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)  # for a statement that hears no alarm
    resource.setrlimit(resource.RLIMIT_CPU, (60 + int(2 * seconds), hard))
    os.setpriority(os.PRIO_PROCESS, 0, LOWEST_PRIORITY)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    threading.Thread(target=_end_with_starter, daemon=True, name="starter").start()
    signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _stop(*_: object) -> None:
    raise TooLate


def _end_with_starter() -> None:
    """End when the pipe from the starter closes, unless a person started it at a terminal."""
    if not sys.stdin.isatty():
        os.read(sys.stdin.fileno(), 1)
        os._exit(1)
