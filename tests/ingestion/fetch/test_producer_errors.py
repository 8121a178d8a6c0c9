"""Whatever happens at Spotify or in the log, nothing is lost and nobody else is held up."""

import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from bench.harness.sandbox_client import MIRA, Sandbox
from ingestion import tasks
from ingestion.fetch import producer
from ingestion.models import Gap, Run
from spotifyweb import clients, events
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.eventlog.redis_streams import RedisStreamsLog
from spotifyweb.spotify import errors
from tests.ingestion.conftest import NOON, at, ids, logged
from tests.ingestion.fetched import cursor, ended, fetch, listed

pytestmark = pytest.mark.django_db


def test_one_listeners_trouble_is_theirs_alone(
    mira: Listener, theo: Listener, noon: Sandbox
) -> None:
    noon.fault("bad_gateway", endpoint="recently-played", account_id=MIRA)

    with pytest.raises(CommandError, match="502"):
        call_command("produce")

    assert "502" in cursor(mira).error and cursor(mira).reached_at is None
    assert {event["user_id"] for event in logged("user_plays")} == {theo.user_id}
    assert {event["user_id"] for event in logged("user_likes")} == {mira.user_id, theo.user_id}
    assert {run.subject: run.status for run in Run.objects.all()} == {
        mira.user_id: "failed",
        theo.user_id: "succeeded",
    }


def test_a_consent_that_was_revoked_marks_the_listener_and_the_gap_and_keeps_the_data(
    mira: Listener, noon: Sandbox
) -> None:
    fetch(mira)
    known = set(ids("user_plays"))
    noon.control("consent", account_id=MIRA, how="revoked")

    run = fetch(mira, hours=2)

    mira.refresh_from_db()
    assert (run.status, mira.connection) == ("failed", Connection.NEEDS_LOGIN)
    assert Gap.objects.get().reason == Gap.Reason.NEEDS_LOGIN
    assert set(ids("user_plays")) == known
    assert list(Listener.objects.connected()) == []


def test_a_day_long_wait_for_the_library_costs_no_play(mira: Listener, noon: Sandbox) -> None:
    noon.fault("rate_limited_text", endpoint="saved-tracks", count=1, retry_after=85_771)

    assert fetch(mira).status == "failed"
    at(noon, hours=6)
    fetch(mira, hours=6)

    assert {moment for moment in listed(noon, mira) if moment > events.to_ms(NOON)} <= ended()
    assert "wait until" in cursor(mira, "likes").error
    assert not tasks.is_worth_a_retry(errors.Blocked("", retry_after_seconds=80_000))


def test_a_used_up_quota_blocks_every_worker_and_is_a_gap(
    mira: Listener, theo: Listener, noon: Sandbox
) -> None:
    fetch(mira)
    noon.fault("quota_exceeded", endpoint="recently-played", count=1)

    fetch(mira, minutes=30)
    noon.control("calls", clear=True)
    run = fetch(theo, minutes=31)

    assert "wait until" in run.error
    assert "recently-played" not in noon.control("calls")
    assert Gap.objects.get().reason == Gap.Reason.BLOCKED


def test_an_access_token_that_spotify_refuses_is_renewed_within_the_fetch(
    mira: Listener, noon: Sandbox
) -> None:
    noon.fault("unauthorized", endpoint="recently-played", account_id=MIRA, count=1)
    assert fetch(mira).status == "succeeded"


def test_the_log_being_down_moves_no_cursor(mira: Listener, noon: Sandbox) -> None:
    dead = RedisStreamsLog.from_url("redis://127.0.0.1:1/0")
    run = producer.fetch_safely(mira, log=dead, now=NOON)

    assert run.status == "failed" and "LogError" in run.error
    assert cursor(mira).reached_at is None and cursor(mira, "likes").reached_at is None
    assert fetch(mira, minutes=5).counts["plays"] == 50


def test_what_cannot_be_read_goes_to_the_dead_letters_and_the_rest_to_the_log(
    mira: Listener, noon: Sandbox
) -> None:
    body = '{"items":[{"track":null,"played_at":"2026-05-01T11:00:00Z"}]}'
    noon.fault("custom", endpoint="recently-played", body=body, count=1)

    run = fetch(mira)

    assert (run.status, run.counts["odd"], run.counts["plays"]) == ("succeeded", 1, 0)
    assert "without a track" in logged("user_plays_dlq")[0]["reason"]


def test_an_odd_row_that_spotify_goes_on_listing_is_set_aside_once(
    mira: Listener, noon: Sandbox
) -> None:
    odd = '{"track":null,"added_at":"2026-05-01T11:00:00Z","note":"\\ud800 \\u0000"}'
    for hour in range(3):
        newer = f'{{"track":null,"played_at":"2026-05-01T1{hour}:00:00Z"}},' if hour else ""
        noon.fault(
            "custom", endpoint="recently-played", body=f'{{"items":[{newer}{odd}]}}', count=1
        )
        noon.fault("custom", endpoint="saved-tracks", body=f'{{"items":[{odd}]}}', count=1)
        fetch(mira, hours=hour)

    assert len(letters("user_plays_dlq")) == 3
    assert len(letters("user_likes_dlq")) == 1


def test_a_field_that_cannot_be_read_costs_no_play_and_is_counted_once(
    mira: Listener, noon: Sandbox, alice: Listener, client: Client
) -> None:
    track = '{"id":"T","name":"Harbour","duration_ms":{"minutes":3}}'
    row = f'{{"track":{track},"played_at":"2026-05-01T11:00:00Z"}}'
    for hour in range(2):
        body = f'{{"items":[{row}]}}'
        noon.fault("custom", endpoint="recently-played", body=body, count=1)
        run = fetch(mira, hours=hour)
        assert run.counts["odd"] == 1 - hour

    [play] = logged("user_plays")
    assert play["duration_ms"] is None
    client.force_login(alice)
    page = client.get("/admin/status/").text
    assert "recently_played: 1 invalid value received today." in page


def letters(topic: str) -> list[bytes]:
    """As they lie there: no JSON reader has to like them."""
    batches = clients.event_log().drain(topic, max_records=1000, max_bytes=1 << 20)
    return [bytes(value) for batch in batches for value in batch.values]


def test_an_answer_that_is_no_page_is_a_failure_that_says_so(mira: Listener, noon: Sandbox) -> None:
    noon.fault("custom", endpoint="recently-played", body='{"hello": 1}', count=1)
    assert "page without items" in fetch(mira).error


def test_asking_for_somebody_who_is_not_connected_says_so(alice: Listener) -> None:
    with pytest.raises(CommandError, match="nobody"):
        call_command("produce", user="nobody")


ANOTHER_WORKER = """
import django, sys; django.setup()
from spotifyweb import clients
from spotifyweb.spotify import errors
try:
    clients.spotify_client("any").recently_played()
except errors.Blocked as blocked:
    print("refused", blocked.retry_after_seconds)
"""


def test_spotifys_word_on_waiting_holds_in_other_processes_and_after_a_restart(
    mira: Listener, noon: Sandbox
) -> None:
    noon.fault("rate_limited", endpoint="recently-played", count=1, retry_after=600)
    assert fetch(mira).status == "failed"
    noon.control("calls", clear=True)

    for _ in range(2):  # two processes that start after the 429 and never saw it
        said = subprocess.run(
            [sys.executable, "-c", ANOTHER_WORKER],
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "spotifyweb.settings",
                "SPOTIFY_API_URL": noon.api_url,
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        assert said[0] == "refused" and 0 < int(said[1]) <= 601
    assert noon.control("calls") == {}
