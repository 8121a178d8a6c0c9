"""`search`: a few letters over 80,000 tracks and 1,000,000 plays, never the same letters twice."""

from collections.abc import Iterator
from typing import Any

from bench import _pages
from bench._machine import machine

PLAYS = 1_000_000
GOAL_MS = 50


def measure() -> Iterator[dict[str, Any]]:
    folder = _pages.warehouse(PLAYS)
    with machine():
        page = _pages.logged_in(folder)
        page("/api/v1/stats/search?q=warm")
        asked = [f"/api/v1/stats/search?q={number}" for number in range(100, 130)]
        times = [_pages.milliseconds(lambda: page(address)) for address in asked]  # noqa: B023
        frame = _pages.milliseconds(lambda: page("/api/v1/stats/search?q=warm"))
    found = _pages.p95(times)
    yield {
        "bench": "search",
        "value": round(found, 1),
        "unit": "ms p95, nothing remembered",
        "baseline": f"an answer that was remembered: {frame:.1f} ms",
        "ratio": round(found / frame, 1),
        "goal": f"under {GOAL_MS} ms",
        "holds": found < GOAL_MS,
    }
