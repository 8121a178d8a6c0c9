"""So much of a Docker daemon that the real client sends it a build context."""

import io
import json
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    received: bytes

    def do_HEAD(self) -> None:
        self._answer({})

    def do_GET(self) -> None:
        self._answer({"ApiVersion": "1.43", "MinAPIVersion": "1.24", "Os": "linux"})

    def do_POST(self) -> None:
        type(self).received = b"".join(self._chunks())
        self._answer({"stream": "received"})

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _answer(self, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        for name, value in (("Api-Version", "1.43"), ("Ostype", "linux")):
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Daemon:
    """Where the client finds it, and what it was sent."""

    def __init__(self, server: ThreadingHTTPServer, handler: type[_Handler]) -> None:
        self.address = f"tcp://127.0.0.1:{server.server_port}"
        self._handler = handler

    def files(self) -> set[str]:
        """Return the files of the build context that arrived."""
        with tarfile.open(fileobj=io.BytesIO(self._handler.received)) as context:
            return {member.name for member in context if member.isfile()}


@contextmanager
def daemon() -> Iterator[Daemon]:
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Daemon(server, handler)
    server.shutdown()
    server.server_close()
    thread.join()
