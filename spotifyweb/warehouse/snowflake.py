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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import snowflake.connector
from snowflake.connector import SnowflakeConnection

from spotifyweb.warehouse.base import Build, NothingPublished, Row, SchemaMismatch, WarehouseError
from spotifyweb.warehouse.dialect import to_snowflake

log = logging.getLogger(__name__)

RECHECK_SECONDS = 5.0  # how long a reader may stay on a build after a newer one was published
TIMEOUT_SECONDS = 30
MISSING_OBJECT = (2003, 2043)  # Snowflake's numbers for a name that nothing has yet
INVALID_IDENTIFIER = 904  # and for a column
SESSION_OVER = 390_000  # from here on they speak of logins: one ends after four idle hours
PUBLISHED = "select build_id, published_at from {base}.publishing.builds order by 2 desc limit 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account.

    Snowflake://user:password@account/database?warehouse=&role=&host=&port=&protocol=
    """

    user: str
    password: str
    account: str
    database: str
    options: Mapping[str, str]

    @classmethod
    def of(cls, url: str) -> "Account":
        parts = urlsplit(url)
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        database = parts.path.strip("/").upper()
        if not (parts.username and parts.hostname and database.isidentifier()):
            raise WarehouseError(
                "the warehouse's address must be snowflake://user:password@account/database"
            )
        return cls(
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            account=parts.hostname,
            database=database,
            options=options,
        )

    def connect(self) -> SnowflakeConnection:
        options: dict[str, Any] = {
            name: self.options[name]
            for name in ("warehouse", "role", "host", "protocol")
            if name in self.options
        }
        if "port" in self.options:
            options["port"] = int(self.options["port"])
        try:
            return snowflake.connector.connect(
                user=self.user,
                password=self.password,
                account=self.account,
                paramstyle="qmark",
                login_timeout=10,
                network_timeout=TIMEOUT_SECONDS,
                client_session_keep_alive=False,
                timezone="UTC",
                session_parameters={"CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED": False},
                **options,
            )
        except snowflake.connector.Error as error:
            raise WarehouseError(f"Snowflake does not answer: {error.msg}", retry=True) from error

    def database_of(self, build_id: str) -> str:
        return f"{self.database}_{build_id.replace('-', '_').upper()}"

    def environment(self, build_id: str) -> dict[str, str]:
        """Return the environment in which dbt finds the build's database."""
        named = {
            f"SNOWFLAKE_{name.upper()}": self.options[name]
            for name in ("warehouse", "role", "host", "port", "protocol")
            if name in self.options
        }
        return named | {
            "SNOWFLAKE_ACCOUNT": self.account,
            "SNOWFLAKE_USER": self.user,
            "SNOWFLAKE_PASSWORD": self.password,
            "SNOWFLAKE_DATABASE": self.database_of(build_id),
            "DBT_BRONZE_DATABASE": self.database,
        }


def query(connection: SnowflakeConnection, sql: str, params: Sequence[object] = ()) -> list[Row]:
    """Return the statement's rows with lower-case names, times aware in UTC."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params) or None)
        names = [column.name.lower() for column in cursor.description or ()]
        rows: list[Any] = cursor.fetchall()
    return [{name: _in_utc(value) for name, value in zip(names, row, strict=True)} for row in rows]


def _in_utc(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    return value


class SnowflakeWarehouse:
    """Read with a connection per thread: a session of Snowflake does one thing at a time."""

    def __init__(self, url: str) -> None:
        self._account = Account.of(url)
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
        build = self.published()
        if build is None:
            raise NothingPublished("nothing was published yet: run `manage.py transform`")
        try:
            connection = self._connection()
            if getattr(self._local, "build_id", "") != build.build_id:
                query(connection, f"use database {self._account.database_of(build.build_id)}")
                self._local.build_id = build.build_id
            return query(connection, to_snowflake(sql), params)
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
