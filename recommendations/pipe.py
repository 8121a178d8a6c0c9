"""One connection to Redis for all that a process asks at the same time.

Questions that are asked in one turn of the loop travel in one packet and are answered in order:
that is what makes sixteen connections cheap. No pool, no retry: an error closes the connection, the
next question opens it anew, and who asked turns to the slow way.
"""

import asyncio
from collections import deque
from typing import Any

import hiredis
import redis
from redis.connection import parse_url

SECONDS = 2.0  # for an answer, and for a connection
Command = tuple[bytes | str | int, ...]


class Pipe(asyncio.Protocol):
    def __init__(self, url: str) -> None:
        self._place: dict[str, Any] = dict(parse_url(url))  # type: ignore[no-untyped-call]
        self._tls = url.startswith("rediss://")
        self._opening = asyncio.Lock()
        self._transport: asyncio.Transport | None = None
        self._reader = hiredis.Reader()
        self._asked: deque[tuple[int, asyncio.Future[list[Any]]]] = deque()
        self._answers: list[Any] = []
        self._packets: list[bytes] = []

    async def ask(self, *commands: Command) -> list[Any]:
        """The replies in order. Raises RedisError or OSError."""
        if self._transport is None:
            await self._open()
        answered = self._send(commands)
        try:
            async with asyncio.timeout(SECONDS):
                return await answered
        except TimeoutError:
            self.close()
            raise

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self.connection_lost(None)

    async def _open(self) -> None:
        async with self._opening, asyncio.timeout(SECONDS):
            if self._transport is not None:
                return
            loop, place = asyncio.get_running_loop(), self._place
            if path := place.get("path"):
                opened, _ = await loop.create_unix_connection(lambda: self, path)
            else:
                host, port = place.get("host", "localhost"), place.get("port", 6379)
                tls = True if self._tls else None
                opened, _ = await loop.create_connection(lambda: self, host, port, ssl=tls)
            self._transport = opened
            if greeting := self._greeting():
                await self._send(greeting)

    def _greeting(self) -> list[Command]:
        place = self._place
        said: list[Command] = []
        if place.get("password"):
            said.append(("AUTH", place.get("username") or "default", place["password"]))
        if place.get("db"):
            said.append(("SELECT", place["db"]))
        return said

    def _send(self, commands: "tuple[Command, ...] | list[Command]") -> "asyncio.Future[list[Any]]":
        loop = asyncio.get_running_loop()
        if not self._packets:
            loop.call_soon(self._flush)
        self._packets += [hiredis.pack_command(each) for each in commands]  # type: ignore[arg-type]
        answered: asyncio.Future[list[Any]] = loop.create_future()
        self._asked.append((len(commands), answered))
        return answered

    def _flush(self) -> None:
        if self._transport is not None:
            self._transport.write(b"".join(self._packets))
        self._packets.clear()

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            self._answers.append(reply)
            count, answered = self._asked[0]
            if len(self._answers) == count:
                self._asked.popleft()
                _settle(answered, self._answers)
                self._answers = []

    def connection_lost(self, error: Exception | None) -> None:
        lost = redis.ConnectionError(f"the connection to Redis ended: {error or 'closed'}")
        for _, answered in self._asked:
            if not answered.done():
                answered.set_exception(lost)
        self._transport, self._reader = None, hiredis.Reader()
        self._asked.clear()
        self._answers, self._packets = [], []


def _settle(answered: "asyncio.Future[list[Any]]", replies: list[Any]) -> None:
    """Who has gone away meanwhile is not told."""
    if answered.done():
        return
    refused = [reply for reply in replies if isinstance(reply, hiredis.ReplyError)]
    if refused:
        answered.set_exception(redis.ResponseError(str(refused[0])))
    else:
        answered.set_result(replies)
