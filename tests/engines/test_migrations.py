"""On Postgres, as on SQLite, the squashed migrations leave what the older ones leave."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.engines.postgres import Postgres
from tests.support.machine import SECRETS
from tests.support.schema import read_schema

pytestmark = pytest.mark.engines


def schema(server: Postgres, folder: Path, name: str, *options: str) -> dict[str, Any]:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    (folder / name).mkdir()
    url = server.url.removesuffix("postgres") + name
    return read_schema(*options, DATABASE_URL=url, DATA_DIR=str(folder / name), **SECRETS)


def test_squashed_or_one_by_one_the_schema_is_the_same(
    postgres_server: Postgres, tmp_path: Path
) -> None:
    squashed = schema(postgres_server, tmp_path, "squashed")
    assert squashed == schema(postgres_server, tmp_path, "older", "--unsquashed")
