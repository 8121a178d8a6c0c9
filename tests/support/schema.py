"""Migrate an empty database and print its schema (`python -m tests.support.schema`)."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from unittest.mock import patch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spotifyweb.settings")


def read_schema(*options: str, **environment: str) -> dict[str, Any]:
    """Run this module as a process with these settings and read what it prints."""
    command = [sys.executable, "-m", "tests.support.schema", *options]
    run = subprocess.run(command, env=os.environ | environment, check=True, capture_output=True)
    tables: dict[str, Any] = json.loads(run.stdout)
    return tables


def columns(table: str) -> dict[str, Any]:
    """Type, NULL and default by column, as the database tells them."""
    from django.db import connection

    with connection.cursor() as cursor:
        rows = connection.introspection.get_table_description(cursor, table)
    return {
        row.name: [str(row.type_code), row.display_size, row.null_ok, row.default] for row in rows
    }


def constraints(table: str) -> list[Any]:
    """Keys, indexes and checks without their names, which Django derives from a hash."""
    from django.db import connection

    with connection.cursor() as cursor:
        named = connection.introspection.get_constraints(cursor, table)
    return sorted((sorted(kind.items(), key=str) for kind in named.values()), key=str)


@contextmanager
def older_migrations() -> Iterator[None]:
    """Let Django see the migrations without the squashed ones, as a release before them did."""
    from django.db.migrations.loader import MigrationLoader

    load_disk = MigrationLoader.load_disk

    def load_older(loader: MigrationLoader) -> None:
        load_disk(loader)
        on_disk = loader.disk_migrations.items()
        loader.disk_migrations = {key: read for key, read in on_disk if not read.replaces}

    with patch.object(MigrationLoader, "load_disk", load_older):
        yield


def main() -> None:
    """Print the schema as JSON: columns and constraints by table."""
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    with older_migrations() if "--unsquashed" in sys.argv else nullcontext():
        call_command("migrate", verbosity=0)
    tables = connection.introspection.table_names()
    json.dump({table: [columns(table), constraints(table)] for table in tables}, sys.stdout)


if __name__ == "__main__":
    main()
