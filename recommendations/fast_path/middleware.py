"""Stored answers straight from Redis, in front of Django: same address, same login, same count.

Only what Django itself answered a moment ago is answered here: the credential was let in by the
view (`credentials`), the bytes were stored by it (`cache`), host and headers were learned from its
own answer. The bytes leave as they are stored, never compressed. Everything else (a miss, an error,
too many calls, Redis away) goes on to Django.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import redis
from django.conf import settings
from django.http import QueryDict

from recommendations import cache, recommend, serializers, throttling
from recommendations.fast_path import credentials
from recommendations.fast_path.credentials import Credential
from recommendations.fast_path.redis_pipeline import RedisPipeline
from recommendations.next_tracks import NextRequest
from spotifyweb import rate_limits, recent_listens
from spotifyweb.warehouse import WarehouseError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]
Caller = tuple[bytes, bool]  # the host they name, and whether they come with a token

PREFIX = "/api/v1/recommendations/"
BUILD_SECONDS = 1.0  # how long a process may take to see a new build here
MAX_REMEMBERED = 10_000  # credentials and questions a process remembers
MAX_BYTES = 2048  # bytes of a question or a credential that is worth remembering
PER_ANSWER_HEADERS = {
    b"content-length",
    b"content-encoding",
    b"set-cookie",
}


class FastPathMiddleware:
    def __init__(self, django: App) -> None:
        self.django = django
        self.headers: dict[Caller, list[tuple[bytes, bytes]]] = {}  # of Django's own answers
        self.known: dict[str, Credential] = {}  # digest of a credential -> whose it is
        self._build = (0.0, "")
        self._uncounted = 0  # hits that the next packet tells Redis of
        self._pipe: RedisPipeline | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            return await self.django(scope, receive, send)
        asked = _parse(scope)
        if asked is None:
            return await self.django(scope, receive, send)
        try:
            body = await self._stored_answer(asked, scope)
        except (redis.RedisError, OSError, WarehouseError):
            body = None
        if body is None:
            return await self.django(scope, receive, self._learn_headers(asked, send))
        length = (b"Content-Length", str(len(body)).encode())
        headers = [*self.headers[asked.caller], length]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return None

    async def _stored_answer(self, asked: "FastRequest", scope: Scope) -> bytes | None:
        """Return the stored answer as a hit; None when Django has to compute."""
        if asked.caller not in self.headers:
            return None
        credential = await self._credential(asked.digest)
        if credential is None:
            return None
        limit = throttling.rate()
        calls = rate_limits.counter(credential.who, seconds=limit.seconds)
        user_id, build_id = credential.user_id, await self._build_id()
        hits, self._uncounted = self._uncounted, 0
        may, counted, generation, newest, stored, _ = await self.pipe.execute(
            ("GET", credentials.key(asked.digest)),  # still valid?
            ("INCR", calls),  # not too often?
            ("GET", cache.generation_key(user_id)),  # what has changed?
            ("LINDEX", recent_listens.list_key(user_id), 0),
            ("GET", recommend.next_key(asked.request, user_id=user_id, build_id=build_id)),
            ("INCRBY", cache.HITS, hits),
        )
        scope[throttling.COUNTED] = True
        if counted == 1:
            await self.pipe.execute(("EXPIRE", calls, limit.seconds))
        if may is None or counted > limit.calls:
            return None
        stamp = cache.version_stamp(generation, newest)
        body = cache.fresh_body(stored, stamp)
        self._uncounted += body is not None
        return body.replace(cache.MISS, cache.HIT) if body else None

    async def _credential(self, digest: str) -> Credential | None:
        """Return whose credential this is; whether it is still valid is asked with the rest."""
        if digest not in self.known:
            [raw] = await self.pipe.execute(("GET", credentials.key(digest)))
            found = credentials.parse(raw)
            if found is None:
                return None
            if len(self.known) >= MAX_REMEMBERED:
                self.known.clear()
            self.known[digest] = found
        return self.known[digest]

    async def _build_id(self) -> str:
        read_at, build_id = self._build
        if time.monotonic() - read_at > BUILD_SECONDS:
            build_id = await asyncio.to_thread(recommend.build_id)
            self._build = (time.monotonic(), build_id)
        return build_id

    @property
    def pipe(self) -> RedisPipeline:
        """The connection, made in the loop that uses it."""
        if self._pipe is None:
            self._pipe = RedisPipeline(settings.REDIS_URL)
        return self._pipe

    def close(self) -> None:
        """Let go of the connection; the next request opens it anew."""
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None

    def _learn_headers(self, asked: "FastRequest", send: Send) -> Send:
        """Return a `send` that passes Django's answer on and remembers good headers."""

        async def through(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                headers = message["headers"]
                lasting = [pair for pair in headers if pair[0].lower() not in PER_ANSWER_HEADERS]
                if len(self.headers) < MAX_REMEMBERED:
                    self.headers[asked.caller] = lasting
            await send(message)

        return through


@dataclass(frozen=True, slots=True, kw_only=True)
class FastRequest:
    """A plain request by somebody who may be known."""

    caller: Caller
    digest: str  # of the credential
    request: NextRequest


def _parse(scope: Scope) -> FastRequest | None:
    """Parse a plain request; None for whatever is not one: Django knows what to say to that."""
    headers = dict(scope["headers"])
    if scope["method"] != "GET" or len(headers) != len(scope["headers"]):
        return None
    if len(scope["path"]) + len(scope["query_string"]) > MAX_BYTES:
        return None
    if len(headers.get(b"authorization", b"")) + len(headers.get(b"cookie", b"")) > MAX_BYTES:
        return None
    accept = headers.get(b"accept", b"*/*")
    if b"*/*" not in accept and b"application/json" not in accept:
        return None
    question = _next_request(scope["path"], scope["query_string"])
    authorization = headers.get(b"authorization", b"").decode("latin-1")
    digest = _digest(authorization, headers.get(b"cookie", b"").decode("latin-1"))
    if question is None or not digest:
        return None
    caller = (headers.get(b"host", b""), bool(authorization))
    return FastRequest(caller=caller, digest=digest, request=question)


@lru_cache(MAX_REMEMBERED)
def _digest(authorization: str, cookies: str) -> str:
    name = settings.SESSION_COOKIE_NAME + "="
    found = [part.strip() for part in cookies.split(";") if part.strip().startswith(name)]
    session_key = found[0][len(name) :] if len(found) == 1 else ""
    return credentials.digest(authorization, session_key)


@lru_cache(MAX_REMEMBERED)
def _next_request(path: str, query: bytes) -> NextRequest | None:
    """Read the request as the view reads it, by the same serializer."""
    track_id, asked = unquote(path[len(PREFIX) :]), QueryDict(query)
    if not serializers.is_track_id(track_id) or "format" in asked:
        return None
    serializer = serializers.NextQuery(data=asked)
    return (
        recommend.next_request(track_id, serializer.validated_data)
        if serializer.is_valid()
        else None
    )
