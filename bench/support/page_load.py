"""What a page weighs with all its parts, and when Chromium has painted it, with an empty cache."""

from collections.abc import Iterable
from dataclasses import dataclass

from playwright.sync_api import Browser

from bench.support import live_page, site

LARGEST_PAINT = """() => new Promise((resolve) => new PerformanceObserver((list) => {
  resolve(list.getEntries().at(-1).startTime);
}).observe({ type: "largest-contentful-paint", buffered: true }))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLoad:
    address: str
    kilobytes: float  # as they came over the wire
    painted_ms: float  # of the largest part, since the address was asked for


def measure_loads(web: site.Site, addresses: Iterable[str]) -> list[PageLoad]:
    """Open each address as the site's listener; nothing where there is no Chromium."""
    if not live_page.CHROMIUM:
        return []
    with live_page.browser() as chromium:
        _load(chromium, web, "/about/")
        return [_load(chromium, web, address) for address in addresses]


def _load(chromium: Browser, web: site.Site, address: str) -> PageLoad:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": web.cookie, "url": web.url}])
    page, weights = context.new_page(), []
    wire = context.new_cdp_session(page)
    wire.on("Network.loadingFinished", lambda part: weights.append(part["encodedDataLength"]))
    wire.send("Network.enable")
    page.goto(web.url + address, wait_until="load")
    painted_ms = page.evaluate(LARGEST_PAINT)
    context.close()
    return PageLoad(address=address, kilobytes=sum(weights) / 1000, painted_ms=painted_ms)
