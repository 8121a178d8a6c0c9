"""`pages`: every page and API answer over 1,000,000 plays, all of the heaviest listener's time."""

import os
from collections.abc import Iterator
from typing import Any

from bench import _pages
from bench._machine import machine

PLAYS = 1_000_000
ROUNDS = 20
WARM_MS, COLD_MS = 100, 300
ADDRESSES = [
    "/",
    "/trends/",
    "/top/",
    "/top/?kind=tracks&by=time",
    "/artist/?name=Artist+7",
    "/tracks/0000000000000000000000/",
    "/year/2025/",
    "/devices/",
    "/podcasts/",
    "/compare/",
    "/api/v1/stats/overview",
    "/api/v1/stats/over-time",
    "/api/v1/stats/discovery",
    "/api/v1/stats/devices",
    "/api/v1/stats/clock",
    "/api/v1/stats/recent",
    "/api/v1/stats/top/tracks",
    "/api/v1/stats/top/artists",
    "/api/v1/stats/top/albums",
]


def measure() -> Iterator[dict[str, Any]]:
    folder = _pages.warehouse(PLAYS)
    os.environ["API_RATE"] = "100000/min"  # the throttle is not what is measured
    with machine():
        from django.core.cache import cache

        page = _pages.logged_in(folder)
        page("/about/")  # templates and code are loaded; no number was asked for
        for address in ADDRESSES:
            cache.clear()  # what another page asked is not this one's
            first = _pages.milliseconds(lambda: page(address))  # noqa: B023
            warm = [
                _pages.milliseconds(lambda: page(address))  # noqa: B023
                for _ in range(ROUNDS)
            ]
            yield row(address, first, _pages.p95(warm))


def row(address: str, first: float, warm: float) -> dict[str, Any]:
    return {
        "bench": "pages",
        "value": round(warm, 1),
        "unit": f"ms p95 warm, {address}",
        "baseline": f"its first request after a build: {first:.0f} ms",
        "ratio": round(warm / first, 2),
        "goal": f"under {WARM_MS} ms warm, under {COLD_MS} ms first",
        "holds": warm < WARM_MS and first < COLD_MS,
    }
