"""What the instance uses over time: memory, descriptors, objects of the lake, rows."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MOST_GROWTH = 1.05  # of the last third over the middle third


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """What one process uses: its proportional set size in MB, and its descriptors."""

    name: str
    pid: int
    memory_mb: float
    descriptors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One moment of a run; `at` is its share from 0 to 1."""

    at: float
    processes: Sequence[Process]
    objects: int
    rows: int
    catalogue: int
    tables: Mapping[str, int]  # rows of each

    @property
    def memory_mb(self) -> float:
        return sum(process.memory_mb for process in self.processes)

    @property
    def descriptors(self) -> int:
        return sum(process.descriptors for process in self.processes)


def process(name: str, pid: int) -> Process:
    return Process(name=name, pid=pid, memory_mb=_pss_kb(pid) / 1024, descriptors=_descriptors(pid))


def _pss_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it ended
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


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


def table_growth(samples: Sequence[Sample]) -> Counter[str]:
    """Return by how many rows the peak of each table grew from the middle third to the last."""
    peaks: list[Counter[str]] = [Counter(), Counter(), Counter()]
    for sample in samples:
        peaks[min(2, int(sample.at * 3))] |= Counter(sample.tables)
    return peaks[2] - peaks[1]


def life_thirds(samples: Sequence[Sample], field: str) -> tuple[float, float, float]:
    """Return the middle value of each third of each process's longest life, added up.

    A fault ends a life, and what follows begins small: thirds of a run compare a worker that is
    warm with one that was just started, and a restart hides what the one before had leaked.
    """
    lives: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for sample in samples:
        for one in sample.processes:
            lives[one.name][one.pid].append(getattr(one, field))
    longest = [max(of_name.values(), key=len) for of_name in lives.values()]
    first, middle, last = (sum(_median_of_third(life, n) for life in longest) for n in range(3))
    return first, middle, last


def _median_of_third(values: Sequence[float], number: int) -> float:
    """Return the middle value of a third; 0.0 of fewer than three values."""
    part = values[len(values) * number // 3 : len(values) * (number + 1) // 3]
    return statistics.median(part) if part else 0.0


def is_flat(values: tuple[float, float, float]) -> bool:
    _, middle, last = values
    return last <= middle * MOST_GROWTH
