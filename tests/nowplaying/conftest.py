"""Mira of the sandbox, logged in; her player, and a clock that moves when a test says so."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from bench.harness.polled_listener import PolledListener
from bench.harness.sandbox_client import MIRA, Sandbox
from spotifyweb import clients

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


def logged(topic: str) -> list[dict[str, Any]]:
    """The events that the log took for a topic since they were last asked for."""
    batches = clients.event_log().drain(topic, max_records=100_000, max_bytes=10**9)
    return [orjson.loads(value) for batch in batches for value in batch.values]
