"""A websocket into an ASGI application (channels.testing has one that wants daphne installed)."""

# mypy: disable-error-code="no-untyped-call"
from typing import Any

import orjson
from asgiref.testing import ApplicationCommunicator

from bench.harness.processes import PATIENCE_SECONDS


class Socket(ApplicationCommunicator):
    """`connect()`, then `heard()` for each message and `say()` for one back."""

    def __init__(self, application: Any, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        scope = {"type": "websocket", "path": path, "query_string": b"", "headers": headers}
        super().__init__(application, {**scope, "subprotocols": []})

    async def connect(self) -> bool:
        """Whether the application accepted."""
        await self.send_input({"type": "websocket.connect"})
        answer = await self.receive_output(timeout=PATIENCE_SECONDS)
        return bool(answer["type"] == "websocket.accept")

    async def say(self, text: str) -> None:
        await self.send_input({"type": "websocket.receive", "text": text})

    async def heard(self) -> dict[str, Any]:
        answer = await self.receive_output(timeout=PATIENCE_SECONDS)
        assert answer["type"] == "websocket.send", answer
        message: dict[str, Any] = orjson.loads(answer["text"])
        return message

    async def closed(self) -> int:
        """The code with which the application ended it."""
        answer = await self.receive_output(timeout=PATIENCE_SECONDS)
        assert answer["type"] == "websocket.close", answer
        return int(answer["code"])

    async def hears_nothing(self) -> bool:
        return bool(await self.receive_nothing(timeout=0.3))

    async def disconnect(self) -> None:
        if not self.future.done():
            await self.send_input({"type": "websocket.disconnect", "code": 1001})
            await self.wait(timeout=PATIENCE_SECONDS)
