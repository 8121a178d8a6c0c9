"""Mira of the sandbox, logged in; her player, and a clock that moves when a test says so."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bench.harness.polled_listener import PolledListener
from bench.harness.sandbox_client import MIRA, Sandbox

EVENING = datetime(2026, 5, 1, 18, tzinfo=UTC)


@pytest.fixture
def watch(db: None, sandbox_settings: Sandbox) -> Callable[[str], PolledListener]:
    def of(account_id: str = MIRA) -> PolledListener:
        sandbox_settings.clock(now=EVENING.isoformat(), speed=0)
        return PolledListener.begin(sandbox_settings, account_id)

    return of


@pytest.fixture
def mira(watch: Callable[[str], PolledListener]) -> PolledListener:
    return watch(MIRA)
