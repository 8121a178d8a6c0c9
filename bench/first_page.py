"""`first_page`: the overview over 100,000 plays, against a page that reads nothing."""

from collections.abc import Iterator
from typing import Any

from bench import _pages
from bench._machine import machine

PLAYS = 100_000
ROUNDS = 30
GOAL_MS = 100


def measure() -> Iterator[dict[str, Any]]:
    folder = _pages.warehouse(PLAYS)
    with machine():
        from spotifyweb import asgi

        page = _pages.logged_in(folder)
        page("/export/")
        asgi.freeze_loaded_objects()  # as the server does
        empty = _pages.p95([_pages.milliseconds(lambda: page("/export/")) for _ in range(ROUNDS)])
        first = _pages.milliseconds(lambda: page("/"))
        warm = _pages.p95([_pages.milliseconds(lambda: page("/")) for _ in range(ROUNDS)])
    yield {
        "bench": "first_page",
        "value": round(warm, 1),
        "unit": f"ms p95 of server time for /, {PLAYS:,} plays; {first:.0f} ms after a build",
        "baseline": f"a page of the same frame that reads nothing: {empty:.1f} ms",
        "ratio": round(warm / empty, 1),
        "goal": f"under {GOAL_MS} ms",
        "holds": warm < GOAL_MS,
    }
