"""What the instance uses over time: memory, descriptors, objects of the lake, rows."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

MOST_GROWTH = 1.05  # of the last third over the middle third


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One moment of a run; `at` is its share from 0 to 1."""

    at: float
    memory_mb: float
    descriptors: int
    objects: int
    rows: int
    catalogue: int


def memory_mb(pids: Iterable[int]) -> float:
    """Return the proportional set size of the processes together, in MB."""
    return sum(map(_pss_kb, pids)) / 1024


def _pss_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it ended
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def descriptors(pids: Iterable[int]) -> int:
    return sum(_descriptors(pid) for pid in pids)


def _descriptors(pid: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0


def objects(lake: Path) -> int:
    return sum(1 for path in lake.rglob("*.parquet"))


PEAKS = {"objects", "rows", "catalogue"}  # compacted and deleted by the day: a saw


def thirds(samples: Sequence[Sample], field: str) -> tuple[float, float, float]:
    """Return the middle value of each third, of PEAKS the highest; 0.0 without samples."""
    parts: list[list[float]] = [[], [], []]
    for sample in samples:
        parts[min(2, int(sample.at * 3))].append(getattr(sample, field))
    value = max if field in PEAKS else statistics.median
    first, middle, last = (value(part) if part else 0.0 for part in parts)
    return first, middle, last


def is_flat(values: tuple[float, float, float]) -> bool:
    _, middle, last = values
    return last <= middle * MOST_GROWTH
