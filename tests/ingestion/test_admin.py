"""The status page and the books: for admins, and a button that asks a worker."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dbt.task.docs
import pytest
from celery import current_app
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError

from ingestion import admin_status
from ingestion.models import Cursor, Gap, HistoryImport, Reject, Run, Stage, Track
from ingestion.pipeline import dbt_runner
from nowplaying.models import Playback, PlayerProblem
from spotifyweb import clients
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.privacy.models import ErasureRequest
from tests.support.queues import waiting_tasks

pytestmark = pytest.mark.django_db

DOCS = "/admin/status/dbt-docs/"


@pytest.fixture
def books(bob: Listener) -> None:
    """One row of everything, some of it trouble."""
    now = timezone.now()
    Run.objects.create(
        stage=Stage.CONSUME,
        subject="user_plays",
        status="failed",
        started_at=now,
        ended_at=now,
        error="LakeError: no room",
    )
    Run.objects.create(
        stage=Stage.CONSUME,
        subject="user_plays",
        status="failed",
        started_at=now - timedelta(days=3),
        counts={"dropped": 5678},
    )
    Run.objects.create(
        stage=Stage.CONSUME,
        subject="user_likes",
        status="succeeded",
        started_at=now - timedelta(days=3),
        counts={"records": 778, "repetitions": {"offset expired": 778}},
    )
    Run.objects.create(
        stage=Stage.PRODUCE,
        subject="bob",
        status="succeeded",
        started_at=now - timedelta(hours=3),
        ended_at=now - timedelta(hours=3),
        counts={"plays": 7},
    )
    Run.objects.create(
        stage=Stage.TRANSFORM,
        status="succeeded",
        started_at=now - timedelta(hours=1),
        ended_at=now - timedelta(hours=1),
        counts={"models": 74, "freshness": {"plays": "warn"}},
    )
    Cursor.objects.create(listener=bob, stream="likes", error="Unavailable: 502")
    Gap.objects.create(listener=bob, starts_at=now, ends_at=now, reason="offline")
    HistoryImport.objects.create(listener=bob, file_name="my_spotify_data.zip", rows=12)
    Reject.objects.create(
        topic="user_plays",
        partition=0,
        offset="1-0",
        reason="no <user>",
        raw_start="{}",
        rejected_at=now,
    )
    Track.objects.create(track_id="t1", track_name="One", fetched_at=now)


def test_runs_without_news_are_listed_on_request_only(client: Client, alice: Listener) -> None:
    client.force_login(alice)
    now = timezone.now()
    common = {"stage": Stage.CONSUME, "status": "succeeded", "started_at": now, "ended_at": now}
    Run.objects.create(**common, subject="with-news")
    Run.objects.create(**common, subject="without-news", has_news=False, repeats=1234)

    listed = client.get("/admin/ingestion/run/").content.decode()
    assert "with-news" in listed and "without-news" not in listed
    assert "without-news" in client.get("/admin/ingestion/run/?runs=all").content.decode()
    assert "1,234 runs" in client.get("/admin/status/").content.decode()


def test_the_page_of_a_run_shows_what_dbt_did_failures_first(
    client: Client, alice: Listener
) -> None:
    client.force_login(alice)
    results = [
        {"kind": "model", "name": "tracks", "status": "success", "seconds": 9.5},
        {"kind": "test", "name": "<no_time>", "status": "fail", "seconds": 0.1, "rows": 3},
    ]
    run = Run.objects.create(
        stage=Stage.TRANSFORM,
        status="failed",
        started_at=timezone.now(),
        hint="Fix the data",
        details={"dbt": results, "log": "Got 3 results", "offsets": {"0": ["1-0", "9-0"]}},
    )
    page = client.get(f"/admin/ingestion/run/{run.pk}/change/").content.decode()
    assert page.index("&lt;no_time&gt;") < page.index("tracks")
    assert all(part in page for part in ("Got 3 results", "Fix the data", "0: 1-0 – 9-0"))


def test_times_of_the_admin_have_24_hours(client: Client, alice: Listener) -> None:
    client.force_login(alice)
    evening = datetime(2026, 11, 29, 18, 48, tzinfo=UTC)
    cursor = Cursor.objects.create(listener=alice, stream="likes", reached_at=evening)
    player = Playback.objects.create(listener=alice, observed_at=evening, due_at=evening)
    erasure = ErasureRequest.objects.create(listener=alice, kind="play", asked_at=evening)
    assert "29 Nov 2026, 18:48" in client.get("/admin/ingestion/cursor/").text
    for row in (cursor, player, erasure):
        address = f"/admin/{row._meta.label_lower.replace('.', '/')}/{row.pk}/change/"
        assert "29 Nov 2026, 18:48" in client.get(address).text, address


def test_the_status_page_says_how_each_stage_stands(
    client: Client, alice: Listener, books: None
) -> None:
    Listener.objects.create(user_id="dora", display_name="Dora", connection=Connection.NEEDS_LOGIN)
    clients.spotify_quota().block("catalogue", seconds=5000)
    clients.event_log().append("user_likes", [("bob", b"{}")] * 1234)
    client.force_login(alice)

    page = client.get("/admin/status/")

    assert page.status_code == 200
    for said in (
        "no room",
        "1,234",
        "5,678",
        "778 <small>(offset expired)</small>",
        "Dora needs to log in",
        "Freshness of plays at the last build",
        "502",
        "catalogue is blocked until",
        "late",
    ):
        assert said in page.text, said


def test_an_admin_lifts_a_block_and_the_players_are_looked_at_again(
    client: Client, alice: Listener, bob: Listener
) -> None:
    now = timezone.now()
    clients.spotify_quota().block("player", seconds=86_000)
    waiting = Playback.objects.create(
        listener=bob, trouble=PlayerProblem.BLOCKED, due_at=now + timedelta(days=1)
    )
    client.force_login(bob)
    assert client.post("/admin/status/lift/", {"scope": "player"}).status_code == 302
    assert clients.spotify_quota().blocked_until("player")

    client.force_login(alice)
    question = client.post("/admin/status/lift/", {"scope": "player"})
    assert "Lift the block on player requests?" in question.text
    assert clients.spotify_quota().blocked_until("player")
    yes = {"scope": "player", "confirmed": "1"}
    page = client.post("/admin/status/lift/", yes, follow=True)

    assert "Block on player requests lifted." in page.text
    assert clients.spotify_quota().blocked_until("player") is None
    waiting.refresh_from_db()
    assert waiting.due_at <= timezone.now()


@pytest.mark.parametrize("nobody", [True, False])
def test_it_is_for_admins_only(client: Client, bob: Listener, nobody: bool) -> None:
    if not nobody:
        client.force_login(bob)
    assert client.get("/admin/status/").status_code == 302
    assert client.post("/admin/status/run/", {"stage": "produce"}).status_code == 302
    assert waiting_tasks() == []


def test_a_button_asks_a_worker(client: Client, alice: Listener) -> None:
    client.force_login(alice)
    page = client.post("/admin/status/run/", {"stage": "consume"}, follow=True)
    assert "Queued: ingestion.consume_all" in page.text
    assert waiting_tasks("ingest") == ["ingestion.consume_all"]


def test_a_button_waits_while_its_stage_runs(client: Client, alice: Listener) -> None:
    button = re.compile(r'<button type="submit"\s*(\w*)>\s*Build now')
    client.force_login(alice)
    assert button.findall(client.get("/admin/status/").text) == [""]
    Run.objects.create(stage=Stage.TRANSFORM, started_at=timezone.now())
    assert button.findall(client.get("/admin/status/").text) == ["disabled"]


def test_the_admin_has_this_sites_name_and_greets_by_name(client: Client, alice: Listener) -> None:
    client.force_login(alice)
    for address in ("/admin/", "/admin/status/"):
        page = client.get(address).text
        assert "Liner admin" in page
        assert "Django" not in page
        assert "<strong>Alice</strong>" in page


def test_a_button_without_its_token_does_nothing(alice: Listener) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post("/admin/status/run/", {"stage": "consume"}).status_code == 403
    assert waiting_tasks() == []


def test_an_unknown_stage_and_a_broker_that_is_away_are_told(
    client: Client, alice: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("connection refused")

    client.force_login(alice)
    page = client.post("/admin/status/run/", {"stage": "import"}, follow=True)
    assert "Unknown stage" in page.text
    monkeypatch.setattr(current_app, "send_task", away)
    page = client.post("/admin/status/run/", {"stage": "produce"}, follow=True)
    assert "connection refused" in page.text


@pytest.mark.parametrize("book", ["run", "cursor", "gap", "historyimport", "reject", "track"])
def test_the_books_are_read_filtered_and_searched_and_not_edited(
    client: Client, alice: Listener, books: None, book: str
) -> None:
    client.force_login(alice)
    listed = client.get(f"/admin/ingestion/{book}/", {"q": "bob"})
    assert listed.status_code == 200
    assert "no <user>" not in listed.text
    assert client.get(f"/admin/ingestion/{book}/add/").status_code == 403


def test_the_status_page_is_linked_from_the_admins_first_page(
    client: Client, alice: Listener
) -> None:
    client.force_login(alice)
    assert "/admin/status/" in client.get("/admin/").text


@pytest.fixture
def dbt_docs(settings: Any, tmp_path: Path) -> Path:
    """Return where a build writes dbt's docs; there are none yet."""
    settings.DATA_DIR = tmp_path
    page = dbt_runner.docs_path(tmp_path / "dbt")
    page.parent.mkdir(parents=True)
    return page


def test_dbt_docs_are_for_staff_in_a_sandbox_without_our_origin(
    client: Client, alice: Listener, bob: Listener, dbt_docs: Path
) -> None:
    dbt_docs.write_text("<title>dbt Docs</title>")
    assert client.get(DOCS)["Location"].startswith("/admin/login/")
    client.force_login(bob)
    assert client.get(DOCS).status_code == 302
    client.force_login(alice)
    answer = client.get(DOCS)
    assert answer.content == dbt_docs.read_bytes()
    policy = answer["Content-Security-Policy"]
    assert "sandbox allow-scripts" in policy and "allow-same-origin" not in policy
    assert "default-src 'none'" in policy and "connect-src 'none'" in policy
    status = client.get("/admin/status/")
    assert DOCS in status.text
    assert "unsafe" not in status["Content-Security-Policy"]


def test_dbt_docs_say_when_there_will_be_some(
    client: Client, alice: Listener, dbt_docs: Path
) -> None:
    client.force_login(alice)
    answer = client.get(DOCS)
    assert answer.status_code == 404
    assert "The first build writes them" in answer.text
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_dbt_docs_have_no_addresses_that_a_browser_cannot_read(
    client: Client, alice: Listener, dbt_docs: Path
) -> None:
    packaged = Path(dbt.task.docs.__file__).with_name("index.html").read_bytes()
    dbt_docs.write_bytes(packaged)
    client.force_login(alice)
    answer = client.get(DOCS).content
    for broken in admin_status.DBT_DOCS_FIXES:
        assert broken in packaged
    assert b"${require" not in answer
    assert b' xlink:href="{{' not in answer
