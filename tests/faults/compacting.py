"""A compaction in a process of its own, which kills itself at a named point.

`python -m tests.faults.compacting <lake> <point> <time>`
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from spotifyweb.lake import LocalLake, compaction, local
from tests.support import compacted_lake

POINTS = ["listed", "read", "half a draft", "draft", "renamed", "one deleted", "all deleted"]


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def then_die(step: Callable[..., Any], times: int = 1) -> Callable[..., Any]:
    left = [times]

    def last_step(*asked: Any, **named: Any) -> Any:
        answer = step(*asked, **named)
        left[0] -= 1
        if not left[0]:
            die()
        return answer

    return last_step


def _half(path: Path, data: bytes) -> None:
    path.write_bytes(data[: len(data) // 2])
    die()


def arm(point: str, replaced: int) -> None:
    """Let the process die at the point; `replaced` parts are to be deleted."""
    if point == "listed":
        compaction._groups = then_die(compaction._groups)
    if point == "read":
        compaction.read_table = then_die(compaction.read_table)  # type: ignore[attr-defined]
    if point == "half a draft":
        local._write_durably = _half
    if point == "draft":
        local._write_durably = then_die(local._write_durably)
    if point == "renamed":
        local._sync_folder = die
    if point in ("one deleted", "all deleted"):
        times = 1 if point == "one deleted" else replaced
        LocalLake.delete = then_die(LocalLake.delete, times)  # type: ignore[method-assign]


if __name__ == "__main__":
    folder, armed, at = sys.argv[1:]
    store = LocalLake(Path(folder))
    arm(armed, replaced=3)
    compacted_lake.compact(store, at=datetime.fromisoformat(at))
