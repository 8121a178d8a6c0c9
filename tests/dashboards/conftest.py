"""Pages over a house whose numbers are known twice: from the warehouse and from plain Python."""

import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bench.harness.lakehouse import Lakehouse
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.warehouse.duckdb import CURRENT, build_path
from tests.conftest import listener
from tests.dashboards.answers import Asking, Heard
from tests.dbt import listening
from tests.dbt.conftest import house as house  # the session's two builds
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen, counted_listens


@pytest.fixture(scope="session")
def all_heard(house: Lakehouse) -> list[CountedListen]:
    return counted_listens(house)


@pytest.fixture(scope="session")
def heard_by(all_heard: list[CountedListen]) -> Callable[[str], Heard]:
    """What the listener of an id heard, taken apart once for all tests."""
    return functools.cache(lambda user_id: Heard.by(user_id, all_heard))


@pytest.fixture(autouse=True)
def _published(house: Lakehouse, settings: Any) -> Iterator[None]:
    """The pages read that house's published build."""
    settings.WAREHOUSE_URL = f"duckdb:///{house.warehouse}"
    clients.warehouse.cache_clear()
    yield
    clients.warehouse().close()
    clients.warehouse.cache_clear()


@pytest.fixture
def altered(house: Lakehouse, tmp_path: Path, settings: Any) -> Callable[[str], None]:
    """The pages read a copy of that build, in which some SQL has changed something."""

    def alter(sql: str) -> None:
        build = clients.warehouse().published()
        assert build
        copy = build_path(tmp_path, build.build_id)
        copy.parent.mkdir(parents=True)
        shutil.copyfile(build_path(house.warehouse, build.build_id), copy)  # without its mode
        shutil.copy(house.warehouse / CURRENT, tmp_path)
        with duckdb.connect(str(copy)) as opened:
            opened.execute(sql)
        settings.WAREHOUSE_URL = f"duckdb:///{tmp_path}"
        clients.warehouse().close()
        clients.warehouse.cache_clear()

    return alter


@pytest.fixture(params=["kavya", "howard", "john", "theo"])
def someone(request: pytest.FixtureRequest, db: None) -> Listener:
    """In Kolkata, on Lord Howe, in St. John's, and moving from Berlin to Tokyo."""
    zones = {name: zone for name, zone, _ in listening.ZONES}
    return listener(request.param, timezone=zones[request.param])


@pytest.fixture
def ask(someone: Listener, heard_by: Callable[[str], Heard]) -> Asking:
    return Asking(someone, heard_by(someone.user_id))


@pytest.fixture
def kavya(db: None) -> Listener:
    return listener("kavya", timezone="Asia/Kolkata")


def shown(somebody: Listener, address: str) -> Any:
    """What the page was given to show."""
    response = browser_of(somebody).get(address)
    assert response.status_code == 200, response
    return response.context
