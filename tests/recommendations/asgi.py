"""One request to the whole ASGI application, as a server would hand it over."""

from dataclasses import dataclass
from typing import Any

from asgiref.testing import ApplicationCommunicator

from bench.harness.processes import PATIENCE_SECONDS


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[bytes, bytes]
    body: bytes


async def get(app: Any, path: str, *, query: str = "", headers: dict[str, str]) -> Answer:
    sent = {"host": "127.0.0.1", **headers}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "asgi": {"version": "3.0"},
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    asked: Any = ApplicationCommunicator(app, scope)  # type: ignore[no-untyped-call]
    await asked.send_input({"type": "http.request", "body": b""})
    start = await asked.receive_output(PATIENCE_SECONDS)
    body, more = b"", True
    while more:
        part = await asked.receive_output(PATIENCE_SECONDS)
        body, more = body + part.get("body", b""), part.get("more_body", False)
    await asked.wait(PATIENCE_SECONDS)
    return Answer(status=start["status"], headers=dict(start["headers"]), body=body)
