"""Connections to Spotify, counted by a server: kept from client to client, and closed in time."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests

from spotifyweb.spotify import connections, errors
from spotifyweb.spotify.client import SpotifyClient
from spotifyweb.spotify.quota import Quota

SOON, LATER = connections.IDLE_SECONDS - 5, connections.IDLE_SECONDS + 5


class CountingServer(ThreadingHTTPServer):
    """Answers everything with a profile, or the status in `refuses`."""

    connected = 0
    refuses = 0
    is_rude = False  # closes after each answer, without a word in its headers

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: CountingServer

    def setup(self) -> None:
        super().setup()
        self.server.connected += 1

    def do_GET(self) -> None:
        body = b'{"id": "mira"}'
        self.send_response(self.server.refuses or 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.server.is_rude

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[CountingServer]:
    with CountingServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def seconds() -> list[int]:
    """The time, in its only item."""
    return [0]


@pytest.fixture(autouse=True)
def adapter(monkeypatch: pytest.MonkeyPatch, seconds: list[int]) -> Iterator[None]:
    """An adapter of this test's own, whose connections end with it."""
    own = connections.KeepAliveAdapter(clock=lambda: seconds[0])
    monkeypatch.setattr(connections, "_adapter", own)
    yield
    own.poolmanager.clear()


@pytest.fixture
def ask(server: CountingServer, quota: Quota) -> Callable[[], object]:
    """Ask by a client of one's own, as each task does."""
    return lambda: SpotifyClient("BQ", api_url=server.url, guard=quota).me()


def test_clients_share_a_connection(ask: Callable[[], object], server: CountingServer) -> None:
    for _ in range(3):
        assert ask() == {"id": "mira"}
    assert server.connected == 1


def test_a_refusal_keeps_the_connection(ask: Callable[[], object], server: CountingServer) -> None:
    server.refuses = 502
    for _ in range(2):
        with pytest.raises(errors.Unavailable):
            ask()
    assert server.connected == 1


def test_what_the_server_closed_is_opened_again(
    ask: Callable[[], object], server: CountingServer
) -> None:
    server.is_rude = True
    ask()
    ask()
    assert server.connected == 2


@pytest.mark.parametrize(
    ("pause", "connected"), [(SOON, 1), (LATER, 2), (-LATER, 2)], ids=["soon", "later", "set back"]
)
def test_a_connection_is_kept_for_less_than_a_minute(
    ask: Callable[[], object],
    server: CountingServer,
    seconds: list[int],
    pause: int,
    connected: int,
) -> None:
    """A router that was restarted meanwhile would let the call wait for its time-out."""
    ask()
    seconds[0] += pause
    ask()
    assert server.connected == connected


def test_headers_and_hooks_are_not_shared() -> None:
    connections.session().headers["Authorization"] = "Bearer BQ"
    assert "Authorization" not in connections.session().headers
    assert not connections.session().hooks["response"]
    assert isinstance(connections.session(), requests.Session)
