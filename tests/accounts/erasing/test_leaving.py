"""Leaving: what is removed where, and that nothing comes back."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from ingestion.models import Cursor, Reject
from spotifyweb import clients, locks
from spotifyweb.accounts import api_tokens, carrying_out, erasing, tasks
from spotifyweb.accounts.models import Connection, Erasure, Listener, Order
from tests.accounts.erasing.traces import DAY, everywhere, left, play, settled, sink
from tests.landed import appended, landed_ids, rows
from tests.sandbox_server import MIRA

pytestmark = pytest.mark.django_db


def test_the_traces_are_really_there(traces: Listener) -> None:
    found = everywhere(MIRA)

    assert {"Listener", "Reject", "Run", "b'log:user_plays'"} <= set(found)
    assert [place for place in found if "/bronze/plays/" in place]
    assert [place for place in found if "/rejects/plays/" in place]


def test_everything_is_erased_everywhere_and_bob_loses_nothing(
    traces: Listener, browser: Client
) -> None:
    bobs = len([row for row in rows(clients.lake(), "plays") if row["user_id"] == "bob"])

    erase_all(browser)
    assert settled() == 0  # bob's play has not landed yet
    sink()
    assert settled() == 1

    assert everywhere(MIRA) == []
    left = [row["user_id"] for row in rows(clients.lake(), "plays")]
    assert left == ["bob"] * (bobs + 1)
    assert [row["user_id"] for row in rows(clients.lake(), "likes")] == ["bob"]
    assert clients.redis_client().get("recommendations:build-1:bob") == b"[]"


def erase_all(browser: Client) -> Any:
    """Press it, let a worker do it, and look at the page again."""
    form = {"choice": "everything", "sure": "yes"}
    answer = browser.post("/settings/disconnect/", form, follow=True)
    assert answer.context["state"] == "waiting"
    tasks.erase(order_pk=Order.objects.get().pk)
    return browser.get(answer.redirect_chain[-1][0])


def test_the_receipt_says_what_was_removed(traces: Listener, browser: Client) -> None:
    answer = erase_all(browser)

    page = answer.content.decode()
    assert answer.context["state"] == "building"
    removed = answer.context["removed"]
    assert removed["rows in the lake"] == 5
    assert removed["records waiting in the log"] == 2  # one not landed, one among the dead letters
    assert removed["rejected records"] == removed["listed rejects"] == 1
    assert removed["Spotify tokens"] == 1
    assert removed["entries in caches"] == 2
    assert MIRA not in page
    assert "_auth_user_id" not in browser.session


def test_the_admin_s_notes_about_them_go_too(alice: Listener, bob: Listener) -> None:
    api_tokens.create(bob, name="Kitchen", scopes=["read:stats"], now=DAY)
    admins = Client()
    admins.force_login(alice)
    admins.post(f"/admin/accounts/apitoken/{bob.api_tokens.get().pk}/delete/", {"post": "yes"})
    admins.post(f"/admin/accounts/listener/{bob.pk}/change/", {"display_name": "Bob"})
    assert "Kitchen of Bob" in notes()

    left(bob, erasing.Choice.EVERYTHING)

    assert notes() == []


def notes() -> list[str]:
    return list(LogEntry.objects.values_list("object_repr", flat=True))


def test_what_others_pages_remember_of_them_goes_too(bob: Listener) -> None:
    cache.set("gold:alice:20260501T100000Z:0a", [{"user_id": "bob", "plays": 7}])

    removed = erasing.leave_at_once(bob, erasing.Choice.EVERYTHING, clock=timezone.now)

    assert cache.get("gold:alice:20260501T100000Z:0a") is None
    assert removed["remembered answers"] == 1


def test_everything_needs_to_be_meant(mira: Listener, browser: Client) -> None:
    answer = browser.post("/settings/disconnect/", {"choice": "everything"})

    assert "tick the box" in answer.content.decode()
    assert Listener.objects.filter(pk=mira.pk).exists()


@pytest.mark.parametrize("choice", ["", "all", "KEEP"])
def test_an_unknown_choice_changes_nothing(mira: Listener, browser: Client, choice: str) -> None:
    browser.post("/settings/disconnect/", {"choice": choice, "sure": "yes"})

    mira.refresh_from_db()
    assert mira.connection == Connection.CONNECTED


def test_keeping_deletes_the_tokens_only(traces: Listener, browser: Client) -> None:
    before = landed_ids(clients.lake(), "plays")

    browser.post("/settings/disconnect/", {"choice": "keep"})

    traces.refresh_from_db()
    assert traces.connection == Connection.DISCONNECTED
    assert not hasattr(Listener.objects.get(pk=traces.pk), "token")
    assert landed_ids(clients.lake(), "plays") == before
    assert not Erasure.objects.exists()
    assert "_auth_user_id" in browser.session


def test_what_came_from_spotify_goes_and_the_archive_stays(
    traces: Listener, browser: Client
) -> None:
    appended([play(MIRA, 200, source="extended_history")])
    sink()
    appended([play(MIRA, 300), play(MIRA, 301, source="extended_history")])

    browser.post("/settings/disconnect/", {"choice": "spotify"})
    sink()  # what waited in the log is filtered by its source
    tasks.erase(order_pk=Order.objects.get().pk)
    assert settled() == 1

    mine = [row for row in rows(clients.lake(), "plays") if row["user_id"] == MIRA]
    assert {row["source"] for row in mine} == {"extended_history"}
    assert len(mine) == 2
    assert [row["user_id"] for row in rows(clients.lake(), "likes")] == ["bob"]
    assert not Cursor.objects.filter(listener=traces).exists()
    assert not Erasure.objects.exists()
    traces.refresh_from_db()
    assert traces.image_url == ""


def test_who_comes_back_later_keeps_what_they_then_listen_to(
    traces: Listener, browser: Client, sandbox_settings: Any
) -> None:
    erase_all(browser)
    sink()
    Erasure.objects.update(before=timezone.now() - timedelta(minutes=2))  # two minutes later
    Listener.objects.create(user_id=MIRA, connection=Connection.CONNECTED)
    appended([play(MIRA, 500)])
    sink()

    assert settled() == 1

    mine = [row for row in rows(clients.lake(), "plays") if row["user_id"] == MIRA]
    assert [row["track_id"] for row in mine] == ["track-500"]
    assert Listener.objects.filter(user_id=MIRA).exists()


def test_an_erasure_that_was_cut_off_is_completed(
    traces: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("spotifyweb.lake.cleansing.cleanse_object", cut)
        with pytest.raises(KeyboardInterrupt):
            left(traces, erasing.Choice.EVERYTHING)
    sink()
    carrying_out.go_on(clock=timezone.now)  # the next round takes it up
    assert settled() == 1

    assert everywhere(MIRA) == []


def test_the_warehouse_is_asked_to_build_anew(traces: Listener) -> None:
    clients.redis_client().delete("celery")  # the login asked for a first fetch

    left(traces, erasing.Choice.EVERYTHING)

    assert asked_of_workers() == ["accounts.erase", "ingestion.transform"]


def asked_of_workers() -> list[str]:
    waiting: Any = clients.redis_client().lrange("celery", 0, -1)
    return [orjson.loads(one)["headers"]["task"] for one in reversed(waiting)]


def test_rejects_of_others_stay(traces: Listener) -> None:
    Reject.objects.create(
        topic="user_plays",
        partition=0,
        offset="9",
        reason="x",
        raw_start=f'{{"track_name": "{MIRA}"}}',  # a title is nobody's name
        user_id="bob",
        rejected_at=DAY,
    )

    left(traces, erasing.Choice.EVERYTHING)

    assert [reject.user_id for reject in Reject.objects.all()] == ["bob"]


def test_with_nothing_to_finish_nothing_happens(db: None) -> None:
    tasks.finish_erasures()

    assert clients.redis_client().llen("celery") == 0


@pytest.mark.parametrize("choice", [erasing.Choice.EVERYTHING, erasing.Choice.SPOTIFY])
def test_what_a_fetch_appended_after_they_left_goes_too(
    traces: Listener, choice: erasing.Choice
) -> None:
    left(traces, choice)

    appended([play(MIRA, 700), play("bob", 700)])  # by a worker that was in the middle of it
    sink()
    assert MIRA in {row["user_id"] for row in rows(clients.lake(), "plays")}
    assert settled() == 1

    assert {row["user_id"] for row in rows(clients.lake(), "plays")} == {"bob"}


def test_while_something_is_fetched_for_them_it_is_not_over(traces: Listener) -> None:
    left(traces, erasing.Choice.SPOTIFY)
    sink()

    with locks.held(f"produce:{traces.pk}"):
        assert settled() == 0
    assert settled() == 1


def test_a_red_build_is_asked_for_again_and_ends_nothing(traces: Listener) -> None:
    order = left(traces, erasing.Choice.EVERYTHING)
    sink()
    settled()
    clients.redis_client().delete("celery")

    carrying_out.go_on(clock=timezone.now)

    order.refresh_from_db()
    assert (order.settled_at is not None, order.done_at) == (True, None)
    assert asked_of_workers() == ["ingestion.transform"]
    assert not Erasure.objects.exists(), "nobody's name waits for a build"


def test_an_erasure_of_before_there_were_orders_gets_one(db: None) -> None:
    Erasure.objects.create(user_id="gone", before=DAY)

    carrying_out.go_on(clock=timezone.now)

    assert Order.objects.get().kind == Order.Kind.EVERYTHING
