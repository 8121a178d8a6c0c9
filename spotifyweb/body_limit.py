"""Limits of request bodies, enforced at the ASGI edge and in the API's JSON parser.

Django writes the whole body to disk before it calls a view or checks a login. Here a body that is
too large is refused while it comes in; only a session or an API token may upload more than a form.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from spotifyweb import bounds

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

REFUSAL = _("This is more than the %(limit)s bytes that this address takes.")
LOGIN_HINT = _("Only a session or a valid API token may upload more.")
LINGER_SECONDS = 5.0


class BodyLimitMiddleware:
    """Answer 413 to a body larger than its path accepts.

    `uploads` holds the paths that accept more than a form, with their limits in bytes; `is_token`
    tells whether an API token is valid.
    """

    def __init__(
        self, app: App, *, uploads: Mapping[str, int], is_token: Callable[[str], bool]
    ) -> None:
        self.app = app
        self.uploads = uploads
        self.is_token = is_token

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        limit = await self._limit(scope["path"], headers)
        length = headers.get(b"content-length", b"0")
        if (bounds.parse_integer(length.decode("latin-1")[:18]) or 0) > limit:
            return await self._refuse(scope, receive, send, limit)
        body = CountingReceive(receive, limit)
        await self.app(scope, body.receive, send)
        if body.is_too_large:  # Django saw a disconnect and sent no response
            await self._refuse(scope, receive, send, limit)
        return None

    async def _limit(self, path: str, headers: Mapping[bytes, bytes]) -> int:
        if path in self.uploads and await sync_to_async(self._is_known)(headers):
            return self.uploads[path]
        return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)

    def _is_known(self, headers: Mapping[bytes, bytes]) -> bool:
        """Tell whether anybody sends it; the view decides whether they may upload."""
        kind, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        return _is_logged_in(headers) or (kind.lower() == "bearer" and self.is_token(token.strip()))

    async def _refuse(self, scope: Message, receive: Receive, send: Send, limit: int) -> None:
        text = REFUSAL % {"limit": f"{limit:,}"}
        if limit < self.uploads.get(scope["path"], 0):
            text += f" {LOGIN_HINT}"
        is_api = scope["path"].startswith("/api/")
        kind = b"application/json" if is_api else b"text/plain"
        body = (json.dumps({"detail": text}) if is_api else f"{text}\n").encode()
        length = (b"Content-Length", str(len(body)).encode())
        headers = [(b"Content-Type", kind), length, (b"Connection", b"close")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await discard_rest(receive)
        await send({"type": "http.response.body", "body": b""})


async def discard_rest(receive: Receive) -> None:
    """Read on until the sender has seen the response and stops, for LINGER_SECONDS at most.

    A server that closes while bytes arrive resets the connection, and the response is lost: nginx
    would say 502 in its place.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while (await receive()).get("more_body"):
                pass


class LimitedJSONParser(JSONParser):
    """Parse JSON bodies of the API: UTF-8, within the limits of all JSON from outside."""

    def parse(self, stream: Any, *_: object, **__: object) -> Any:
        """Return the parsed body; raises ParseError, a response 400 that says what is wrong."""
        try:
            return bounds.load_json(stream.read())
        except ValueError as error:
            raise ParseError(gettext("JSON parse error - %(error)s") % {"error": error}) from error


def _is_logged_in(headers: Mapping[bytes, bytes]) -> bool:
    """Tell whether the session belongs to anybody."""
    try:
        cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return False
    if settings.SESSION_COOKIE_NAME not in cookies:
        return False
    store = import_module(settings.SESSION_ENGINE).SessionStore
    return SESSION_KEY in store(cookies[settings.SESSION_COOKIE_NAME].value)


class CountingReceive:
    """Count the bytes of a body as they come, for one that does not declare its length."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit

    @property
    def is_too_large(self) -> bool:
        return self._left < 0

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.is_too_large else message
