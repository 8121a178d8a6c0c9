"""Load the lake into Snowflake's bronze tables, and make a build's database beside them."""

import logging
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import snowflake.connector
from snowflake.connector import SnowflakeConnection

from spotifyweb.warehouse.base import WarehouseError
from spotifyweb.warehouse.snowflake import SnowflakeWarehouse
from spotifyweb.warehouse.snowflake_session import Account, columns, query

log = logging.getLogger(__name__)

BUILD_PATTERN = r"\d{8}T\d{6}Z_[0-9A-F]{4}"  # a build id, as databases are named after it
OBJECTS_PER_COPY = 100  # objects on the stage per COPY
COPY = (
    "copy into bronze.{name} from @bronze.incoming"
    " FILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE)"
    " MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE FORCE = TRUE"
)


class Objects(Protocol):
    """What the loader needs of the lake: only objects that count."""

    def keys(self, prefix: str = "") -> Iterator[str]: ...

    def get_unloaded(self, key: str, loaded: Collection[str]) -> bytes | None:
        """Return the object without rows that came from loaded ones; None where none is left."""


class SnowflakeBuilds:
    """Make builds in one account. `schemas` maps dataset or snapshot to its Arrow schema."""

    target = "snowflake"

    def __init__(self, account: Account, *, lake: Objects, schemas: Mapping[str, object]) -> None:
        self._account = account
        self._lake = lake
        self._schemas = schemas

    @property
    def reader(self) -> SnowflakeWarehouse:
        return SnowflakeWarehouse(self._account)

    def begin(self, build_id: str, *, fresh: bool) -> Mapping[str, str]:
        """Bring bronze up to the lake, and create an empty database for the build.

        Silver and gold are always made anew: a warehouse that scales needs no copy of the last
        build. `fresh` loads bronze anew too.
        """
        database = self._account.database_of(build_id)
        with self._account.connect() as connection:
            self._prepare(connection, fresh=fresh)
            self._drop_unpublished(connection)
            for name in self._schemas:
                self._load(connection, name)
            self._delete_erased_rows(connection)
            query(connection, f"create database if not exists {database}")
            for schema in ("bronze", "silver", "gold"):
                query(connection, f"create schema if not exists {database}.{schema}")
        return self._account.environment(build_id)

    def publish(self, build_id: str, *, keep: int = 2) -> None:
        """Insert one row: from now on readers query this build."""
        base = self._account.database
        with self._account.connect() as connection:
            query(
                connection,
                f"insert into {base}.publishing.builds values (?, cast(? as timestamp_tz))",
                [build_id, datetime.now(UTC).isoformat(sep=" ")],
            )
            older = query(
                connection, f"select build_id from {base}.publishing.builds order by 1 desc"
            )[keep:]
            for row in older:
                query(
                    connection,
                    f"delete from {base}.publishing.builds where build_id = ?",
                    [row["build_id"]],
                )
                self._drop(connection, self._account.database_of(row["build_id"]))

    def available(self) -> list[str]:
        """Return the ids of the builds that can be published again, newest first."""
        base = self._account.database
        with self._account.connect() as connection:
            rows = query(
                connection, f"select build_id from {base}.publishing.builds order by 1 desc"
            )
        return [row["build_id"] for row in rows]

    def restore(self, build_id: str) -> None:
        """Publish a kept build again, by forgetting those after it; `begin` drops their databases.

        Raises WarehouseError where it is not kept.
        """
        if build_id not in self.available():
            raise WarehouseError(f"the build {build_id} is not kept")
        base = self._account.database
        with self._account.connect() as connection:
            query(
                connection,
                f"delete from {base}.publishing.builds where build_id > ?",
                [build_id],
            )

    def clean(self) -> None:
        """Do nothing.

        The next `begin` drops databases of unpublished builds, which nobody reads.
        """

    def _prepare(self, connection: SnowflakeConnection, *, fresh: bool) -> None:
        base = self._account.database
        query(connection, f"create database if not exists {base}")
        query(connection, f"use database {base}")
        for schema in ("publishing", "bronze"):
            query(connection, f"create schema if not exists {base}.{schema}")
        query(connection, f"use schema {base}.bronze")
        kind = "or replace table" if fresh else "table if not exists"
        query(connection, f"create {kind} bronze.loaded (name varchar, key varchar)")
        query(
            connection,
            "create table if not exists publishing.builds "
            "(build_id varchar, published_at timestamp_tz)",
        )
        for name, arrow in self._schemas.items():
            again = "or replace table" if fresh or self._is_snapshot(name) else kind
            fields = ", ".join(f"{column} {kind}" for column, kind in columns(arrow))
            query(connection, f"create {again} bronze.{name} ({fields})")

    def _drop_unpublished(self, connection: SnowflakeConnection) -> None:
        """Drop what killed and red builds left: it may hold rows that were erased since."""
        base = self._account.database
        published = query(connection, f"select build_id from {base}.publishing.builds")
        kept = {self._account.database_of(row["build_id"]) for row in published}
        for row in query(connection, f"show terse databases like '{base}_%'"):
            if re.fullmatch(f"{base}_{BUILD_PATTERN}", row["name"]) and row["name"] not in kept:
                self._drop(connection, row["name"])

    def _load(self, connection: SnowflakeConnection, name: str) -> None:
        known = {
            row["key"]
            for row in query(connection, "select key from bronze.loaded where name = ?", [name])
        }
        new = [key for key in self._lake.keys(f"bronze/{name}/") if key not in known]
        for start in range(0, len(new), OBJECTS_PER_COPY):
            self._copy(connection, name, new[start : start + OBJECTS_PER_COPY], known)

    def _copy(
        self, connection: SnowflakeConnection, name: str, keys: list[str], known: Collection[str]
    ) -> None:
        """Copy objects by an empty stage into the table; a key counts as loaded after that.

        Of an object that was compacted from `known` ones, rows of those are left out.
        """
        query(connection, "create or replace stage bronze.incoming")
        sent = 0
        with tempfile.TemporaryDirectory(prefix="spotifyweb-load-") as folder:
            for key in keys:
                if (data := self._lake.get_unloaded(key, known)) is None:
                    continue
                path = Path(folder) / f"{name}-{sent}.parquet"
                sent += 1
                path.write_bytes(data)
                query(
                    connection,
                    f"put 'file://{path}' @bronze.incoming auto_compress=false overwrite=true",
                )
                path.unlink()
        copied = query(connection, COPY.format(name=name)) if sent else []
        if len(copied) != sent:
            raise WarehouseError(f"only {len(copied)} of {sent} objects of {name} were loaded")
        if not self._is_snapshot(name):
            for key in keys:
                query(connection, "insert into bronze.loaded values (?, ?)", [name, key])

    def _delete_erased_rows(self, connection: SnowflakeConnection) -> None:
        for name in self._schemas:
            if not self._is_snapshot(name):
                query(
                    connection,
                    f"delete from bronze.{name} where exists (select 1 from bronze.erasures as e"
                    f" where e.user_id = {name}.user_id and {name}.landed_at < e.before"
                    f" and (e.source is null or e.source = {name}.source))",
                )

    def _is_snapshot(self, name: str) -> bool:
        """Written anew before each build: nothing in it has a time of landing."""
        return "landed_at" not in {column.name for column in self._schemas[name]}  # type: ignore[attr-defined]

    def _drop(self, connection: SnowflakeConnection, database: str) -> None:
        """Drop an old build; one that cannot be dropped costs room and is no reason to stop."""
        try:
            query(connection, f"drop database if exists {database}")
        except snowflake.connector.ProgrammingError as error:
            log.warning("could not drop the old build %s: %s", database, error.msg)
