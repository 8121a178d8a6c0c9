"""What a listener plays at Spotify arrives in the log: all of it, whenever it is fetched."""

from datetime import timedelta

import pytest

from bench.harness.sandbox_client import MIRA, Sandbox
from ingestion.models import Track
from spotifyweb import events
from spotifyweb.accounts.models import Listener
from tests.ingestion.conftest import NOON, at, ids, logged
from tests.ingestion.fetched import cursor, ended, fetch, listed

pytestmark = pytest.mark.django_db


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


def test_later_fetches_bring_what_is_new_and_nothing_twice(mira: Listener, noon: Sandbox) -> None:
    fetch(mira)
    at(noon, hours=6)

    fetch(mira, hours=6)

    truth = {moment for moment in listed(noon, mira) if moment > events.to_ms(NOON)}
    assert truth and truth <= ended()
    assert len(ids("user_plays")) == len(set(ids("user_plays")))


def test_a_list_that_is_old_for_an_hour_brings_nothing_twice(mira: Listener, noon: Sandbox) -> None:
    """Spotify's servers do not agree at once: the newest plays may be gone, and back again."""
    for stale in (True, False, True, False):
        at(noon, hours=0)
        noon.player(MIRA, "set", stale=stale)
        at(noon, hours=6)
        fetch(mira, hours=6)

    assert len(ids("user_plays")) == len(set(ids("user_plays"))) > 50


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
