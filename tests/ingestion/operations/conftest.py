"""A real receiver of the web hooks that alerts are sent to."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest


@pytest.fixture
def received(settings: Any) -> Iterator[list[dict[str, str]]]:
    """What arrived at the address in ALERT_URLS."""
    messages: list[dict[str, str]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            messages.append(json.loads(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.ALERT_URLS = [f"json://127.0.0.1:{server.server_port}"]
    yield messages
    server.shutdown()
    server.server_close()
