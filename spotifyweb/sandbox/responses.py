"""Requests and responses on bare ASGI: all that an imitation of two hosts needs."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from spotifyweb import bounds

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    peer: tuple[str, int]

    @property
    def base(self) -> str:
        """This server as the client wrote it: hrefs and next links must point back here."""
        return f"{self.headers.get('x-forwarded-proto', 'http')}://{self.headers.get('host', '')}"

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> dict[str, Any]:
        """The body as an object; {} where there is none. Raises ValueError for anything else."""
        value = bounds.load_json(self.body or b"{}")
        if not isinstance(value, dict):
            raise ValueError("the body must be a JSON object")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


def as_json(value: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Response(status=status, body=body, headers=headers or {})


def with_floats(response: Response) -> Response:
    """The same JSON with every whole number written as a float, 204053.0."""
    if response.content_type != JSON or not response.body:
        return response
    value = json.loads(response.body, parse_int=float)
    return replace(response, body=json.dumps(value, ensure_ascii=False).encode())


def as_text(text: str, *, status: int = 200, content_type: str = TEXT) -> Response:
    return Response(status=status, body=text.encode(), content_type=content_type)


def redirect(url: str, **query: str) -> Response:
    glue = "&" if "?" in url else "?"
    target = f"{url}{glue}{urlencode(query)}" if query else url
    return Response(status=303, headers={"location": target}, content_type=TEXT)


async def read(scope: Scope, receive: Receive) -> Request:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers=headers,
        body=body,
        peer=tuple(scope.get("client") or ("", 0)),
    )


async def answer(send: Send, response: Response) -> None:
    headers = {"content-length": str(len(response.body)), **response.headers}
    if response.body:
        headers = {"content-type": response.content_type, **headers}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": raw})
    await send({"type": "http.response.body", "body": response.body})
