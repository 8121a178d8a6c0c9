"""`first_page`: the overview over 100,000 plays, against a page that reads nothing."""

from collections.abc import Iterator
from typing import Any

from bench.support import lifetime, site
from bench.support.environment import isolated_environment

PLAYS = 100_000
ROUNDS = 30
GOAL_MS = 100


def measure() -> Iterator[dict[str, Any]]:
    with isolated_environment(), site.serve(lifetime.lakehouse_of(PLAYS)) as web:
        web.get("/export/")
        empty = site.p95([web.milliseconds("/export/") for _ in range(ROUNDS)])
        first = web.first_milliseconds("/")
        warm = site.p95([web.milliseconds("/") for _ in range(ROUNDS)])
    yield {
        "bench": "first_page",
        "value": round(warm, 1),
        "unit": f"ms p95 for /, {PLAYS:,} plays; {first:.0f} ms after a build",
        "baseline": f"a page of the same frame that reads nothing: {empty:.1f} ms",
        "ratio": round(warm / empty, 1),
        "goal": f"under {GOAL_MS} ms",
        "holds": warm < GOAL_MS,
    }
