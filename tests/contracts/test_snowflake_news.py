"""A build that the schedule asks for without news costs two statements."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bench.harness.snowflake import journal
from ingestion.pipeline import fingerprint, snapshots, transformation
from spotifyweb import clients, lake
from spotifyweb.monitoring import upgrade
from spotifyweb.warehouse.snowflake_session import Account, query

NOW = datetime(2026, 11, 29, 20, tzinfo=UTC)
BUILD_ID = "20261129T140000Z-aaaa"
ORIGIN = (
    "create table gold_next.build_info as"
    " select '{}' as build_id, '{}' as project, '{}' as fingerprint"
)


@pytest.fixture
def published(snowflake: str, settings: Any, own_place: None) -> Iterator[None]:
    """A build of what is in the lake now, by this version."""
    settings.WAREHOUSE_URL = f"snowflake://fake:snow@fakesnow/news?{snowflake}"
    clients.warehouse.cache_clear()
    lake.ensure_datasets(clients.lake())
    project = upgrade.project_hash()
    tables = snapshots.collect()
    digest = fingerprint.compute(project=project, store=clients.lake(), snapshots=tables, now=NOW)
    builds = clients.builds()
    builds.begin(BUILD_ID, fresh=True)
    with Account.of(settings.WAREHOUSE_URL).connect() as session:
        query(session, ORIGIN.format(BUILD_ID, project, digest))
    builds.publish(BUILD_ID)
    yield
    clients.warehouse().close()
    clients.warehouse.cache_clear()


@pytest.mark.django_db
@pytest.mark.usefixtures("published")
def test_without_news_two_statements_tell_that_there_are_none(tmp_path: Path) -> None:
    journal.clear()
    outcome = transformation.transform(
        store=clients.lake(),
        builds=clients.builds(),
        folder=tmp_path,
        now=NOW,
        only_with_news=True,
    )
    assert (outcome.status, outcome.build_id) == ("unchanged", BUILD_ID)
    assert (journal.logins, len(journal.statements)) == (1, 2)
