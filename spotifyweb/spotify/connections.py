"""Connections to Spotify, shared by all clients of a process.

Opening a TLS connection for a call takes 22 times the processor time of the call itself, most of it
to read the certificates of the authorities (docs/adr/0066).
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter

IDLE_SECONDS = 50  # load balancers close after a minute, and routers forget without a word
POOL_SIZE = 64  # more than a process has threads


class KeepAliveAdapter(HTTPAdapter):
    """An adapter that many sessions mount; what was idle for too long is closed before a call."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """`clock` is not monotonic: that one stands still while a computer sleeps."""
        super().__init__(pool_maxsize=POOL_SIZE)
        self._clock = clock
        self._used_at = clock()
        self._lock = threading.Lock()

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        with self._lock:
            now = self._clock()
            if not 0 <= now - self._used_at < IDLE_SECONDS:
                super().close()
            self._used_at = now
        return super().send(*args, **kwargs)

    def close(self) -> None:
        """Keep the connections: spotipy's clients close their session when they end."""


_adapter = KeepAliveAdapter()


def session() -> requests.Session:
    """Return a session with headers and hooks of its own."""
    made = requests.Session()
    made.mount("https://", _adapter)
    made.mount("http://", _adapter)
    return made
