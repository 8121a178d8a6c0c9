"""Stored answers straight from Redis, in front of Django: same address, same login, same count.

Only what Django itself answered a moment ago is answered here: the credential was admitted by the
view (`admission`), the bytes were stored by it (`caching`), host and headers were learned from its
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

from recommendations import admission, asking, caching, live, serializers, throttling
from recommendations.admission import Admitted
from recommendations.answering import Question
from recommendations.pipe import Pipe
from spotifyweb.warehouse import WarehouseError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]
Caller = tuple[bytes, bool]  # the host they name, and whether they come with a token

PREFIX = "/api/v1/recommendations/"
BUILD_SECONDS = 1.0  # how long a process may take to see a new build here
REMEMBERED = 10_000  # credentials and questions a process remembers
LONGEST = 2048  # bytes of a question or a credential that is worth remembering
PASSING = {b"content-length", b"content-encoding", b"set-cookie"}  # of one answer, not of all


class Hits:
    def __init__(self, django: App) -> None:
        self.django = django
        self.headers: dict[Caller, list[tuple[bytes, bytes]]] = {}  # of Django's own answers
        self.known: dict[str, Admitted] = {}  # digest of a credential -> whose it is
        self._build = (0.0, "")
        self._uncounted = 0  # hits that the next packet tells Redis of
        self._pipe: Pipe | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            return await self.django(scope, receive, send)
        asked = _asked(scope)
        if asked is None:
            return await self.django(scope, receive, send)
        try:
            body = await self._stored(asked, scope)
        except (redis.RedisError, OSError, WarehouseError):
            body = None
        if body is None:
            return await self.django(scope, receive, self._learning(asked, send))
        length = (b"Content-Length", str(len(body)).encode())
        headers = [*self.headers[asked.caller], length]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return None

    async def _stored(self, asked: "Asked", scope: Scope) -> bytes | None:
        """The stored answer, as a hit; None when Django has to look."""
        if asked.caller not in self.headers:
            return None
        admitted = await self._admitted(asked.digest)
        if admitted is None:
            return None
        most, seconds = throttling.rate()
        calls = throttling.counter(admitted.who, seconds=seconds)
        user_id, build_id = admitted.user_id, await self._build_id()
        answered, self._uncounted = self._uncounted, 0
        may, counted, turn, newest, stored, _ = await self.pipe.ask(
            ("GET", admission.key(asked.digest)),  # still admitted?
            ("INCR", calls),  # not too often?
            ("GET", caching.turn_key(user_id)),  # what has changed?
            ("LINDEX", live.live_key(user_id), 0),
            ("GET", asking.next_key(asked.question, user_id=user_id, build_id=build_id)),
            ("INCRBY", caching.HITS, answered),
        )
        scope[throttling.COUNTED] = True
        if counted == 1:
            await self.pipe.ask(("EXPIRE", calls, seconds))
        if may is None or counted > most:
            return None
        rests_on = caching.mark(turn, None if asked.question.context else newest)
        body = caching.marked(stored, rests_on)
        self._uncounted += body is not None
        return body.replace(caching.MISS, caching.HIT) if body else None

    async def _admitted(self, digest: str) -> Admitted | None:
        """Whose credential this is; whether it still counts is asked with everything else."""
        if digest not in self.known:
            found = admission.read((await self.pipe.ask(("GET", admission.key(digest))))[0])
            if found is None:
                return None
            if len(self.known) >= REMEMBERED:
                self.known.clear()
            self.known[digest] = found
        return self.known[digest]

    async def _build_id(self) -> str:
        read_at, build_id = self._build
        if time.monotonic() - read_at > BUILD_SECONDS:
            build_id = await asyncio.to_thread(asking.build_id)
            self._build = (time.monotonic(), build_id)
        return build_id

    @property
    def pipe(self) -> Pipe:
        """Made in the loop that uses it."""
        if self._pipe is None:
            self._pipe = Pipe(settings.REDIS_URL)
        return self._pipe

    def close(self) -> None:
        """Let go of the connection; the next request opens it anew."""
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None

    def _learning(self, asked: "Asked", send: Send) -> Send:
        """Django's answer passes through; the headers of a good one are remembered."""

        async def through(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                own = [pair for pair in message["headers"] if pair[0].lower() not in PASSING]
                if len(self.headers) < REMEMBERED:
                    self.headers[asked.caller] = own
            await send(message)

        return through


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A plain question by somebody who may be known."""

    caller: Caller
    digest: str  # of the credential
    question: Question


def _asked(scope: Scope) -> Asked | None:
    """None for whatever is not a plain question: Django knows what to say to that."""
    headers = dict(scope["headers"])
    if scope["method"] != "GET" or len(headers) != len(scope["headers"]):
        return None
    if len(scope["path"]) + len(scope["query_string"]) > LONGEST:
        return None
    if len(headers.get(b"authorization", b"")) + len(headers.get(b"cookie", b"")) > LONGEST:
        return None
    accept = headers.get(b"accept", b"*/*")
    if b"*/*" not in accept and b"application/json" not in accept:
        return None
    question = _question(scope["path"], scope["query_string"])
    authorization = headers.get(b"authorization", b"").decode("latin-1")
    digest = _digest(authorization, headers.get(b"cookie", b"").decode("latin-1"))
    if question is None or not digest:
        return None
    caller = (headers.get(b"host", b""), bool(authorization))
    return Asked(caller=caller, digest=digest, question=question)


@lru_cache(REMEMBERED)
def _digest(authorization: str, cookies: str) -> str:
    name = settings.SESSION_COOKIE_NAME + "="
    found = [part.strip() for part in cookies.split(";") if part.strip().startswith(name)]
    session_key = found[0][len(name) :] if len(found) == 1 else ""
    return admission.digest(authorization, session_key)


@lru_cache(REMEMBERED)
def _question(path: str, query: bytes) -> Question | None:
    """As the view reads it, by the same serializer."""
    track_id, asked = unquote(path[len(PREFIX) :]), QueryDict(query)
    if not serializers.is_track_id(track_id) or "format" in asked:
        return None
    serializer = serializers.NextQuery(data=asked)
    return (
        asking.next_question(track_id, serializer.validated_data) if serializer.is_valid() else None
    )
