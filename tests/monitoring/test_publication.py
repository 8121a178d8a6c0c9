"""Monitoring reads a note of the published build: Snowflake is asked by whoever publishes, once."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bench.harness import snowflake as double
from spotifyweb import clients, signals
from spotifyweb.accounts.models import Listener
from spotifyweb.monitoring import doctor, health, publication
from spotifyweb.warehouse.base import Builds
from spotifyweb.warehouse.snowflake_session import Account, query

BUILD_ID = "20261129T200000Z-aaaa"
GOLD = "create table gold_next.build_info as select 'old sql' as project, 1000 as plays"


@pytest.fixture
def published(settings: Any, own_place: None) -> Iterator[None]:
    """A build on Snowflake's double that another version made."""
    with double.server() as where:
        url = f"snowflake://fake:snow@fakesnow/monitoring?host={where['host']}&port={where['port']}"
        settings.WAREHOUSE_URL = f"{url}&protocol=http"
        clients.warehouse.cache_clear()
        builds = clients.builds()
        builds.begin(BUILD_ID, fresh=True)
        with Account.of(settings.WAREHOUSE_URL).connect() as session:
            query(session, GOLD)
        builds.publish(BUILD_ID)
        yield
        clients.warehouse().close()
        clients.warehouse.cache_clear()


@pytest.mark.django_db
@pytest.mark.usefixtures("published")
def test_monitoring_and_admin_never_ask_snowflake(client: Client, alice: Listener) -> None:
    signals.build_published.send(sender=Builds, build_id=BUILD_ID)
    client.force_login(alice)
    double.journal.clear()
    health._last_report.clear()
    pages = {path: client.get(path) for path in ("/ready", "/health", "/metrics", "/admin/status/")}
    assert (double.journal.logins, double.journal.statements) == (0, [])
    assert pages["/ready"].json()["warehouse"]["state"] == "rebuilding"
    assert BUILD_ID in pages["/admin/status/"].content.decode()
    found = publication.note()
    assert found is not None
    assert (found.project, found.plays, list(found.available)) == ("old sql", 1000, [BUILD_ID])


@pytest.mark.django_db
@pytest.mark.usefixtures("published")
def test_the_doctor_logs_in_all_the_same() -> None:
    double.journal.clear()
    findings = {finding.name: finding for finding in doctor._dependencies(now=timezone.now())}
    assert "warehouse login" in findings
    assert BUILD_ID in findings["warehouse login"].value
    assert double.journal.logins == 1
