"""What is left to choose when one disconnects."""

import pytest
from django.test import Client

from bench.harness.sandbox_client import MIRA
from ingestion.models import Cursor
from spotifyweb import clients
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.privacy import tasks
from spotifyweb.privacy.models import ErasedAccount, ErasureRequest
from tests.support.erasure_traces import play, run_second_pass, sink
from tests.support.lake_rows import append_events, event_ids, rows

pytestmark = pytest.mark.django_db


def test_everything_needs_to_be_meant(mira: Listener, browser: Client) -> None:
    answer = browser.post("/settings/disconnect/", {"choice": "everything"})

    assert "confirm that you are sure" in answer.content.decode()
    assert Listener.objects.filter(pk=mira.pk).exists()


@pytest.mark.parametrize("choice", ["", "all", "KEEP"])
def test_an_unknown_choice_changes_nothing(mira: Listener, browser: Client, choice: str) -> None:
    browser.post("/settings/disconnect/", {"choice": choice, "sure": "yes"})

    mira.refresh_from_db()
    assert mira.connection == Connection.CONNECTED


def test_keeping_deletes_the_tokens_only(traces: Listener, browser: Client) -> None:
    before = event_ids(clients.lake(), "plays")

    browser.post("/settings/disconnect/", {"choice": "keep"})

    traces.refresh_from_db()
    assert traces.connection == Connection.DISCONNECTED
    assert not hasattr(Listener.objects.get(pk=traces.pk), "token")
    assert event_ids(clients.lake(), "plays") == before
    assert not ErasedAccount.objects.exists()
    assert "_auth_user_id" in browser.session


def test_what_came_from_spotify_goes_and_the_archive_stays(
    traces: Listener, browser: Client
) -> None:
    append_events([play(MIRA, 200, source="extended_history")])
    sink()
    append_events([play(MIRA, 300), play(MIRA, 301, source="extended_history")])

    browser.post("/settings/disconnect/", {"choice": "spotify"})
    sink()  # what waited in the log is filtered by its source
    tasks.erase(order_pk=ErasureRequest.objects.get().pk)
    assert run_second_pass() == 1

    mine = [row for row in rows(clients.lake(), "plays") if row["user_id"] == MIRA]
    assert {row["source"] for row in mine} == {"extended_history"}
    assert len(mine) == 2
    assert [row["user_id"] for row in rows(clients.lake(), "likes")] == ["bob"]
    assert not Cursor.objects.filter(listener=traces).exists()
    assert not ErasedAccount.objects.exists()
    traces.refresh_from_db()
    assert traces.image_url == ""
