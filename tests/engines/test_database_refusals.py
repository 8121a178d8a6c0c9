"""A real Postgres that asks for a password: each wrong value of DATABASE_URL has its cure."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import OperationalError

from bench.harness.processes import free_port
from spotifyweb.monitoring import connection_hints
from tests.engines.postgres import Postgres

pytestmark = pytest.mark.engines


@pytest.fixture
def asking(postgres_server: Postgres) -> Iterator[dict[str, Any]]:
    """Where a user called `asked` has to give a password."""
    rules = postgres_server.data / "pg_hba.conf"
    before = rules.read_text()
    with psycopg.connect(postgres_server.url, autocommit=True) as house:
        house.execute("create role asked login password 'right'")
        rules.write_text(f"host all asked 127.0.0.1/32 scram-sha-256\n{before}")
        house.execute("select pg_reload_conf()")
        yield {
            "host": "127.0.0.1",
            "port": postgres_server.port,
            "user": "asked",
            "password": "right",
            "dbname": "postgres",
            "connect_timeout": 5,
        }
        rules.write_text(before)
        house.execute("select pg_reload_conf()")
        house.execute("drop role asked")


def test_each_wrong_value_has_its_cure(asking: dict[str, Any]) -> None:
    with psycopg.connect(**asking) as well:
        assert well.execute("select 1").fetchone() == (1,)
    wrong = {
        "password": ("wrong-secret", "password in DATABASE_URL"),
        "user": ("nobody", "the user in DATABASE_URL"),
        "dbname": ("nowhere", "the name in DATABASE_URL"),
        "host": ("no-such-host.invalid", "the host in DATABASE_URL"),
        "port": (free_port(), "host and port in DATABASE_URL"),
        "sslmode": ("require", "speak TLS"),
    }
    for name, (value, cure) in wrong.items():
        with pytest.raises(psycopg.OperationalError) as caught:
            psycopg.connect(**asking | {name: value})
        told = f"{caught.value} -> {connection_hints.hint(OperationalError(str(caught.value)))}"
        print(told)  # noqa: T201 -- `-s` shows them
        assert cure in told and "wrong-secret" not in told
