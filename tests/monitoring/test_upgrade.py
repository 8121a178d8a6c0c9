"""What an earlier version left is read on: page by page, or with a notice, and never a 500."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from celery import current_app
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from bench.harness.sandbox_client import MIRA
from ingestion import tasks
from ingestion.operations import runs
from ingestion.pipeline import transformation
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.models import HouseholdMember, ShareLink
from spotifyweb.management.commands import prepare
from spotifyweb.monitoring import upgrade
from tests.conftest import listener
from tests.data import old_install

pytestmark = pytest.mark.django_db
Change = Callable[[str], None]


@pytest.fixture
def mira(db: None) -> Listener:
    mira = listener(MIRA, is_staff=True, is_superuser=True)
    now = timezone.now()
    pages = ["overview", "trends"]
    ShareLink.objects.create(listener=mira, token=old_install.SHARE, pages=pages, created_at=now)
    HouseholdMember.objects.create(listener=mira, joined_at=now)
    return mira


@pytest.fixture
def old_build(own_place: None, tmp_path: Path) -> Path:
    """The published build of the old data folder."""
    old_install.unpack(tmp_path)
    (build,) = (tmp_path / "warehouse" / "builds").iterdir()
    return build


@pytest.fixture
def change(old_build: Path) -> Change:
    """Make the build one of a project that is older still."""

    def run(sql: str) -> None:
        with duckdb.connect(str(old_build)) as connection:
            connection.execute("update gold.build_info set project = 'older'")
            connection.execute(sql)

    return run


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    sent: list[tuple[str, Any]] = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, kwargs=None, **_: sent.append((name, kwargs))
    )
    return sent


def get(mira: Listener, url: str) -> tuple[int, str, Any]:
    client = Client()
    client.force_login(mira)
    answer = client.get(url)
    is_text = answer.get("Content-Type", "").startswith(("text/html", "application/json"))
    text = "" if answer.streaming or not is_text else answer.content.decode()
    return answer.status_code, text, answer


def test_every_page_over_a_build_of_an_earlier_version(mira: Listener, old_build: Path) -> None:
    (known,) = clients.warehouse().rows(
        "select track_id, artist_name as artist, album_name as album from gold.recent_plays"
        " where user_id = ? and album_name is not null order by ended_at desc limit 1",
        [MIRA],
    )
    shown = {url: get(mira, url)[:2] for url in old_install.addresses(known)}
    broken = {url: seen for url, seen in shown.items() if not old_install.is_shown(*seen)}
    assert not broken


def test_a_page_whose_column_is_missing_tells_of_the_rebuild(
    mira: Listener, change: Change
) -> None:
    change("alter table gold.user_daily_listening drop column heard_ms")
    status, text, answer = get(mira, "/trends/")
    assert (status, "about 2 minutes" in text) == (503, True)
    assert answer["Retry-After"] == answer["Refresh"] == "15"

    note = transformation._record_progress(lambda *_: None, began=time.monotonic() - 110)
    note(30, 120, "silver_events")
    _, text, _ = get(mira, "/trends/")
    assert "about 6 minutes" in text
    assert 'value="30"' in text and 'max="120"' in text
    status, text, _ = get(mira, "/api/v1/stats/overview")
    assert (status, "rebuilding" in text) == (503, True)
    assert get(mira, "/about/")[0] == 200


def test_a_rebuild_that_failed_is_waited_for_no_longer(mira: Listener, change: Change) -> None:
    change("alter table gold.user_daily_listening drop column heard_ms")
    upgrade.record_end(is_published=False)
    status, text, answer = get(mira, "/trends/")
    assert (status, "data-rebuilding" in text, "Refresh" in answer) == (503, False, False)
    assert 'href="/admin/status/"' in text  # Mira is an admin, who sees why
    assert Client().get("/ready").json()["warehouse"]["state"] == "failed"

    upgrade.record_progress(1, 120, seconds=1)  # the next try
    assert "data-rebuilding" in get(mira, "/trends/")[1]
    upgrade.record_end(is_published=True)
    assert upgrade.report()["state"] == "rebuilding"  # what is published here is still the old one


def test_a_recommendation_whose_table_is_missing_too(mira: Listener, change: Change) -> None:
    change("drop table gold.numbered_tracks")
    status, text, _ = get(mira, "/api/v1/recommendations/0000000000000000000001")
    assert (status, "rebuilding" in text) == (503, True)


def test_wrong_sql_of_this_version_is_no_upgrade(mira: Listener, change: Change) -> None:
    change(f"update gold.build_info set project = '{upgrade.project_hash()}'")
    change_again = "alter table gold.user_daily_listening drop column heard_ms"
    with duckdb.connect(str(next(clients.warehouse().folder.glob("builds/*")))) as connection:  # type: ignore[attr-defined]
        connection.execute(change_again)
    status, text, _ = get(mira, "/trends/")
    assert (status, "data-rebuilding" in text) == (503, False)


def test_a_start_queues_the_build_and_ready_reports_it(
    change: Change, queued: list[tuple[str, Any]], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "call_command", lambda *_, **__: None)  # tables, static files
    change("select 1")
    call_command("prepare", verbosity=0)
    assert queued == [("ingestion.transform", {"if_outdated": True})]
    body = client.get("/ready").json()
    assert body["ready"]
    assert body["warehouse"] == {"state": "rebuilding", "done": 0, "total": 0, "minutes": 2}


def test_a_start_on_a_build_of_this_version_queues_nothing(
    change: Change, queued: list[tuple[str, Any]], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrade, "project_hash", lambda: "older")
    change("select 1")
    assert upgrade.request_rebuild() is None
    assert queued == []
    assert client.get("/ready").json()["warehouse"] == {"state": "current"}
    monkeypatch.setattr(runs, "run_safely", lambda *_, **__: pytest.fail("built"))
    tasks.transform(if_outdated=True)
