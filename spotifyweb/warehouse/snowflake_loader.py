"""Load the lake's rows into tables of Snowflake, which bronze shows: what is new, or nothing."""

import hashlib
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from snowflake.connector import SnowflakeConnection

from spotifyweb.warehouse.base import WarehouseError
from spotifyweb.warehouse.snowflake_session import LANDING, Account, columns, query

# The snapshot that is loaded first: a load of events deletes what it says.
ERASURES = "erasures"
OBJECTS_PER_COPY = 100  # objects on the stage per COPY
COPY = (
    "copy into {table} from @{stage}"
    " FILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE)"
    " MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE FORCE = TRUE"
)
ERASED = (
    "delete from {table} as landed where exists (select 1 from {erasures} as e"
    " where e.user_id = landed.user_id and landed.landed_at < e.before"
    " and (e.source is null or e.source = landed.source))"
)


class Objects(Protocol):
    """What the loader needs of the lake: only objects that count."""

    def keys(self, prefix: str = "") -> Iterator[str]: ...

    def get_unloaded(self, key: str, loaded: Collection[str]) -> bytes | None:
        """Return the object without rows that came from loaded ones; None where none is left."""


class SnowflakeLoader:
    """Load into one database. `schemas` maps dataset or snapshot to its Arrow schema."""

    def __init__(self, account: Account, *, lake: Objects, schemas: Mapping[str, object]) -> None:
        self._account = account
        self._lake = lake
        self._schemas = schemas

    def load(self, connection: SnowflakeConnection, *, fresh: bool) -> None:
        """Bring the tables up to the lake; `fresh` loads all of it anew."""
        self._create_tables(connection, fresh=fresh)
        loaded = self._loaded(connection)
        for name in sorted(self._schemas, key=lambda name: name != ERASURES):
            load = self._load_snapshot if self._is_snapshot(name) else self._load_events
            load(connection, name, loaded.get(name, set()))

    def _create_tables(self, connection: SnowflakeConnection, *, fresh: bool) -> None:
        """Create what is missing, or all anew: what is loaded is forgotten before its rows are."""
        found = query(
            connection,
            f"select lower(table_name) as name from {self._account.database}"
            f".information_schema.tables where table_schema = '{LANDING}'",
        )
        existing = {} if fresh else {row["name"] for row in found}
        tables = {"loaded": [("name", "varchar"), ("key", "varchar")]}
        tables |= {name: list(columns(arrow)) for name, arrow in self._schemas.items()}
        for name, fields in tables.items():
            if name not in existing:
                listed = ", ".join(f"{column} {kind}" for column, kind in fields)
                query(
                    connection, f"create or replace transient table {self._table(name)} ({listed})"
                )

    def _loaded(self, connection: SnowflakeConnection) -> dict[str, set[str]]:
        loaded: dict[str, set[str]] = {}
        for row in query(connection, f"select name, key from {self._table('loaded')}"):
            loaded.setdefault(row["name"], set()).add(row["key"])
        return loaded

    def _load_events(self, connection: SnowflakeConnection, name: str, known: set[str]) -> None:
        new = [key for key in self._lake.keys(f"bronze/{name}/") if key not in known]
        for start in range(0, len(new), OBJECTS_PER_COPY):
            some = new[start : start + OBJECTS_PER_COPY]
            objects = [data for key in some if (data := self._lake.get_unloaded(key, known))]
            self._copy(connection, name, some, objects, replace=False)

    def _load_snapshot(self, connection: SnowflakeConnection, name: str, known: set[str]) -> None:
        """Load a snapshot where it says something else than the one that is loaded."""
        keys = list(self._lake.keys(f"bronze/{name}/"))
        objects = [data for key in keys if (data := self._lake.get_unloaded(key, set()))]
        digests = [
            f"{key} {hashlib.sha256(data).hexdigest()[:32]}"
            for key, data in zip(keys, objects, strict=True)
        ]
        if set(digests) != known:
            self._copy(connection, name, digests, objects, replace=True)

    def _copy(
        self,
        connection: SnowflakeConnection,
        name: str,
        keys: list[str],
        objects: list[bytes],
        *,
        replace: bool,
    ) -> None:
        """Copy objects by an empty stage into the table, and note their keys with them.

        What was erased goes in the same transaction: a load after a kill finds nothing new.
        """
        table, stage, loaded = map(self._table, (name, "incoming", "loaded"))
        if objects:
            query(connection, f"create or replace stage {stage}")
            self._put(connection, name, objects)
        query(connection, "begin")
        if replace:
            query(connection, f"delete from {table}")
            query(connection, f"delete from {loaded} where name = ?", [name])
        copied = query(connection, COPY.format(table=table, stage=stage)) if objects else []
        if len(copied) != len(objects):
            raise WarehouseError(
                f"only {len(copied)} of {len(objects)} objects of {name} were loaded"
            )
        for changed in self._tables_to_erase(name):
            erased = ERASED.format(table=self._table(changed), erasures=self._table(ERASURES))
            query(connection, erased)
        if keys:
            places = ", ".join(["(?, ?)"] * len(keys))
            noted = [part for key in keys for part in (name, key)]
            query(connection, f"insert into {loaded} values {places}", noted)
        query(connection, "commit")

    def _put(self, connection: SnowflakeConnection, name: str, objects: list[bytes]) -> None:
        with tempfile.TemporaryDirectory(prefix="spotifyweb-load-") as folder:
            for number, data in enumerate(objects):
                path = Path(folder) / f"{name}-{number}.parquet"
                path.write_bytes(data)
                query(
                    connection,
                    f"put 'file://{path}' @{self._table('incoming')}"
                    " auto_compress=false overwrite=true",
                )
                path.unlink()

    def _tables_to_erase(self, name: str) -> list[str]:
        """Return the tables that may hold erased rows once that one has changed."""
        changed = self._schemas if name == ERASURES else [name]
        return [each for each in changed if not self._is_snapshot(each)]

    def _is_snapshot(self, name: str) -> bool:
        """Return whether it is written anew before each build, and has no time of landing."""
        return "landed_at" not in dict(columns(self._schemas[name]))

    def _table(self, name: str) -> str:
        return self._account.schema(f"{LANDING}.{name}")
