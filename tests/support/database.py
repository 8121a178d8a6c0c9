"""Put the migrated database back after a test that commits, where Django would flush it.

A flush empties each table and has permissions, content types and the schedule written anew: 100 ms
of processor time for each of 140 tests. A copy of SQLite's pages takes a few.
"""

import sqlite3
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Let no test wait for the disk at each commit."""
    if connection.vendor == "sqlite":
        connection.settings_dict["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    if connection.vendor != "sqlite":
        yield
        return
    migrated = sqlite3.connect(":memory:")
    with django_db_blocker.unblock():
        _database().backup(migrated)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            TransactionTestCase, "_fixture_teardown", lambda _: migrated.backup(_database())
        )
        yield
    migrated.close()


def _database() -> sqlite3.Connection:
    connection.ensure_connection()
    database: sqlite3.Connection = connection.connection
    return database
