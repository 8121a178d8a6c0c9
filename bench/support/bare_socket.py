"""The least a server can do for open sockets: hold them, and send to all what one says."""

from typing import Any

opened: list[Any] = []


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    opened.append(send)
    while (message := await receive())["type"] != "websocket.disconnect":
        for each in opened:
            await each({"type": "websocket.send", "text": message["text"]})
    opened.remove(send)
