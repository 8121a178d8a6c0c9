"""The sandbox behind uvicorn, with a way to abort a client's connection in mid-request."""

import asyncio
import threading
import time

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from spotifyweb.sandbox.app import SandboxApp
from spotifyweb.sandbox.state import SandboxState

_connections: dict[tuple[str, int], asyncio.Transport] = {}


class AbortableProtocol(H11Protocol):
    """HTTP over a connection that a fault can abort: the client sees a reset."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.peer = tuple(transport.get_extra_info("peername")[:2])
        _connections[self.peer] = transport
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        _connections.pop(self.peer, None)
        super().connection_lost(exc)


def abort_connection(peer: tuple[str, int]) -> None:
    if transport := _connections.get(peer):
        transport.abort()


def create_server(state: SandboxState, *, host: str, port: int) -> uvicorn.Server:
    config = uvicorn.Config(
        SandboxApp(state, abort_connection),
        host=host,
        port=port,
        http=AbortableProtocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


class BackgroundServer:
    """The sandbox in a thread of this process, answering once `start` returns."""

    def __init__(self, state: SandboxState, *, port: int, host: str = "127.0.0.1") -> None:
        self.url = f"http://{host}:{port}"
        self.server = create_server(state, host=host, port=port)
        self.thread = threading.Thread(target=self.server.run, name="sandbox", daemon=True)

    def start(self) -> None:
        self.thread.start()
        deadline = time.monotonic() + 120
        while not self.server.started:
            if time.monotonic() > deadline or not self.thread.is_alive():
                raise RuntimeError(f"the sandbox did not start at {self.url}")
            time.sleep(0.01)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(timeout=120)
