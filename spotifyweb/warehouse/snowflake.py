"""The warehouse on Snowflake: readers of the published build.

LANDING                        the lake's rows, filled by the loader
BRONZE                         dbt's views of them
SILVER, GOLD                   the published build, tables only
SILVER_NEXT, GOLD_NEXT         the build that is being made
SILVER_PREVIOUS, GOLD_PREVIOUS the build before, which can be published again

Publishing is one `alter schema gold swap with gold_next`, so that names and grants stay. Each build
says its own id in the table PUBLICATION, which changes with the rest in that moment.
"""

import contextlib
import copy
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

import snowflake.connector
from snowflake.connector import SnowflakeConnection

from spotifyweb.warehouse.base import Build, NothingPublished, Row, SchemaMismatch, WarehouseError
from spotifyweb.warehouse.dialect import to_snowflake
from spotifyweb.warehouse.snowflake_session import (
    MISSING_OBJECT,
    PREVIOUS,
    Account,
    failure,
    query,
    query_arrow,
)

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)

RECHECK_SECONDS = 5.0  # how long a process may not know of a newer build
SESSIONS_KEPT = 4  # idle ones of a process
SESSION_SECONDS = 3 * 60 * 60  # Snowflake ends one after four idle hours
INVALID_IDENTIFIER = 904
PUBLISHED = "select build_id, published_at from {schema}.publication"

Answer = TypeVar("Answer")
Ask = Callable[[SnowflakeConnection, str, Sequence[object]], Answer]


class SessionPool:
    """Sessions of one process: each does one thing at a time, and is used again."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._lock = threading.Lock()
        self._idle: list[tuple[float, SnowflakeConnection]] = []
        self._process_id = os.getpid()

    @contextlib.contextmanager
    def session(self) -> Iterator[SnowflakeConnection]:
        """Yield a session that nobody else uses; after an error it is closed."""
        connection = self._take() or self._account.connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._keep(connection)

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    def _take(self) -> SnowflakeConnection | None:
        with self._lock:
            if self._process_id != os.getpid():  # a session does not survive a fork
                self._process_id, self._idle = os.getpid(), []
            while self._idle:
                since, connection = self._idle.pop()
                if time.monotonic() - since < SESSION_SECONDS:
                    return connection
        return None

    def _keep(self, connection: SnowflakeConnection) -> None:
        with self._lock:
            if len(self._idle) < SESSIONS_KEPT:
                self._idle.append((time.monotonic(), connection))
                return
        connection.close()


class SnowflakeWarehouse:
    """Read gold, and silver where a reader counts in every layer."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._pool = SessionPool(account)
        self._lock = threading.Lock()
        self._seen: tuple[float, Build | None] = (float("-inf"), None)
        self._pin: Build | None = None

    def pinned(self) -> "SnowflakeWarehouse":
        """Return a reader of the build published now, also after the next one was published."""
        pinned = copy.copy(self)
        pinned._pin = self.published()
        return pinned

    def published(self) -> Build | None:
        """Return the published build as of at most five seconds ago."""
        if self._pin:
            return self._pin
        with self._lock:
            at, build = self._seen
        if time.monotonic() - at > RECHECK_SECONDS:
            build = self._read_published()
            with self._lock:
                self._seen = (time.monotonic(), build)
        return build

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        return self._answer(query, sql, params)

    def arrow(self, sql: str, params: Sequence[object] = ()) -> "pa.Table":
        return self._answer(query_arrow, sql, params)

    def close(self) -> None:
        """Close the idle sessions of this process."""
        with self._lock:
            self._seen = (float("-inf"), None)
        self._pool.close()

    def _answer(self, ask: Ask[Answer], sql: str, params: Sequence[object]) -> Answer:
        if self.published() is None:
            raise NothingPublished("nothing was published yet: run `manage.py transform`")
        with self._session() as session:
            answer = ask(session, to_snowflake(sql), params)
            if self._pin is None or self._is_pinned(session, ""):
                return answer
            answer = ask(session, to_snowflake(sql, suffix=PREVIOUS), params)
            if self._is_pinned(session, PREVIOUS):
                return answer
        raise WarehouseError(
            f"the build {self._pin.build_id} was replaced twice while it was read: ask again",
            retry=True,
        )

    def _is_pinned(self, session: SnowflakeConnection, suffix: str) -> bool:
        """Return whether the build that was just read is the pinned one: ids never come back."""
        found = query(session, PUBLISHED.format(schema=self._account.schema(f"GOLD{suffix}")))
        return self._pin is not None and [row["build_id"] for row in found] == [self._pin.build_id]

    def _read_published(self) -> Build | None:
        try:
            with self._pool.session() as session:
                rows = query(session, PUBLISHED.format(schema=self._account.schema("GOLD")))
        except snowflake.connector.Error as error:
            if error.errno not in MISSING_OBJECT:
                raise failure(error) from error
            log.info("no build is published on Snowflake yet: %s", error.msg)
            return None
        return Build(**rows[0]) if rows else None

    @contextlib.contextmanager
    def _session(self) -> Iterator[SnowflakeConnection]:
        try:
            with self._pool.session() as session:
                yield session
        except snowflake.connector.Error as error:
            if error.errno in (*MISSING_OBJECT, INVALID_IDENTIFIER):
                raise SchemaMismatch(f"{type(error).__name__}: {error.msg}") from error
            raise failure(error) from error
