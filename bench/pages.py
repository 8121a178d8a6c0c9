"""`pages`: every page and API answer over 1,000,000 plays, all of the heaviest listener's time.

Each address is asked through the web server with nothing cached and the warehouse's file closed, as
by the first request after a build, and then again: alone on the machine, and while a build of
everything goes on. Then Chromium opens the pages with an empty cache: what they weigh, and when
they are painted.
"""

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from bench.support import lifetime, page_load, site
from bench.support.environment import isolated_environment

PLAYS = 1_000_000
FIRSTS, ROUNDS = 3, 20
WARM_MS, FIRST_MS = 100, 300
NEW_WARM_MS, NEW_FIRST_MS = 50, 200  # of pages that were built after these goals
WHILE_TYPING_MS = 30
MOST_KILOBYTES, PAINTED_MS = 200, 1000
TRACK = f"{0:022}"
ALBUM = {"artist": "Artist 7363", "name": "Album 7363"}  # what that track is on
NEW = ("/", "/history/", "/habits/", "/api/v1/history")
WHILE_TYPING = ("/search/", "/search/suggestions/", "/rules/suggestions/")
FRAGMENTS = ("/recent/", *WHILE_TYPING[1:])  # parts of a page, which nobody opens alone
ADDRESSES = [
    "/",
    "/recent/",
    "/history/",
    "/history/?on=2019-05-03&at=12:00",
    "/history/?artist=Artist+7",
    "/trends/",
    "/top/",
    "/top/?kind=tracks&by=time",
    "/top/?kind=artists",
    "/top/?kind=albums",
    "/artist/?name=Artist+7",
    "/artist/?name=Artist+7&device=Speaker",
    f"/album/?{urlencode(ALBUM)}",
    f"/tracks/{TRACK}/",
    "/year/2025/",
    "/devices/",
    "/habits/",
    "/podcasts/",
    "/compare/",
    "/house/",
    "/search/?q=12",
    "/search/suggestions/?q=12",
    "/rules/suggestions/?q=12",
    "/coverage/",
    "/merged/",
    "/rules/",
    "/shares/",
    "/export/",
    "/recommendations/",
    "/now/",
    "/import/",
    "/settings/",
    "/api/docs/",
    "/api/v1/stats/overview",
    "/api/v1/history",
    "/api/v1/stats/over-time",
    "/api/v1/stats/discovery",
    "/api/v1/stats/devices",
    "/api/v1/stats/clock",
    "/api/v1/stats/habits",
    "/api/v1/stats/artist/ranks?name=Artist+7",
    "/api/v1/stats/recent",
    "/api/v1/stats/top/tracks",
    "/api/v1/stats/top/artists",
    "/api/v1/stats/top/albums",
    f"/api/v1/stats/tracks/{TRACK}",
    "/api/v1/stats/artist?name=Artist+7",
    f"/api/v1/stats/album?{urlencode(ALBUM)}",
    "/api/v1/stats/year/2025",
    "/api/v1/stats/reasons/platform",
    "/api/v1/stats/house",
    "/api/v1/recommendations",
]


def measure() -> Iterator[dict[str, Any]]:
    os.environ["API_RATE"] = "100000/min"  # the throttle is not what is measured
    with isolated_environment():
        lakehouse = lifetime.lakehouse_of(PLAYS)
        with site.serve(lakehouse) as web:
            for address in ADDRESSES:
                web.get(address)  # templates and code are loaded
            yield from times(web, "")
            with lifetime.keep_building(lakehouse):
                yield from times(web, ", while a build goes on")
            yield from load_rows(page_load.measure_loads(web, filter(is_page, ADDRESSES)))


def is_page(address: str) -> bool:
    """Return whether a browser opens it as a page."""
    return not address.startswith("/api/v1/") and address.partition("?")[0] not in FRAGMENTS


def times(web: site.Site, meanwhile: str) -> Iterator[dict[str, Any]]:
    for address in ADDRESSES:
        first = max(web.first_milliseconds(address) for _ in range(FIRSTS))
        warm = site.p95([web.milliseconds(address) for _ in range(ROUNDS)])
        warm_ms, first_ms = goals(address)
        yield {
            "bench": "pages",
            "value": round(warm, 1),
            "unit": f"ms p95 warm, {address}{meanwhile}",
            "baseline": f"its first request after a build, the worst of {FIRSTS}: {first:.0f} ms",
            "ratio": round(warm / first, 2),
            "goal": f"under {warm_ms} ms warm, under {first_ms} ms first",
            "holds": warm < warm_ms and first < first_ms,
        }


def goals(address: str) -> tuple[int, int]:
    """Return the goals of an address in milliseconds, warm and for the first request."""
    path = address.partition("?")[0]
    if path in WHILE_TYPING:
        return WHILE_TYPING_MS, NEW_FIRST_MS
    return (NEW_WARM_MS, NEW_FIRST_MS) if path in NEW else (WARM_MS, FIRST_MS)


def load_rows(pages: list[page_load.PageLoad]) -> Iterator[dict[str, Any]]:
    for page in pages:
        yield {
            "bench": "pages",
            "value": round(page.painted_ms),
            "unit": f"ms until painted in Chromium with an empty cache, {page.address}",
            "baseline": f"{page.kilobytes:.0f} kB compressed with all its parts",
            "ratio": round(page.kilobytes / MOST_KILOBYTES, 2),
            "goal": f"under {PAINTED_MS} ms and {MOST_KILOBYTES} kB",
            "holds": page.painted_ms < PAINTED_MS and page.kilobytes < MOST_KILOBYTES,
        }
