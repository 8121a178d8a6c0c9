"""The receiver of alerts: an HTTP server for Apprise's json:// addresses, and what it counts."""

import itertools
import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAILS, WORKS = " fails", " works again"


@dataclass
class Receiver:
    """Titles of the alerts, in the order in which they came."""

    titles: list[str] = field(default_factory=list)
    port: int = 0


@contextmanager
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            found.titles.append(str(body["title"]))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing: the soak prints its table."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


def open_failures(titles: Sequence[str]) -> list[str]:
    """Return the failures of which no recovery was sent: who is alerted is not alerted again."""
    last = {title.removesuffix(FAILS).removesuffix(WORKS): title for title in titles}
    return [title for title in last.values() if title.endswith(FAILS)]


def complaints(titles: Sequence[str]) -> list[str]:
    """Return what is wrong: a state sent twice in a row, a failure that stays."""
    by_subject: dict[str, list[str]] = defaultdict(list)
    for title in titles:
        for state in (FAILS, WORKS):
            if title.endswith(state):
                by_subject[title.removesuffix(state)].append(state)
    found = []
    for subject, states in by_subject.items():
        twice = sum(one == next_one for one, next_one in itertools.pairwise(states))
        found += [f"{subject}: {twice} sent twice"] if twice else []
        found += [f"{subject}: no recovery"] if states[-1] == FAILS else []
        found += [f"{subject}: recovery without failure"] if states[0] == WORKS else []
    return found
