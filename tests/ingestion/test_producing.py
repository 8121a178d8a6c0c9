"""What a listener plays and likes at Spotify arrives in the log: all of it, whatever happens."""

import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from ingestion import producing
from ingestion.models import Cursor, Gap, Run, Track
from spotifyweb import clients, events
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.eventlog.redis_streams import RedisStreamsLog
from tests.ingestion.conftest import NOON, at, ids, logged
from tests.sandbox_server import MIRA, Sandbox

pytestmark = pytest.mark.django_db


def fetch(who: Listener, **later: float) -> Run:
    moment = NOON + timedelta(**later)
    return producing.attempt(who, log=clients.event_log(), now=moment)


def cursor(who: Listener, stream: str = "recently_played") -> Cursor:
    return Cursor.objects.get(listener=who, stream=stream)


def listed(sandbox: Sandbox, who: Listener) -> set[int]:
    """When the plays ended that Spotify lists, of the last two days."""
    from_ms = sandbox.world.clock.now_ms() - 2 * 86_400_000
    plays = sandbox.record(who.user_id, from_ms=from_ms)["plays"]
    return {play["ended_ms"] for play in plays if play["listed"]}


def ended(topic: str = "user_plays") -> set[int]:
    return {events.to_ms(events.from_rfc3339(event["played_at"])) for event in logged(topic)}


def test_the_first_fetch_brings_the_last_fifty_plays_and_the_whole_library(
    mira: Listener, noon: Sandbox
) -> None:
    run = fetch(mira)

    assert (run.status, run.counts["plays"]) == ("succeeded", 50)
    assert ended() >= set(sorted(listed(noon, mira))[-10:])
    library = noon.get("me/tracks", noon.log_in(MIRA)["access_token"], limit=1).json()["total"]
    assert len(set(ids("user_likes"))) == library > 50
    assert cursor(mira).reached_at is not None and cursor(mira).error == ""
    assert cursor(mira, "likes").crawl_offset is None


def test_what_spotify_said_of_the_tracks_fills_the_catalogue_for_free(mira: Listener) -> None:
    run = fetch(mira)

    assert Track.objects.count() > 50
    assert not Track.objects.filter(duration_ms=None).exists()
    assert not Track.objects.filter(image_url="").exists()
    assert "calls" not in run.counts


def test_later_fetches_bring_what_is_new_and_repeat_only_the_overlap(
    mira: Listener, noon: Sandbox
) -> None:
    fetch(mira)
    reached = cursor(mira).reached_at
    assert reached is not None
    at(noon, hours=6)

    fetch(mira, hours=6)

    truth = {moment for moment in listed(noon, mira) if moment > events.to_ms(NOON)}
    assert truth and truth <= ended()
    times = Counter((event["event_id"], event["played_at"]) for event in logged("user_plays"))
    twice = [events.from_rfc3339(moment) for (_, moment), count in times.items() if count > 1]
    assert all(moment >= reached - timedelta(hours=2) for moment in twice)


def test_a_play_that_a_device_hands_in_late_is_not_missed(mira: Listener, noon: Sandbox) -> None:
    fetch(mira)
    track_id = noon.control("tracks")["tracks"][0]["id"]
    newest = cursor(mira).reached_at
    assert newest is not None
    late = newest - timedelta(hours=5)
    noon.control("late", account_id=MIRA, track_id=track_id, ended_ms=events.to_ms(late))
    oldest = min(logged("user_plays"), key=lambda event: str(event["played_at"]))
    assert events.from_rfc3339(oldest["played_at"]) < late

    fetch(mira, minutes=5)

    assert events.to_ms(late) in ended()


def test_a_list_that_stands_still_for_hours_neither_fails_nor_turns_the_cursor_back(
    mira: Listener, noon: Sandbox
) -> None:
    fetch(mira)
    reached = cursor(mira).reached_at
    noon.player(MIRA, "set", stale=True)
    at(noon, hours=2)

    fetch(mira, hours=2)

    assert cursor(mira).reached_at == reached
    noon.player(MIRA, "set", stale=False)
    at(noon, hours=9)
    fetch(mira, hours=9)
    assert {moment for moment in listed(noon, mira) if moment > events.to_ms(NOON)} <= ended()


def test_fifty_plays_that_do_not_reach_back_to_the_last_known_one_are_a_gap(
    mira: Listener, noon: Sandbox
) -> None:
    fetch(mira)
    known = cursor(mira).reached_at
    at(noon, days=20)

    fetch(mira, days=20)

    gap = Gap.objects.get()
    assert (gap.starts_at, gap.status) == (known, Gap.Status.POSSIBLE)
    assert events.to_ms(gap.ends_at) == min(
        moment for moment in ended() if moment > events.to_ms(NOON)
    )


def test_an_outage_that_the_fifty_plays_cover_is_noted_as_filled(
    mira: Listener, noon: Sandbox
) -> None:
    fetch(mira)
    at(noon, hours=5)

    fetch(mira, hours=5)

    assert Gap.objects.get().status == Gap.Status.FILLED
    assert Gap.objects.get().reason == Gap.Reason.OFFLINE


def test_hourly_fetches_leave_no_gap(mira: Listener, noon: Sandbox) -> None:
    for hour in range(4):
        at(noon, hours=hour)
        fetch(mira, hours=hour)
    assert not Gap.objects.exists()


def test_new_likes_are_found_without_reading_the_whole_library_again(
    mira: Listener, noon: Sandbox
) -> None:
    fetch(mira)
    before = set(ids("user_likes"))
    at(noon, days=1)
    track_id = next(
        track["id"]
        for track in noon.control("tracks", limit=500)["tracks"]
        if track["id"] not in {event["track_id"] for event in logged("user_likes")}
    )
    noon.control("like", account_id=MIRA, track_id=track_id)
    noon.control("calls", clear=True)

    fetch(mira, days=1)

    new = [event for event in logged("user_likes") if event["event_id"] not in before]
    assert track_id in {event["track_id"] for event in new}
    assert noon.control("calls")["saved-tracks"] == 1


def test_the_first_crawl_of_the_library_goes_on_where_it_was_cut(
    mira: Listener, noon: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producing, "LIKES_PAGES", 1)
    fetch(mira)
    assert cursor(mira, "likes").crawl_offset == 50
    some = len(set(ids("user_likes")))

    monkeypatch.undo()
    fetch(mira, minutes=5)

    total = noon.get("me/tracks", noon.log_in(MIRA)["access_token"]).json()["total"]
    assert some < len(set(ids("user_likes"))) == total
    assert cursor(mira, "likes").crawl_offset is None


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
    run = producing.attempt(mira, log=dead, now=NOON)

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
        assert said[0] == "refused" and 500 < int(said[1]) <= 601
    assert noon.control("calls") == {}
