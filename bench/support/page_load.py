"""What a page weighs with all its parts, and when Chromium has painted it, with an empty cache."""

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from bench.support import live_page, server

ROOT = Path(__file__).resolve().parent.parent.parent
LARGEST_PAINT = """() => new Promise((resolve) => new PerformanceObserver((list) => {
  resolve(list.getEntries().at(-1).startTime);
}).observe({ type: "largest-contentful-paint", buffered: true }))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLoad:
    address: str
    kilobytes: float  # as they came over the wire
    painted_ms: float  # of the largest part, since the address was asked for


def measure_loads(addresses: Iterable[str], *, user_id: str) -> list[PageLoad]:
    """Each address as that listener sees it; nothing where there is no Chromium."""
    if not live_page.CHROMIUM:
        return []
    # in a process of its own, where static files are packed as the product packs them
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    subprocess.run(command, cwd=ROOT, check=True)
    session = session_of(user_id)
    with server.serve("spotifyweb.asgi:application") as url, live_page.browser() as chromium:
        cookie = {"name": "sessionid", "value": session, "url": url}
        _load(chromium, url, "/about/", cookie)
        return [_load(chromium, url, address, cookie) for address in addresses]


def session_of(user_id: str) -> str:
    from django.test import Client

    from spotifyweb.accounts.models import Listener

    client = Client()
    client.force_login(Listener.objects.get(user_id=user_id))
    return client.cookies["sessionid"].value


def _load(chromium: Browser, url: str, address: str, cookie: dict[str, Any]) -> PageLoad:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([cookie])  # type: ignore[list-item]
    page, weights = context.new_page(), []
    wire = context.new_cdp_session(page)
    wire.on("Network.loadingFinished", lambda part: weights.append(part["encodedDataLength"]))
    wire.send("Network.enable")
    page.goto(url + address, wait_until="load")
    painted_ms = page.evaluate(LARGEST_PAINT)
    context.close()
    return PageLoad(address=address, kilobytes=sum(weights) / 1000, painted_ms=painted_ms)
