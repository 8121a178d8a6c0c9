"""What listeners do while hosts are killed: play, look at pages, upload."""

import http.client
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from bench.harness.processes import PATIENCE_SECONDS
from bench.harness.sandbox_client import Sandbox
from tests.engines.hosts import Host
from tests.faults import players

HEARD_SECONDS = 45  # longer than a player may go unseen, so that no poll misses a whole track
END_SECONDS = 4.0
PAGES = ("/", "/now/", "/top/", "/history/", "/trends/", "/now/state/")


@contextmanager
def repeat(*steps: Callable[[], object]) -> Iterator[None]:
    """Repeat each step in a thread of its own; raises what the first to fail raised."""
    is_over, failures = threading.Event(), list[Exception]()

    def run(step: Callable[[], object]) -> None:
        try:
            while not is_over.is_set():
                step()
        except Exception as error:  # noqa: BLE001 -- raised below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join(timeout=2 * PATIENCE_SECONDS)
    if failures:
        raise failures[0]


class Player:
    """A listener with a queue of tracks: two of three are left early, one plays to its end."""

    def __init__(self, sandbox: Sandbox, account_id: str, tracks: list[dict[str, Any]]) -> None:
        self.sandbox, self.account_id, self.numbers = sandbox, account_id, itertools.count(1)
        self.lengths = {str(track["id"]): int(track["duration_ms"]) for track in tracks}
        first, *queue = self.lengths
        sandbox.player(account_id, "play", track_id=first, queue=queue)

    def listen(self) -> None:
        """Hear a track for long enough to be a play, and go on to the next; like one of them."""
        time.sleep(HEARD_SECONDS)
        track_id = str(self.sandbox.record(self.account_id)["now"]["item"]["id"])
        self.sandbox.control("like", account_id=self.account_id, track_id=track_id)
        if next(self.numbers) % 3:
            self.sandbox.player(self.account_id, "skip")
        else:
            self.seek_to_end(track_id)
            time.sleep(END_SECONDS)

    def stop(self) -> None:
        """Stop at the end of a track, so that nobody has to wait whether it goes on."""
        time.sleep(HEARD_SECONDS)
        self.seek_to_end(str(self.sandbox.record(self.account_id)["now"]["item"]["id"]))
        time.sleep(END_SECONDS - 2)
        self.sandbox.player(self.account_id, "stop")

    def seek_to_end(self, track_id: str) -> None:
        at = self.lengths[track_id] - int(END_SECONDS * 1000) + 500
        self.sandbox.player(self.account_id, "seek", progress_ms=at)


@dataclass
class Reader:
    """A browser behind a load balancer: a web that is gone is left for the other one."""

    hosts: list[Host]
    session: str
    statuses: list[int] = field(default_factory=list)
    cuts: int = 0

    def read(self) -> None:
        page, cookies = PAGES[len(self.statuses) % len(PAGES)], {"sessionid": self.session}
        try:
            answer = requests.get(f"{self.hosts[0].url}{page}", cookies=cookies, timeout=60)
        except requests.RequestException:
            self.cuts += 1
            self.hosts.reverse()
            time.sleep(0.1)
        else:
            self.statuses.append(answer.status_code)
            time.sleep(0.3)


@dataclass
class RoamingPage(players.OpenPage):
    """An open page behind a load balancer: one that lost its web connects to the other."""

    other_port: int = 0

    def close(self) -> None:
        super().close()
        self.port, self.other_port = self.other_port, self.port

    def follow(self, title: Callable[[], str]) -> float:
        """Return the seconds until the page showed what is playing."""
        began = time.monotonic()
        while self.title(within_seconds=0.5) != title():
            assert time.monotonic() - began < PATIENCE_SECONDS
        return time.monotonic() - began


@contextmanager
def open_page(session: str, host: Host, other: Host) -> Iterator[RoamingPage]:
    page = RoamingPage(session, host.web_port, other_port=other.web_port)
    yield page
    page.close()


class Upload:
    """An upload by the API, sent in two parts, so that it may be in flight when a web is killed."""

    def __init__(self, host: Host, session: str, archive: Path) -> None:
        visit = requests.Session()
        visit.cookies["sessionid"] = session
        visit.get(f"{host.url}/import/", timeout=PATIENCE_SECONDS)
        url, files = f"{host.url}/api/v1/imports", {"files": (archive.name, archive.read_bytes())}
        headers = {"X-CSRFToken": visit.cookies["csrftoken"], "Referer": url}
        request = visit.prepare_request(requests.Request("POST", url, headers, files))
        body = bytes(request.body or b"")  # type: ignore[arg-type]
        self.first, self.rest = body[: len(body) // 2], body[len(body) // 2 :]
        self.connection = http.client.HTTPConnection("127.0.0.1", host.web_port, timeout=60)
        self.connection.putrequest("POST", "/api/v1/imports")
        for name, value in request.headers.items():
            self.connection.putheader(name, value)
        self.connection.endheaders()
        self.connection.send(self.first)

    def finish(self) -> int:
        """Send the rest and return the status; 0 where the web was killed before it answered."""
        try:
            self.connection.send(self.rest)
            return self.connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            with suppress(OSError):
                self.connection.close()
