"""Compaction killed by SIGKILL at each point: no reader notices, and the next one completes it.

`FAULT_ROUNDS=20` repeats the kills that often.
"""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spotifyweb.lake import LocalLake, parts
from tests.faults.compacting import POINTS
from tests.support.compacted_lake import DATASET, compact, event_ids, land

pytestmark = pytest.mark.faults
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
DAY = datetime(2026, 11, 22, tzinfo=UTC)
NIGHT = DAY + timedelta(days=1, hours=2)


def killed(store: LocalLake, point: str, *, at: datetime) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.compacting", store.root, point, at.isoformat()],
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, point


@pytest.mark.parametrize("turn", range(ROUNDS))
@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_no_row_is_missing_or_twice(tmp_path: Path, point: str, turn: int) -> None:
    store, at, names = LocalLake(tmp_path), NIGHT, []
    for number in range(3):
        land(store, [f"{number}"], at=DAY + timedelta(hours=number), offset=number)
        names.append(f"{number}")
    if "deleted" in point:
        compact(store, at=at)
        at += timedelta(hours=2)

    killed(store, point, at=at)
    for hours in range(4):
        assert event_ids(store, at=at + timedelta(hours=hours)) == names
    for hours in (0, 2):
        compact(store, at=at + timedelta(hours=hours))
    left = [*store.keys(f"bronze/{DATASET}/")]
    assert [part.is_compacted for part in parts.parse_all(left)] == [True]
    assert event_ids(store, at=at + timedelta(hours=2)) == names
