"""One connection to Redis for all that a process asks at the same time.

Questions that are asked in one turn of the loop travel in one packet and are answered in order:
that is what makes sixteen connections cheap. No pool, no retry: an error closes the connection, the
next question opens it anew, and who asked turns to the slow way.
"""

import asyncio
import ssl
from collections import deque
from typing import Any

import hiredis
import redis
from redis.connection import parse_url

from spotifyweb.valkey.address import Sentinels

SECONDS = 2.0  # for an answer, and for a connection
Command = tuple[bytes | str | int, ...]


class RedisPipeline(asyncio.Protocol):
    def __init__(self, url: str) -> None:
        self._sentinels = Sentinels.of(url)
        self._address: dict[str, Any] = (
            self._sentinels.master_options if self._sentinels else dict(parse_url(url))  # type: ignore[no-untyped-call]
        )
        self._tls = url.startswith("rediss")
        self._opening = asyncio.Lock()
        self._transport: asyncio.Transport | None = None
        self._reader = hiredis.Reader()
        self._pending: deque[tuple[int, asyncio.Future[list[Any]]]] = deque()
        self._answers: list[Any] = []
        self._packets: list[bytes] = []

    async def execute(self, *commands: Command) -> list[Any]:
        """Return the replies in order. Raises RedisError or OSError."""
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
            loop, address = asyncio.get_running_loop(), self._address
            if path := address.get("path"):
                opened, _ = await loop.create_unix_connection(lambda: self, path)
            else:
                host, port = await self._server()
                authority = address.get("ssl_ca_certs")
                tls = ssl.create_default_context(cafile=authority) if self._tls else None
                opened, _ = await loop.create_connection(lambda: self, host, port, ssl=tls)
            self._transport = opened
            if greeting := self._greeting():
                await self._send(greeting)

    async def _server(self) -> tuple[str, int]:
        if self._sentinels:
            return await self._sentinels.find_master()
        return self._address.get("host", "localhost"), self._address.get("port", 6379)

    def _greeting(self) -> list[Command]:
        address = self._address
        greeting: list[Command] = []
        if address.get("password"):
            greeting.append(("AUTH", address.get("username") or "default", address["password"]))
        if address.get("db"):
            greeting.append(("SELECT", address["db"]))
        return greeting

    def _send(self, commands: "tuple[Command, ...] | list[Command]") -> "asyncio.Future[list[Any]]":
        loop = asyncio.get_running_loop()
        if not self._packets:
            loop.call_soon(self._flush)
        self._packets += [hiredis.pack_command(each) for each in commands]  # type: ignore[arg-type]
        answered: asyncio.Future[list[Any]] = loop.create_future()
        self._pending.append((len(commands), answered))
        return answered

    def _flush(self) -> None:
        if self._transport is not None:
            self._transport.write(b"".join(self._packets))
        self._packets.clear()

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            self._answers.append(reply)
            count, answered = self._pending[0]
            if len(self._answers) == count:
                self._pending.popleft()
                _resolve(answered, self._answers)
                self._answers = []

    def connection_lost(self, error: Exception | None) -> None:
        lost = redis.ConnectionError(f"the connection to Redis ended: {error or 'closed'}")
        for _, answered in self._pending:
            if not answered.done():
                answered.set_exception(lost)
        self._transport, self._reader = None, hiredis.Reader()
        self._pending.clear()
        self._answers, self._packets = [], []


def _resolve(answered: "asyncio.Future[list[Any]]", replies: list[Any]) -> None:
    """Set the replies of one packet, unless whoever waited has gone away."""
    if answered.done():
        return
    refused = [reply for reply in replies if isinstance(reply, hiredis.ReplyError)]
    if refused:
        answered.set_exception(redis.ResponseError(str(refused[0])))
    else:
        answered.set_result(replies)
