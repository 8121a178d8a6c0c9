"""Likes: the whole library once, then only what is new."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bench.harness.sandbox_client import MIRA, Sandbox
from ingestion.fetch import producer
from ingestion.models import Cursor, Run
from spotifyweb import clients, signals
from spotifyweb.accounts.models import Listener
from spotifyweb.eventlog import LogError
from tests.ingestion.conftest import NOON, at, ids, logged
from tests.ingestion.fetched import cursor, fetch

pytestmark = pytest.mark.django_db


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
    assert len(ids("user_likes")) == len(before) + len(new), "nothing twice"


@pytest.mark.parametrize("reached_at", [NOON, datetime(2031, 1, 1, tzinfo=UTC)])
def test_a_like_of_the_future_hides_no_like_of_today(
    mira: Listener, noon: Sandbox, reached_at: datetime
) -> None:
    """Programs that move a library to Spotify date its likes, some into years to come.

    Earlier versions remembered such a time.
    """
    body = noon.get("me/tracks", noon.log_in(MIRA)["access_token"], limit=50).json()
    body["items"][0]["added_at"] = "2031-01-01T00:00:00Z"
    noon.fault("custom", endpoint="saved-tracks", count=1, body=json.dumps(body))
    fetch(mira)
    assert "2031-01-01T00:00:00.000Z" in {event["played_at"] for event in logged("user_likes")}
    assert cursor(mira, "likes").reached_at == NOON
    Cursor.objects.filter(stream="likes").update(reached_at=reached_at)
    at(noon, days=1)
    liked = {event["track_id"] for event in logged("user_likes")}
    tracks = [track["id"] for track in noon.control("tracks", limit=500)["tracks"]]
    of_today = next(track_id for track_id in tracks if track_id not in liked)
    noon.control("like", account_id=MIRA, track_id=of_today)

    fetch(mira, days=1)

    assert of_today in {event["track_id"] for event in logged("user_likes")}


def test_a_play_of_the_future_hides_no_gap(mira: Listener, noon: Sandbox) -> None:
    """A device whose clock was ahead, or ours that is behind."""
    body = noon.get("me/player/recently-played", noon.log_in(MIRA)["access_token"], limit=50).json()
    body["items"][0]["played_at"] = "2031-01-01T00:00:00.000Z"
    noon.fault("custom", endpoint="recently-played", count=1, body=json.dumps(body))
    fetch(mira)
    assert cursor(mira).reached_at == NOON


def test_a_like_taken_back_moves_older_ones_up_and_is_no_news(
    mira: Listener, noon: Sandbox
) -> None:
    fetch(mira)
    fetched = len(ids("user_likes"))
    newest = max(logged("user_likes"), key=lambda like: str(like["played_at"]))
    noon.control("like", account_id=MIRA, track_id=newest["track_id"], liked=False)

    fetch(mira, hours=1)

    assert len(ids("user_likes")) == fetched


def test_more_likes_within_minutes_than_are_remembered_are_appended_once(
    mira: Listener, noon: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producer, "MAX_REMEMBERED", 60)

    def row(number: int) -> dict[str, object]:
        moment = NOON - timedelta(seconds=number)
        track = {"id": f"{number:022}", "name": "A move", "type": "track"}
        return {"added_at": moment.isoformat().replace("+00:00", "Z"), "track": track}

    library = [row(number) for number in range(2 * producer.MAX_REMEMBERED)]
    pages = [library[at : at + 50] for at in range(0, len(library), 50)]
    for later in range(4):
        noon.control("faults", clear=True)
        for number, page in enumerate(pages):
            following = (
                f"{noon.api_url}me/tracks?offset={number}" if number < len(pages) - 1 else None
            )
            body = json.dumps({"items": page, "next": following})
            noon.fault("custom", endpoint="saved-tracks", body=body, count=1)
        fetch(mira, hours=later)
        if later == 2:
            appended = len(ids("user_likes"))

    assert len(set(ids("user_likes"))) == len(library)
    assert len(ids("user_likes")) == appended


def test_a_lifted_block_brings_the_whole_library_again(mira: Listener) -> None:
    fetch(mira)
    library = len(ids("user_likes"))

    signals.suppression_lifted.send(sender=Listener, listener=mira)
    fetch(mira, hours=1)

    assert len(ids("user_likes")) >= 2 * library


def test_the_first_crawl_of_the_library_goes_on_where_it_was_cut(
    mira: Listener, noon: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producer, "LIKES_PAGES", 1)
    noon.control("calls", clear=True)
    fetch(mira)
    assert noon.control("calls")["saved-tracks"] == 1, "no page is asked for in vain"
    assert cursor(mira, "likes").crawl_offset == 50
    some = len(set(ids("user_likes")))

    monkeypatch.undo()
    fetch(mira, minutes=5)

    total = noon.get("me/tracks", noon.log_in(MIRA)["access_token"]).json()["total"]
    assert some < len(set(ids("user_likes"))) == total
    assert cursor(mira, "likes").crawl_offset is None


def test_a_page_of_the_crawl_counts_only_once_the_log_has_it_on_disk(
    mira: Listener, noon: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_: object) -> None:
        raise LogError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(type(clients.event_log()), "sync", lost)
        assert fetch(mira).status == Run.Status.FAILED
    for stream in ("recently_played", "likes"):
        begun = cursor(mira, stream)
        assert (begun.reached_at, begun.crawl_offset, begun.page) == (None, None, [])


@pytest.mark.parametrize("has_next", [False, True])
def test_an_empty_page_is_the_end_of_the_library(
    mira: Listener, noon: Sandbox, has_next: bool
) -> None:
    """The library is read to its end, and the next fetch looks at its newest page only."""
    track = {"id": "t" * 22, "name": "Harbour", "type": "track"}
    like = {"added_at": NOON.isoformat().replace("+00:00", "Z"), "track": track}
    following = f"{noon.api_url}me/tracks?offset=50"
    for items, link in (([like], following), ([], following if has_next else None)):
        body = json.dumps({"items": items, "next": link})
        noon.fault("custom", endpoint="saved-tracks", body=body, count=1)
    noon.control("calls", clear=True)

    fetch(mira)

    assert cursor(mira, "likes").crawl_offset is None
    assert noon.control("calls")["saved-tracks"] == 2
    assert [one["track_id"] for one in logged("user_likes")] == ["t" * 22]
