"""Likes: the whole library once, then only what is new."""

import pytest

from ingestion import producing
from ingestion.models import Run
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.eventlog import LogError
from tests.ingestion.conftest import at, ids, logged
from tests.ingestion.fetched import cursor, fetch
from tests.sandbox_server import MIRA, Sandbox

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


def test_the_first_crawl_of_the_library_goes_on_where_it_was_cut(
    mira: Listener, noon: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producing, "LIKES_PAGES", 1)
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
