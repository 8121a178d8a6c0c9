"""The web process of an install over a lifetime of plays, asked over HTTP by its heaviest listener.

Django's test client never sees the server: threads, connections and the event loop cost as much
there as many a page.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import urllib3

from bench.support import lifetime, server
from spotifyweb.warehouse.duckdb import DuckDBBuilds, build_path, published_build

if TYPE_CHECKING:  # it reads the settings when it is imported: after `isolated_environment`
    from bench.harness.lakehouse import Lakehouse

ROOT = Path(__file__).resolve().parent.parent.parent
AGAIN = ("again-0", "again-1")  # ids of builds in turn: the one that is read keeps its file


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    url: str
    cookie: str  # of the session
    pool: urllib3.HTTPConnectionPool  # asks again where the server has closed an idle connection
    builds: DuckDBBuilds

    def get(self, address: str) -> bytes:
        """Return the body as it came, compressed; raise RuntimeError for any answer but 200."""
        headers = {"Cookie": f"sessionid={self.cookie}", "Accept-Encoding": "gzip"}
        response = self.pool.request("GET", address, headers=headers, decode_content=False)
        if response.status != 200:
            raise RuntimeError(f"{address} answered {response.status}")
        return response.data

    def milliseconds(self, address: str) -> float:
        """Return how long an answer took, from the question to its last byte."""
        began = time.perf_counter()
        self.get(address)
        return (time.perf_counter() - began) * 1000

    def first_milliseconds(self, address: str) -> float:
        """Return how long the first answer after a build took, with nothing cached."""
        clear_cache()
        self.publish_again()
        return self.milliseconds(address)

    def publish_again(self) -> None:
        """Publish the same rows as another build, whose file no process has opened."""
        folder = self.builds.folder
        build = published_build(folder)
        assert build is not None
        build_id = next(name for name in AGAIN if name != build.build_id)
        path = build_path(folder, build_id)
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        path.hardlink_to(build_path(folder, build.build_id))
        self.builds.restore(build_id)


@contextlib.contextmanager
def serve(lakehouse: "Lakehouse") -> Iterator[Site]:
    """Start the web over that warehouse, inside of `isolated_environment`."""
    session = _log_in()
    os.environ["WAREHOUSE_URL"] = f"duckdb:///{lakehouse.warehouse}"
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    subprocess.run(command, cwd=ROOT, check=True)
    with server.serve(server.PRODUCT) as web:
        pool = urllib3.HTTPConnectionPool("127.0.0.1", web.port, timeout=120)
        yield Site(url=web.url, cookie=session, pool=pool, builds=lakehouse.builds)


def _log_in() -> str:
    """Let all five listeners join one household; return a session of the heavy one."""
    from django.test import Client
    from django.utils import timezone

    from spotifyweb.accounts.models import Listener
    from spotifyweb.dashboards.household import members

    for user_id in lifetime.LISTENERS:
        zone = {"timezone": "Europe/Berlin"}
        listener, _ = Listener.objects.get_or_create(user_id=user_id, defaults=zone)
        members.join(listener, now=timezone.now())
    client = Client()
    client.force_login(Listener.objects.get(user_id=lifetime.HEAVY))
    return client.cookies["sessionid"].value


def clear_cache() -> None:
    """Empty the cache, which the bench and the web share."""
    from django.core.cache import cache

    cache.clear()


def p95(numbers: list[float]) -> float:
    return statistics.quantiles(numbers, n=20)[-1] if len(numbers) > 1 else numbers[0]
