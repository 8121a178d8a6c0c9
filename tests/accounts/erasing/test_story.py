"""Alice has a play, a day and a source forgotten: lake, builds and log are the real ones."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from ingestion import transforming
from spotifyweb import clients
from spotifyweb.accounts import carrying_out, tasks
from spotifyweb.accounts.models import Listener, Order
from spotifyweb.events import Play, Skip
from tests.accounts.erasing.traces import later, like, sink
from tests.landed import appended, rows

pytestmark = pytest.mark.django_db
START = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
ERASED_DAY = datetime(2026, 5, 2, 22, 0, tzinfo=UTC)  # midnight in Berlin, where Alice lives
HARBOUR = START + timedelta(minutes=10)


def told(who: str, ended_at: datetime, title: str, source: str, kind: type[Play] = Play) -> Play:
    return kind(
        user_id=who,
        played_at=ended_at,
        track_id=None if source == "account_data" else f"id-{title}",
        track_name=title,
        artist_name="Pale Coast",
        duration_ms=180_000,
        ms_played=None if source == "recently_played" else 180_000,
        source=source,
    )


def history(who: str) -> list[Play]:
    """Harbour by two sources and once more later; a day; account data beside the fetched plays."""
    return [
        told(who, HARBOUR, "Harbour", "recently_played"),
        told(who, HARBOUR + timedelta(seconds=4), "Harbour", "extended_history"),
        told(who, HARBOUR + timedelta(minutes=4), "Harbour", "recently_played"),
        told(who, ERASED_DAY - timedelta(seconds=1), "Quay", "recently_played"),
        told(who, ERASED_DAY + timedelta(minutes=1), "Over midnight", "recently_played"),
        told(who, ERASED_DAY + timedelta(hours=9), "Mole", "recently_played"),
        told(who, ERASED_DAY + timedelta(hours=24, minutes=1), "To the next day", "player"),
        told(who, ERASED_DAY + timedelta(hours=25), "Pier", "player"),
        told(who, START - timedelta(days=9), "Tide", "account_data"),
    ]


ONLY_ERASED = ("Over midnight", "Mole", "To the next day", "Tide")
STAYS = {"Harbour": 1, "Quay": 1, "Pier": 1}
ALL = {"Harbour": 2, "Quay": 1, "Pier": 1, **dict.fromkeys(ONLY_ERASED, 1)}


@pytest.fixture
def told_of(alice: Listener, bob: Listener, own_place: None) -> None:
    """Both heard the same, landed and built; of Alice a little is still in the log."""
    Listener.objects.filter(pk=alice.pk).update(timezone="Europe/Berlin")
    appended(history("alice") + history("bob"))
    appended(
        like(who, ERASED_DAY + timedelta(hours=1))
        for who in ("alice", "bob")
    )
    sink()
    build()
    appended([told("alice", ERASED_DAY + timedelta(hours=3), "Left", "player", Skip)])


def build() -> None:
    transforming.transform(
        store=clients.lake(),
        builds=clients.builds(),
        folder=settings.DATA_DIR / "dbt",
        now=timezone.now(),
    )


def heard(who: str) -> dict[str, int]:
    """Plays by title, as readers see them."""
    sql = "select track_name, count(*) as n from silver.silver_plays where user_id = ? group by 1"
    return {row["track_name"]: row["n"] for row in clients.warehouse().rows(sql, [who])}


def play_id(who: str) -> str:
    sql = "select event_id from silver.silver_listens where user_id = ? and sources like ?"
    found = clients.warehouse().rows(sql, [who, "%extended_history%"])
    return str(found[0]["event_id"])


def browser_of(listener: Listener) -> Client:
    client = Client()
    client.force_login(listener)
    return client


def pressed(browser: Client, **words: str) -> Any:
    """Look at it, then press the button; what the look said."""
    look = browser.get("/data/erase/", words)
    assert look.status_code == 200, look
    answer = browser.post("/data/erase/", {**words, "sure": "yes"})
    assert answer.status_code == 302, answer
    return look.context["preview"]


def test_a_play_a_day_and_a_source_go_everywhere_and_stay_away(
    told_of: None, alice: Listener, bob: Listener, charlie: Listener
) -> None:
    assert heard("alice") == heard("bob") == ALL
    mine, harbour = browser_of(alice), play_id("alice")

    strangers = browser_of(charlie).get("/data/erase/", {"what": "play", "event": harbour})
    assert strangers.status_code == 302, "Charlie sees nothing"
    assert browser_of(charlie).get("/data/").context["sources"] == {}
    looked = pressed(mine, what="play", event=harbour)
    assert (looked.plays, looked.tellings, looked.listen["track_name"]) == (1, 2, "Harbour")
    looked = pressed(mine, what="period", first="2026-05-03", last="2026-05-03")
    assert (looked.plays, looked.heard_ms) == (3, 61_000 + 2 * 180_000)
    looked = pressed(mine, what="source", source="account_data")
    assert (looked.plays, looked.tellings) == (1, 1)

    orders = list(Order.objects.order_by("asked_at"))
    for order in orders:
        page = f"/data/erasures/{order.token}/"
        assert mine.get(page).context["state"] == "waiting"
        assert browser_of(charlie).get(page).status_code == Client().get(page).status_code == 404
        tasks.erase(order_pk=order.pk)
        assert mine.get(page).context["state"] == "building"
    build()  # any build that begins now knows, also one that somebody else asked for
    assert heard("alice") == STAYS
    assert heard("bob") == ALL
    left = [row["track_name"] for row in rows(clients.lake(), "plays") if row["user_id"] == "alice"]
    assert sorted(left) == ["Harbour", "Pier", "Quay"]
    assert len(rows(clients.lake(), "likes")) == 2
    assert clients.event_log().lag("user_skips") == 0

    assert carrying_out.go_on(clock=later) == 3
    removed = [mine.get(f"/data/erasures/{one.token}/").context["removed"] for one in orders]
    assert [counts["rows in the lake"] for counts in removed] == [2, 3, 1]
    assert removed[1]["records waiting in the log"] == 1

    appended(history("alice"))  # an archive imported again, and a fetch that overlaps
    appended([told("alice", HARBOUR - timedelta(seconds=9), "harbour", "extended_history")])
    sink()
    left = [row["track_name"] for row in rows(clients.lake(), "plays") if row["user_id"] == "alice"]
    assert set(left) == set(STAYS)

    answer = mine.post(f"/data/erasures/{orders[1].token}/lift/")
    assert answer.status_code == 302
    appended(history("alice"))
    sink()
    left = [row["track_name"] for row in rows(clients.lake(), "plays") if row["user_id"] == "alice"]
    assert set(left) == {*STAYS, "Over midnight", "Mole", "To the next day"}
