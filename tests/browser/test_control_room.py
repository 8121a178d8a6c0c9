"""The control room's actions, tried while something is broken and once it works again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from celery import current_app
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from kombu.exceptions import OperationalError
from playwright.sync_api import Page, expect

from ingestion import admin_actions
from ingestion.models import HistoryImport, Reject, Run, Stage
from spotifyweb import clients, locks, periodic_tasks
from spotifyweb.accounts import tokens
from spotifyweb.accounts.models import Listener
from spotifyweb.eventlog import LogError
from spotifyweb.spotify.oauth import Grant
from tests.browser.conftest import Opened
from tests.browser.page_checks import cut_off, minded_by_axe
from tests.conftest import listener
from tests.faults.draining import plays
from tests.ingestion.test_admin_actions import TwoBuilds
from tests.support.lake_rows import event_ids

pytestmark = [pytest.mark.browser, pytest.mark.slow]
(PLAY,) = plays(1)


@pytest.fixture
def alice(transactional_db: None, settings: Any) -> Listener:
    """An admin of an install with a failed stage, a block, a reject and a new key."""
    alice = listener("alice", is_staff=True, is_superuser=True)
    periodic_tasks.install()
    now = timezone.now()
    grant = Grant(access_token="one", refresh_token="two", scope="", expires_in_seconds=3600)
    tokens.store(alice, grant, now=now)
    settings.TOKEN_KEYS = [Fernet.generate_key().decode(), *settings.TOKEN_KEYS]
    clients.spotify_quota().block("catalogue", seconds=5000)
    record = orjson.dumps(PLAY.to_json() | {"mood": "calm"})
    clients.event_log().append("user_plays", [(PLAY.user_id, record)])
    call_command("consume", "--topic", "user_plays")
    for days in range(1, 20):
        at = now - timedelta(days=days)
        Run.objects.create(
            stage=Stage.CONSUME,
            subject="user_plays",
            status="failed" if days == 7 else "succeeded",
            started_at=at,
            ended_at=at + timedelta(minutes=days % 5),
            counts={"records": 40 + days % 7 * 11},
        )
    return alice


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> TwoBuilds:
    two = TwoBuilds()
    monkeypatch.setattr(clients, "builds", lambda: two)
    monkeypatch.setattr(clients, "warehouse", lambda: two)
    return two


def is_well(page: Page) -> None:
    assert not [*minded_by_axe(page), *cut_off(page)], page.url


def press(page: Page, name: str, *, answer: str, confirm: str = "") -> None:
    """Press a button of the status page, answer the question, and wait for the message."""
    page.get_by_role("button", name=name).first.click()
    if confirm:
        is_well(page)
        page.get_by_role("button", name=confirm, exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text(answer)


def test_each_action_in_a_fault_and_after_it(
    alice: Listener, two: TwoBuilds, opened: Opened, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_actions, "RESTORE_SECONDS", 0)
    page = opened("/admin/status/", alice, size="phone", theme="dark")
    is_well(page)
    keys = settings.TOKEN_KEYS
    with monkeypatch.context() as fault, locks.lock("transform"):
        fault.setattr(current_app, "send_task", refuse(OperationalError("connection refused")))
        fault.setattr(clients.event_log(), "append", refuse(LogError("the log is away")))
        settings.TOKEN_KEYS = [keys[0], Fernet.generate_key().decode()]
        settings.ALERT_URLS = ["json://127.0.0.1:1"]
        press(page, "Load now", answer="No worker available: connection refused")
        press(page, "Roll back", confirm="Publish", answer="held by another run")
        press(page, "Re-encrypt", confirm="Encrypt", answer="Put the old key back")
        press(page, "Send test alert", answer="could not be delivered")
        correct_reject(page, answer="The log is away")
        expect(page.get_by_role("button", name="Requeue as edited")).to_be_visible()
        is_well(page)
    assert not LogEntry.objects.exists() and two.current == two.builds[0]

    settings.TOKEN_KEYS = keys
    correct_reject(page, answer="Rejects edited: 1")
    page.goto(page.url.split("/admin/")[0] + "/admin/status/")
    press(page, "Load now", answer="Queued: ingestion.consume_all")
    press(page, "Pause: Build the warehouse", answer="Paused: Build the warehouse")
    press(page, "Roll back", confirm="Publish", answer="Builds are paused")
    press(page, "Resume: Build the warehouse", answer="Resumed: Build the warehouse")
    press(page, "Lift block", confirm="Lift block", answer="Block on catalogue requests lifted")
    press(page, "Re-encrypt", confirm="Encrypt", answer="encrypted with the first key: 1")
    is_well(page)
    page.get_by_role("link", name="Last 30 days").click()
    is_well(page)
    assert two.current == two.builds[1] and LogEntry.objects.count() == 7
    call_command("consume", "--topic", "user_plays")
    assert event_ids(clients.lake(), "plays") == [PLAY.event_id]


def test_a_replay_asks_where_it_begins(alice: Listener, opened: Opened, settings: Any) -> None:
    settings.EVENT_LOG_URL = "kafka://localhost:9092"
    page = opened("/admin/status/replay/", alice, size="phone")
    is_well(page)
    page.get_by_label("From").fill("4711")
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_text("An offset needs a topic")).to_be_visible()
    page.get_by_label("Topic").select_option("user_plays")
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("heading", name="Replay user_plays from 4711?")).to_be_visible()
    is_well(page)
    settings.EVENT_LOG_URL = "redis://"
    page.get_by_role("button", name="Replay").click()
    expect(page.locator(".messagelist")).to_contain_text("Queued: ingestion.replay")


@pytest.mark.parametrize(("size", "theme"), [("phone", "dark"), ("desktop", "light")])
def test_each_page_of_the_admin_is_well(
    alice: Listener, two: TwoBuilds, opened: Opened, size: str, theme: str
) -> None:
    HistoryImport.objects.create(listener=alice, file_name="bad.zip", status="failed")
    run, task = Run.objects.latest("pk"), PeriodicTask.objects.first()
    assert task
    page = opened("/admin/", alice, size=size, theme=theme)
    for address in (
        "",
        "status/quality/",
        "status/trends/",
        "status/cost/",
        "ingestion/run/",
        f"ingestion/run/{run.pk}/change/",
        "ingestion/reject/",
        "ingestion/historyimport/",
        "accounts/listener/",
        "django_celery_beat/periodictask/",
        f"django_celery_beat/periodictask/{task.pk}/change/",
    ):
        page.goto(page.url.split("/admin/")[0] + f"/admin/{address}")
        is_well(page)


def correct_reject(page: Page, *, answer: str) -> None:
    """Replace the record of the reject, as its owner's play."""
    page.goto(
        f"{page.url.split('/admin/')[0]}/admin/ingestion/reject/{Reject.objects.get().pk}/change/"
    )
    page.get_by_role("link", name="Resolve").click()
    is_well(page)
    page.get_by_label("Record").fill(orjson.dumps(PLAY.to_json()).decode())
    page.get_by_role("button", name="Requeue as edited").click()
    expect(page.locator(".messagelist")).to_contain_text(answer)


def refuse(error: Exception) -> Callable[..., Any]:
    def refusing(*_: Any, **__: Any) -> Any:
        raise error

    return refusing
