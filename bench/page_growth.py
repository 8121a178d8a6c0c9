"""`page_growth`: ten times the plays must cost the pages at most twice the time."""

import statistics
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bench.support import lifetime, site
from bench.support.environment import isolated_environment

if TYPE_CHECKING:  # it reads the settings when it is imported: after `isolated_environment`
    from bench.harness.lakehouse import Lakehouse

FEW, MANY = 100_000, 1_000_000
ROUNDS = 7
GOAL = 2.0
ADDRESSES = ["/", "/trends/", "/top/", "/artist/?name=Artist+7"]


def measure() -> Iterator[dict[str, Any]]:
    with isolated_environment():
        few, many = lifetime.lakehouse_of(FEW), lifetime.lakehouse_of(MANY)
        small, large = median_ms(few), median_ms(many)
    for address in ADDRESSES:
        ratio = large[address] / small[address]
        yield {
            "bench": "page_growth",
            "value": round(large[address], 1),
            "unit": f"ms median, {address}, {MANY:,} plays, nothing cached",
            "baseline": f"the same page over {FEW:,} plays: {small[address]:.1f} ms",
            "ratio": round(ratio, 2),
            "goal": GOAL,
            "holds": ratio <= GOAL,
        }


def median_ms(lakehouse: "Lakehouse") -> dict[str, float]:
    times: dict[str, list[float]] = {address: [] for address in ADDRESSES}
    with site.serve(lakehouse) as web:
        web.get("/about/")
        for _ in range(ROUNDS):
            for address in ADDRESSES:
                site.clear_cache()
                times[address].append(web.milliseconds(address))
    return {address: statistics.median(found) for address, found in times.items()}
