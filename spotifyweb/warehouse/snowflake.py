"""The warehouse on Snowflake: readers of the published build.

Base database   BRONZE.<dataset> and INCOMING (stage), LOADED; PUBLISHING.BUILDS
Build database  <base>_<build id> with SILVER and GOLD, made by dbt from bronze anew

Bronze only grows: what is new in the lake is put on the stage and copied in. A build has a database
of its own, so that `gold.<table>` means one build from the first to the last statement; publishing
is one row in PUBLISHING.BUILDS. (Tables could be swapped one by one, but then readers would see a
mixture; SWAP WITH of databases works only between two.)
"""

import copy
import logging
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import snowflake.connector
from snowflake.connector import SnowflakeConnection

from spotifyweb.warehouse.base import Build, NothingPublished, Row, SchemaMismatch, WarehouseError
from spotifyweb.warehouse.dialect import to_snowflake
from spotifyweb.warehouse.snowflake_session import Account, query, query_arrow

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)

RECHECK_SECONDS = 5.0  # how long a reader may stay on a build after a newer one was published
MISSING_OBJECT = (2003, 2043)  # Snowflake's numbers for a name that nothing has yet
INVALID_IDENTIFIER = 904  # and for a column
SESSION_OVER = 390_000  # from here on they speak of logins: one ends after four idle hours
PUBLISHED = "select build_id, published_at from {base}.publishing.builds order by 2 desc limit 1"


class SnowflakeWarehouse:
    """Read with a connection per thread: a session of Snowflake does one thing at a time."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._local = threading.local()
        self._lock = threading.Lock()
        self._seen: tuple[float, Build | None] = (float("-inf"), None)
        self._pin: Build | None = None

    def pinned(self) -> "SnowflakeWarehouse":
        """Return a reader of the build published now, which shares this one's connections."""
        pinned = copy.copy(self)
        pinned._pin = self.published()
        return pinned

    def published(self) -> Build | None:
        """Return the published build as of at most five seconds ago.

        Checking at every query would cost more than the query.
        """
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
        try:
            return query(self._in_build(), to_snowflake(sql), params)
        except snowflake.connector.Error as error:
            raise self._failure(error) from error

    def arrow(self, sql: str, params: Sequence[object] = ()) -> "pa.Table":
        try:
            return query_arrow(self._in_build(), to_snowflake(sql), params)
        except snowflake.connector.Error as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Close this thread's connection; other threads keep theirs."""
        connection = getattr(self._local, "connection", None)
        self._local.__dict__.clear()
        with self._lock:
            self._seen = (float("-inf"), None)
        if connection is not None:
            connection.close()

    def _in_build(self) -> SnowflakeConnection:
        """Return this thread's connection, which reads the published build."""
        build = self.published()
        if build is None:
            raise NothingPublished("nothing was published yet: run `manage.py transform`")
        connection = self._connection()
        if getattr(self._local, "build_id", "") != build.build_id:
            query(connection, f"use database {self._account.database_of(build.build_id)}")
            self._local.build_id = build.build_id
        return connection

    def _connection(self) -> SnowflakeConnection:
        if getattr(self._local, "connection", None) is None:
            self._local.connection = self._account.connect()
        connection: SnowflakeConnection = self._local.connection
        return connection

    def _read_published(self) -> Build | None:
        try:
            rows = query(self._connection(), PUBLISHED.format(base=self._account.database))
        except snowflake.connector.Error as error:
            if error.errno not in MISSING_OBJECT:
                raise self._failure(error) from error
            log.info("no build is published on Snowflake yet: %s", error.msg)
            return None
        return Build(**rows[0]) if rows else None

    def _failure(self, error: snowflake.connector.Error) -> WarehouseError:
        """Return the error to raise, and close the connection, which may be what failed."""
        self.close()
        is_sql = isinstance(error, snowflake.connector.ProgrammingError)
        if is_sql and error.errno in (*MISSING_OBJECT, INVALID_IDENTIFIER):
            return SchemaMismatch(f"{type(error).__name__}: {error.msg}")
        is_wrong_sql = is_sql and error.errno < SESSION_OVER
        return WarehouseError(f"{type(error).__name__}: {error.msg}", retry=not is_wrong_sql)
