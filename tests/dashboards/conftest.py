"""Pages over a house whose numbers are known twice: from the warehouse and from plain Python."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from tests.conftest import listener
from tests.dashboards.heard import Heard, heard_in
from tests.dbt import listening
from tests.dbt.conftest import house as house  # the session's two builds
from tests.dbt.house import House


@pytest.fixture(scope="session")
def all_heard(house: House) -> list[Heard]:
    return heard_in(house)


@pytest.fixture(autouse=True)
def _published(house: House, settings: Any) -> Iterator[None]:
    """The pages read that house's published build."""
    settings.WAREHOUSE_URL = f"duckdb:///{house.warehouse}"
    clients.warehouse.cache_clear()
    yield
    clients.warehouse().close()
    clients.warehouse.cache_clear()


@pytest.fixture(params=["kavya", "howard", "john", "theo"])
def someone(request: pytest.FixtureRequest, db: None) -> Listener:
    """In Kolkata, on Lord Howe, in St. John's, and moving from Berlin to Tokyo."""
    zones = {name: zone for name, zone, _ in listening.ZONES}
    return listener(request.param, timezone=zones[request.param])


@pytest.fixture
def kavya(db: None) -> Listener:
    return listener("kavya", timezone="Asia/Kolkata")


def browser_of(somebody: Listener) -> Client:
    client = Client()
    client.force_login(somebody)
    return client


def shown(somebody: Listener, address: str) -> Any:
    """What the page was given to show."""
    response = browser_of(somebody).get(address)
    assert response.status_code == 200, response
    return response.context
