"""The cast: alice owns the data, bob has other data, charlie sees nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings

from spotifyweb import clients
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.monitoring import upgrade

pytest_plugins = ["tests.support.database", "tests.support.disk", "tests.support.sandbox_server"]

LONGEST = [  # begun first: no core waits for one at the end
    "dbt/test_development.py",
    "browser/test_now.py",
    "dbt/test_models.py",
    "ingestion/pipeline/test_transformation.py",
    "ingestion/pipeline/test_pipeline.py",
    "faults/test_player_day.py",
    "privacy/test_story.py",
    "docs/test_commands.py",
    "ingestion/test_simulation.py",
    "devserver/test_environment.py",
]
# These read the session's lakehouse: begun last, when dbt has built it, the longest of them first.
LAKEHOUSE_FOLDERS = {"dashboards", "browser"}
LONGEST_WITH_LAKEHOUSE = {"test_journey.py", "test_numbers.py"}

# The same questions in each run, however slow; --hypothesis-profile=default asks others.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.load_profile("same")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All else keeps its random order."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}

    def place(item: pytest.Item) -> int:
        if item.path in places:
            return places[item.path]
        if item.path.parent.name not in LAKEHOUSE_FOLDERS:
            return len(places)
        return len(places) + (1 if item.path.name in LONGEST_WITH_LAKEHOUSE else 2)

    items.sort(key=place)


@pytest.fixture(autouse=True)
def _plain_static_files() -> None:
    """Pages in tests name static files as they are: nothing was collected."""
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    settings.WHITENOISE_AUTOREFRESH = True  # each client would list every static file anew


@pytest.fixture(autouse=True)
def _empty_place() -> None:
    """Nothing of another test is left in the places that all tests of a process share."""
    clients.redis_client().flushall()
    clients.spotify_quota.cache_clear()  # it keeps the clock that it was made with
    upgrade._origin.cache_clear()
    for folder in ("lake", "warehouse", "imports", "uploads"):
        for left in settings.DATA_DIR.glob(f"{folder}/*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def listener(user_id: str, **fields: object) -> Listener:
    return Listener.objects.create(
        user_id=user_id, display_name=user_id.title(), connection=Connection.CONNECTED, **fields
    )


@pytest.fixture
def alice(db: None) -> Listener:
    return listener("alice", is_staff=True, is_superuser=True)


@pytest.fixture
def bob(db: None) -> Listener:
    return listener("bob")


@pytest.fixture
def charlie(db: None) -> Listener:
    return listener("charlie")


@pytest.fixture
def own_place(tmp_path: Path, settings: Any) -> Iterator[None]:
    """A data folder of this test's own; the doors are opened anew before and after."""
    settings.DATA_DIR = tmp_path
    settings.LAKE_URL = f"file://{tmp_path}/lake"
    settings.WAREHOUSE_URL = f"duckdb:///{tmp_path}/warehouse"
    for door in (clients.lake, clients.warehouse):
        door.cache_clear()
    yield
    clients.warehouse().close()
    for door in (clients.lake, clients.warehouse):
        door.cache_clear()
