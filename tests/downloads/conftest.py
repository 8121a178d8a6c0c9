"""Exports of a build made by hand, from the server that production uses."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.export import formats
from spotifyweb.warehouse import Row, WarehouseError
from spotifyweb.warehouse.duckdb import DuckDBWarehouse
from tests.browser.conftest import chromium as chromium
from tests.conftest import listener
from tests.downloads.listens import publish_listens
from tests.support.web_server import web_server


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_listens(tmp_path_factory.mktemp("listens"), {"kavya": 400, "howard": 1}, years=1)


@pytest.fixture
def site(build: Path, settings: Any, transactional_db: None) -> Iterator[str]:
    settings.WAREHOUSE_URL = f"duckdb:///{build.parents[2]}"
    clients.warehouse.cache_clear()
    with web_server() as url:
        yield url
    clients.warehouse().close()
    clients.warehouse.cache_clear()


@pytest.fixture
def kavya(transactional_db: None) -> Listener:
    """With 400 listens, in Kolkata."""
    return listener("kavya", timezone="Asia/Kolkata")


@pytest.fixture(params=["kavya", "howard"])
def somebody(request: pytest.FixtureRequest, transactional_db: None) -> Listener:
    """With 400 listens, or with one."""
    return listener(request.param)


def fail_to_read() -> None:
    raise WarehouseError("the disk is gone")


def break_off(monkeypatch: pytest.MonkeyPatch, reason: Callable[[], object] = fail_to_read) -> None:
    """Let something happen to each export when it asks for its fourth month."""
    original, asked = DuckDBWarehouse.rows, itertools.count(1)

    def rows(self: DuckDBWarehouse, sql: str, params: Sequence[object] = ()) -> list[Row]:
        if sql == formats.MONTH and next(asked) % 4 == 0:
            reason()
        return original(self, sql, params)

    monkeypatch.setattr(DuckDBWarehouse, "rows", rows)
