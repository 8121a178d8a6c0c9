"""A published build with the listening of alice and bob, who share a house; charlie has none."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import override_settings
from django.utils import timezone

from bench.harness import published_models
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.household import members
from spotifyweb.warehouse.duckdb import DuckDBWarehouse
from spotifyweb.warehouse.scratch import Scratch
from tests.recommendations import invented_plays
from tests.recommendations.invented_plays import AS_OF, plays, track_id
from tests.recommendations.reference import Heard

BUILD = "20260301T120000Z-test"
HEARD = plays("alice", sessions=60) + plays("bob", sessions=40, tracks=90)
LEFT = Heard(
    "alice",
    track_id(900),
    "nobody",
    AS_OF - timedelta(days=1),
    AS_OF - timedelta(days=1),
)


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a warehouse in which that build is published."""
    folder = tmp_path_factory.mktemp("recommending")
    with Scratch() as scratch:
        invented_plays.load(scratch, HEARD, [LEFT])
        published_models.publish(folder, BUILD, scratch, ["alice", "bob"], as_of=AS_OF)
    reader = DuckDBWarehouse(folder)
    reader.rows("select 1")  # while it is open, each test's own connection is made in a moment
    yield folder
    reader.close()


@pytest.fixture
def alice(alice: Listener) -> Listener:
    members.join(alice, now=timezone.now())
    return alice


@pytest.fixture
def warehouse(build: Path) -> Iterator[Path]:
    """The house reads that build."""
    with override_settings(WAREHOUSE_URL=f"duckdb:///{build}"):
        clients.warehouse.cache_clear()
        yield build
    clients.warehouse.cache_clear()


@pytest.fixture
def no_warehouse(tmp_path: Path) -> Iterator[None]:
    with override_settings(WAREHOUSE_URL=f"duckdb:///{tmp_path}"):
        clients.warehouse.cache_clear()
        yield
    clients.warehouse.cache_clear()
