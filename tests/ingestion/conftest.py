"""Mira is connected to the sandbox; its clock stands still at NOON until a test moves it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from django_celery_beat.models import PeriodicTask

from bench.harness.sandbox_client import MIRA, THEO, Sandbox
from ingestion.pipeline import builds
from spotifyweb import clients, periodic_tasks
from spotifyweb.accounts import tokens
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.spotify.oauth import Grant

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
Connect = Callable[[str], Listener]


@pytest.fixture
def noon(sandbox_settings: Sandbox) -> Sandbox:
    """The sandbox, at noon for as long as nobody moves its clock."""
    sandbox_settings.clock(now=NOON.isoformat(), speed=0)
    return sandbox_settings


@pytest.fixture
def connect(db: None, noon: Sandbox) -> Connect:
    """Log somebody of the sandbox's cast in."""

    def logged_in(account_id: str) -> Listener:
        grant: dict[str, Any] = noon.log_in(account_id)
        who = Listener.objects.create(
            user_id=account_id, display_name=account_id, connection=Connection.CONNECTED
        )
        tokens.store(
            who,
            Grant(
                access_token=grant["access_token"],
                refresh_token=grant["refresh_token"],
                scope=grant["scope"],
                expires_in_seconds=grant["expires_in"],
            ),
            now=NOON,
        )
        return who

    return logged_in


@pytest.fixture
def mira(connect: Connect) -> Listener:
    return connect(MIRA)


@pytest.fixture
def theo(connect: Connect) -> Listener:
    return connect(THEO)


def at(sandbox: Sandbox, **later: float) -> datetime:
    """Move the sandbox to NOON plus that long; returns the moment."""
    moment = NOON + timedelta(**later)
    sandbox.clock(now=moment.isoformat(), speed=0)
    return moment


def logged(topic: str) -> list[dict[str, Any]]:
    """Every event in the log, as appended."""
    batches = clients.event_log().drain(topic, max_records=100_000, max_bytes=1 << 30)
    return [orjson.loads(value) for batch in batches for value in batch.values]


def ids(topic: str) -> list[str]:
    return [event["event_id"] for event in logged(topic)]


@pytest.fixture
def schedule() -> PeriodicTask:
    periodic_tasks.install()
    return PeriodicTask.objects.get(task=builds.TASK)
