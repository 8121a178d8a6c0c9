"""`search`: a few letters over 80,000 tracks and 1,000,000 plays, never the same letters twice."""

import os
from collections.abc import Iterator
from typing import Any

from bench.support import lifetime, site
from bench.support.environment import isolated_environment

PLAYS = 1_000_000
GOAL_MS = 50
SEARCH = "/api/v1/stats/search?q="
WORDS = ["s", "so", "song", "art", "artist+12", "album+1", *map(str, range(100, 130))]


def measure() -> Iterator[dict[str, Any]]:
    os.environ["API_RATE"] = "100000/min"  # the throttle is not what is measured
    with isolated_environment():
        lakehouse = lifetime.lakehouse_of(PLAYS)
        with site.serve(lakehouse) as web:
            web.get(f"{SEARCH}warm")
            cached = web.milliseconds(f"{SEARCH}warm")
            yield row(times(web), cached, "")
            with lifetime.keep_building(lakehouse):
                site.clear_cache()
                yield row(times(web), cached, ", while a build goes on")


def times(web: site.Site) -> list[float]:
    return [web.milliseconds(f"{SEARCH}{words}") for words in WORDS]


def row(times: list[float], cached: float, meanwhile: str) -> dict[str, Any]:
    found = site.p95(times)
    return {
        "bench": "search",
        "value": round(found, 1),
        "unit": f"ms p95, nothing cached{meanwhile}",
        "baseline": f"an answer that was cached: {cached:.1f} ms",
        "ratio": round(found / cached, 1),
        "goal": f"under {GOAL_MS} ms",
        "holds": found < GOAL_MS,
    }
