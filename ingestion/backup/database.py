"""Rows of every table as lines of JSON: from SQLite or Postgres, and into either.

The rows are read and written through the models as they were at the backup's migrations, so that an
older backup is restored first and migrated after that.
"""

import gzip
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import orjson
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models.sql import InsertQuery
from django.utils.encoding import is_protected_type

from ingestion.backup.archive import BackupError

ROWS_PER_PART = 20_000
READ_AT_ONCE = 2_000
ROWS_AT_ONCE = 500
SESSIONS = frozenset({"sessions.session"})  # one that was ended since must not come back
Node = tuple[str, str]


def migrations() -> list[Node]:
    """Return the newest migration of each app. Raises BackupError where some have not run."""
    executor = MigrationExecutor(connection)
    leaves: list[Node] = executor.loader.graph.leaf_nodes()
    if executor.migration_plan(leaves):
        raise BackupError("the database has migrations to run: run manage.py migrate")
    return leaves


def parts(*, without: frozenset[str] = SESSIONS) -> Iterator[bytes]:
    """Yield the lines of `lines` as gzipped parts. Other writers need not wait."""
    rows = lines(without=without)
    while part := list(islice(rows, ROWS_PER_PART)):
        yield gzip.compress(b"\n".join(part), compresslevel=6)


def lines(*, without: frozenset[str] = SESSIONS) -> Iterator[bytes]:
    """Yield the rows of all models but some, as of one moment, each as a line of JSON."""
    with _snapshot():
        yield from _lines(without)


def _lines(without: frozenset[str]) -> Iterator[bytes]:
    models = _models(migrations())
    for model in (candidate for candidate in models if candidate._meta.label_lower not in without):
        fields = model._meta.concrete_fields
        for row in model._base_manager.order_by("pk").iterator(chunk_size=READ_AT_ONCE):
            values = {field.attname: _plain_value(field, row) for field in fields}
            yield orjson.dumps({"model": model._meta.label_lower, "values": values}, default=str)


def _plain_value(field: Any, row: models.Model) -> Any:
    value = field.value_from_object(row)
    return value if is_protected_type(value) else field.value_to_string(row)


def load(nodes: Iterable[Node], packed: Iterable[bytes]) -> int:
    """Replace all rows by those of a backup made at these migrations; return how many.

    The tables are then at this version's migrations.
    """
    known = _migrate_to(nodes)
    by_label = {model._meta.label_lower: model for model in _models(known)}
    count = 0
    with transaction.atomic():
        _empty(by_label.values())
        for part in packed:
            rows = map(orjson.loads, gzip.decompress(part).splitlines())
            for label, found in groupby(rows, key=itemgetter("model")):
                count += _insert(by_label[label], [row["values"] for row in found])
    _reset_sequences(by_label.values())
    return count


def _migrate_to(nodes: Iterable[Node]) -> list[Node]:
    """Bring the tables to these migrations, as far as this version still knows them.

    Raises BackupError where they are at later ones.
    """
    executor = MigrationExecutor(connection)
    known = executor.loader.graph.nodes
    targets: list[Node] = [(app, name) for app, name in nodes if (app, name) in known]
    if any(is_backwards for _, is_backwards in executor.migration_plan(targets)):
        raise BackupError("the database is newer than the backup: restore into an empty one")
    executor.migrate(targets)
    return targets


def _models(nodes: Iterable[Node]) -> list[Any]:
    state = MigrationExecutor(connection).loader.project_state(list(nodes))
    found = state.apps.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and not model._meta.proxy]


def _empty(all_models: Iterable[Any]) -> None:
    """Delete all rows, also those that migrations insert: the backup has them too."""
    with connection.cursor() as cursor:
        for model in all_models:
            cursor.execute(f"delete from {connection.ops.quote_name(model._meta.db_table)}")


def _insert(model: Any, values: Sequence[dict[str, Any]]) -> int:
    """Insert rows as they are, many with one statement; no field sets a time of its own."""
    fields = {field.attname: field for field in model._meta.local_concrete_fields}
    rows = [
        model(**{name: fields[name].to_python(value) for name, value in row.items()})
        for row in values
    ]
    size = connection.ops.bulk_batch_size(list(fields.values()), rows)
    for first in range(0, len(rows), min(size, ROWS_AT_ONCE)):
        query = InsertQuery(model)
        batch = rows[first : first + min(size, ROWS_AT_ONCE)]
        query.insert_values(list(fields.values()), batch, raw=True)
        query.get_compiler(connection=connection).execute_sql()
    return len(rows)


def _reset_sequences(all_models: Iterable[Any]) -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(all_models)):
            cursor.execute(statement)


def _snapshot() -> AbstractContextManager[None]:
    if connection.in_atomic_block:  # of a test
        return nullcontext()
    return _sqlite_snapshot() if connection.vendor == "sqlite" else _postgres_snapshot()


@contextmanager
def _sqlite_snapshot() -> Iterator[None]:
    """Open a read transaction of SQLite: Django's own would take the write lock."""
    with connection.cursor() as cursor:
        cursor.execute("begin deferred")
        try:
            yield
        finally:
            cursor.execute("rollback")


@contextmanager
def _postgres_snapshot() -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")
        yield
