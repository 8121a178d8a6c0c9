"""`search`: a few letters over 80,000 tracks and 1,000,000 plays, never the same letters twice."""

from collections.abc import Iterator
from typing import Any

from bench.support import lifetime
from bench.support.environment import isolated_environment

PLAYS = 1_000_000
GOAL_MS = 50
WORDS = ["s", "so", "song", "art", "artist+12", "album+1", *map(str, range(100, 130))]


def measure() -> Iterator[dict[str, Any]]:
    with isolated_environment():
        lakehouse = lifetime.lakehouse_of(PLAYS)
        page = lifetime.log_in(lakehouse.warehouse)
        page("/api/v1/stats/search?q=warm")
        remembered = lifetime.milliseconds(lambda: page("/api/v1/stats/search?q=warm"))
        yield row(times(page), remembered, "")
        with lifetime.keep_building(lakehouse):
            lifetime.clear_caches()
            page("/api/v1/stats/overview")  # the file is open again, and who asks is known
            yield row(times(page), remembered, ", while a build goes on")


def times(page: lifetime.Page) -> list[float]:
    asked = [f"/api/v1/stats/search?q={words}" for words in WORDS]
    return [lifetime.milliseconds(lambda: page(address)) for address in asked]  # noqa: B023


def row(times: list[float], remembered: float, meanwhile: str) -> dict[str, Any]:
    found = lifetime.p95(times)
    return {
        "bench": "search",
        "value": round(found, 1),
        "unit": f"ms p95, nothing remembered{meanwhile}",
        "baseline": f"an answer that was remembered: {remembered:.1f} ms",
        "ratio": round(found / remembered, 1),
        "goal": f"under {GOAL_MS} ms",
        "holds": found < GOAL_MS,
    }
