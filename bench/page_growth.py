"""`page_growth`: ten times the plays must cost the pages at most twice the time."""

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.support import lifetime
from bench.support.environment import isolated_environment

FEW, MANY = 100_000, 1_000_000
ROUNDS = 7
GOAL = 2.0
ADDRESSES = ["/", "/trends/", "/top/", "/artist/?name=Artist+7"]


def measure() -> Iterator[dict[str, Any]]:
    with isolated_environment():
        few, many = lifetime.warehouse(FEW), lifetime.warehouse(MANY)
        small, large = median_ms(few), median_ms(many)
    for address in ADDRESSES:
        ratio = large[address] / small[address]
        yield {
            "bench": "page_growth",
            "value": round(large[address], 1),
            "unit": f"ms median, {address}, {MANY:,} plays, nothing remembered",
            "baseline": f"the same page over {FEW:,} plays: {small[address]:.1f} ms",
            "ratio": round(ratio, 2),
            "goal": GOAL,
            "holds": ratio <= GOAL,
        }


def median_ms(folder: Path) -> dict[str, float]:
    from django.core.cache import cache

    page = lifetime.log_in(folder)
    page("/about/")
    times: dict[str, list[float]] = {address: [] for address in ADDRESSES}
    for _ in range(ROUNDS):
        for address in ADDRESSES:
            cache.clear()
            times[address].append(lifetime.milliseconds(lambda: page(address)))  # noqa: B023
    return {address: statistics.median(found) for address, found in times.items()}
