"""Make a build in schemas of its own on Snowflake, and publish it by one swap."""

import contextlib
import logging
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import snowflake.connector
from snowflake.connector import SnowflakeConnection

from spotifyweb.warehouse.base import WarehouseError
from spotifyweb.warehouse.snowflake import PUBLISHED, SnowflakeWarehouse
from spotifyweb.warehouse.snowflake_loader import Objects, SnowflakeLoader
from spotifyweb.warehouse.snowflake_session import (
    BUILT,
    MISSING_OBJECT,
    NEXT,
    PREVIOUS,
    RETENTION,
    SCHEMAS,
    SETUP,
    Account,
    failure,
    query,
    reader_grants,
)

log = logging.getLogger(__name__)

DATABASE_OF_A_BUILD = r"\d{8}T\d{6}Z_[0-9A-F]{4}"  # each build had one before 29 November 2026


class SnowflakeBuilds:
    """Make builds in one account. `schemas` maps dataset or snapshot to its Arrow schema."""

    target = "snowflake"

    def __init__(self, account: Account, *, lake: Objects, schemas: Mapping[str, object]) -> None:
        self._account = account.tagged("build")
        self._loader = SnowflakeLoader(self._account, lake=lake, schemas=schemas)

    @property
    def reader(self) -> SnowflakeWarehouse:
        return SnowflakeWarehouse(self._account)

    def begin(self, build_id: str, *, fresh: bool) -> Mapping[str, str]:  # noqa: ARG002
        """Load what is new in the lake, and prepare the schemas that dbt builds in.

        They are clones of what is published, in which dbt computes what is new. `fresh`, and where
        nothing whole is published, they are empty; `fresh` loads the lake anew too.
        """
        environment = self._account.environment()
        with self._session() as connection:
            self._create_database(connection)
            if fresh:
                self._drop_old_databases(connection)
            self._loader.load(connection, fresh=fresh)
            is_empty = fresh or not self._is_whole(connection)
            for layer in BUILT:
                new = self._schema(layer, NEXT)
                source = "" if is_empty else f"clone {self._schema(layer)} "
                query(connection, f"create or replace transient schema {new} {source}{RETENTION}")
        return environment

    def publish(self, build_id: str, *, keep: int = 2) -> None:
        """Swap gold, which publishes it, and then silver; the build before is kept if `keep` > 1.

        A kill at any statement leaves gold whole, of this build or of the one before.
        """
        with self._session() as connection:
            self._name(connection, build_id)
            self._grant(connection)
            for layer in reversed(BUILT):
                current, new = self._schema(layer), self._schema(layer, NEXT)
                query(connection, f"alter schema {current} swap with {new}")
            for layer in BUILT:
                new, previous = self._schema(layer, NEXT), self._schema(layer, PREVIOUS)
                query(connection, f"drop schema if exists {previous}")
                if keep > 1:
                    query(connection, f"alter schema {new} rename to {previous}")
                else:
                    query(connection, f"drop schema if exists {new}")

    def available(self) -> list[str]:
        """Return the ids of the builds that can be published again, newest first."""
        with self._session() as connection:
            found = {self._build_id(connection, "GOLD", suffix) for suffix in ("", PREVIOUS)}
        return sorted(found - {""}, reverse=True)

    def restore(self, build_id: str) -> None:
        """Publish a kept build again. Raises WarehouseError where it is not kept."""
        with self._session() as connection:
            if self._build_id(connection, "GOLD") == build_id:
                return
            if self._build_id(connection, "GOLD", PREVIOUS) != build_id:
                raise WarehouseError(f"the build {build_id} is not kept")
            for layer in reversed(BUILT):
                current, previous = self._schema(layer), self._schema(layer, PREVIOUS)
                query(connection, f"alter schema {current} swap with {previous}")

    def clean(self) -> None:
        """Drop what a red build left: it may hold rows that are erased next."""
        with self._session() as connection:
            for layer in BUILT:
                query(connection, f"drop schema if exists {self._schema(layer, NEXT)}")

    def _is_whole(self, connection: SnowflakeConnection) -> bool:
        """Return whether silver and gold are of one build: a kill may have swapped only gold."""
        published = self._build_id(connection, "GOLD")
        return published != "" and self._build_id(connection, "SILVER") == published

    def _create_database(self, connection: SnowflakeConnection) -> None:
        """Create database and schemas where no admin did; their owner is Liner's role then."""
        base = self._account.database
        try:
            found = query(connection, f"show terse schemas in database {base}")
        except snowflake.connector.ProgrammingError as error:
            if error.errno not in MISSING_OBJECT:
                raise
            query(connection, f"create transient database {base} {RETENTION}")
            found = []
        for name in set(SCHEMAS) - {row["name"].upper() for row in found}:
            query(connection, f"create transient schema if not exists {base}.{name} {RETENTION}")

    def _name(self, connection: SnowflakeConnection, build_id: str) -> None:
        """Write into both schemas which build they are."""
        if not re.fullmatch(r"[\w-]+", build_id):
            raise WarehouseError(f"{build_id!r} is no id of a build")
        at = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} +00:00"
        for layer in BUILT:
            query(
                connection,
                f"create or replace transient table {self._schema(layer, NEXT)}.publication as"
                f" select '{build_id}' as build_id, cast('{at}' as timestamp_tz) as published_at",
            )

    def _grant(self, connection: SnowflakeConnection) -> None:
        """Let people read the new gold; without their role it is published all the same."""
        role = self._account.reader_role
        try:
            for grant in reader_grants(self._schema("GOLD", NEXT), role):
                query(connection, grant)
        except snowflake.connector.ProgrammingError as error:
            if error.errno not in MISSING_OBJECT:
                raise
            log.warning("nobody but Liner can read gold, there is no role %s: %s", role, SETUP)

    def _drop_old_databases(self, connection: SnowflakeConnection) -> None:
        """Drop builds of earlier versions: they may hold rows that were erased since."""
        base = self._account.database
        for row in query(connection, f"show terse databases like '{base}_%'"):
            if re.fullmatch(f"{base}_{DATABASE_OF_A_BUILD}", row["name"]):
                query(connection, f"drop database if exists {row['name']}")

    def _build_id(self, connection: SnowflakeConnection, layer: str, suffix: str = "") -> str:
        """Return the build in a schema; empty where it is none."""
        try:
            (row,) = query(connection, PUBLISHED.format(schema=self._schema(layer, suffix)))
        except snowflake.connector.ProgrammingError as error:
            if error.errno not in MISSING_OBJECT:
                raise
            return ""
        return str(row["build_id"])

    def _schema(self, layer: str, suffix: str = "") -> str:
        return self._account.schema(f"{layer}{suffix}")

    @contextlib.contextmanager
    def _session(self) -> Iterator[SnowflakeConnection]:
        with self._account.connect() as connection:
            try:
                yield connection
            except snowflake.connector.Error as error:
                raise failure(error) from error
