"""What Snowflake costs is collected once a day, shown to admins, and alerted above a limit."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from ingestion import tasks
from ingestion.models import Run, Stage
from ingestion.operations import alerts, costs, status
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.warehouse import WarehouseError
from spotifyweb.warehouse.snowflake_session import Account
from spotifyweb.warehouse.snowflake_usage import Query, Spending

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
YESTERDAY = date(2026, 11, 28)
BUILD = Query(query_id="q", query_tag="liner build", runs=4, credits=0.2, text="create table <t>")


class FakeUsage:
    account = Account.of("snowflake://LINER@account")

    def __init__(self, spent: float = 0.3, day: date = YESTERDAY) -> None:
        self.spent, self.day, self.is_suspended = spent, day, False

    def spending(self) -> Spending:
        tags = {self.day: {"liner build": 0.2}}
        return Spending(days={self.day: self.spent}, tags=tags, queries=[BUILD])

    def suspend(self) -> None:
        self.is_suspended = True


@pytest.fixture(autouse=True)
def _price(settings: Any) -> None:
    settings.SNOWFLAKE_COST = {"credit_dollars": 3.0, "daily_dollars": 1.0}


@pytest.fixture
def admin(alice: Listener, client: Client) -> Client:
    alice.is_staff = alice.is_superuser = True
    alice.save()
    client.force_login(alice)
    return client


def collect(usage: Any, *, hours: int = 0) -> Run:
    return costs.collect(usage, now=NOW + timedelta(hours=hours))


def test_a_cheap_day_is_kept_with_its_idle_time(settings: Any) -> None:
    run = collect(FakeUsage())
    assert run.status == Run.Status.SUCCEEDED
    [day] = costs.days(run)
    assert day.dollars == pytest.approx(0.9)
    assert not day.is_over
    assert day.tags == {"liner build": 0.2, "idle": pytest.approx(0.1)}
    settings.SNOWFLAKE_COST = {"credit_dollars": 4.0, "daily_dollars": 1.0}
    assert costs.days(run)[0].is_over


def test_a_dear_day_is_alerted_once_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def send(title: str, text: str, **_: object) -> bool:
        sent.append(f"{title}: {text}")
        return True

    monkeypatch.setattr(alerts, "send", send)
    for hours in (0, 24):
        run = collect(FakeUsage(spent=0.5), hours=hours)
        assert run.status == Run.Status.FAILED
        assert costs.days(run)[0].credits == 0.5
    assert len(sent) == 1
    assert "cost 1.50 dollars on 2026-11-28" in sent[0] and "suspend" in sent[0]
    collect(FakeUsage(spent=0.1), hours=48)
    assert "works again" in sent[1]


def test_today_and_last_week_raise_no_alert() -> None:
    for day in (NOW.date(), YESTERDAY - timedelta(days=7)):
        assert collect(FakeUsage(spent=5, day=day)).status == Run.Status.SUCCEEDED


def test_the_page_shows_what_was_collected_and_asks_nobody(admin: Client) -> None:
    assert "Nothing has been collected" in admin.get("/admin/status/cost/").text
    collect(FakeUsage(spent=0.5))
    page = admin.get("/admin/status/cost/").text
    assert "1.50" in page and "liner build 0.200" in page
    assert "create table &lt;t&gt;" in page


def test_suspending_leaves_an_audit_line(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = FakeUsage()
    monkeypatch.setattr(clients, "snowflake_usage", lambda: usage)
    page = admin.post("/admin/status/suspend/", follow=True)
    assert "starts the warehouse again" in page.text
    assert usage.is_suspended
    assert LogEntry.objects.get().change_message == "suspend"

    def refuse() -> None:
        raise WarehouseError("Snowflake's role lacks a right")

    monkeypatch.setattr(usage, "suspend", refuse)
    assert "lacks a right" in admin.post("/admin/status/suspend/", follow=True).text
    assert LogEntry.objects.count() == 1


def test_only_who_may_change_runs_may_suspend(
    client: Client, bob: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob.is_staff = True
    bob.save()
    client.force_login(bob)
    monkeypatch.setattr(clients, "snowflake_usage", pytest.fail)
    assert client.post("/admin/status/suspend/").status_code == 403


def test_an_install_on_duckdb_has_no_such_stage(settings: Any) -> None:
    tasks.collect_costs()
    assert not Run.objects.exists()
    assert Stage.COST not in [one.stage for one in status.stages(now=NOW)]
    settings.WAREHOUSE_URL = "snowflake://LINER@account"
    assert Stage.COST in [one.stage for one in status.stages(now=NOW)]
