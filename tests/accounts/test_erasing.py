"""Leaving: what is removed where, and that nothing comes back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.core import serializers
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from ingestion import consuming, draining
from ingestion.models import Cursor, HistoryImport, Reject, Run
from spotifyweb import clients
from spotifyweb.accounts import api_tokens, erasing, tasks
from spotifyweb.accounts.models import Connection, Erasure, Listener
from spotifyweb.events import Like, Play
from tests.landed import appended, landed_ids, rows
from tests.sandbox_server import MIRA

DAY = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
SOON = timedelta(minutes=5)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lake() -> Iterator[None]:
    """The lake of this test process, empty before and after."""
    for key in list(clients.lake().keys()):
        clients.lake().delete(key)
    yield
    for key in list(clients.lake().keys()):
        clients.lake().delete(key)


def play(user_id: str, minute: int, source: str = "recently_played") -> Play:
    return Play(
        user_id=user_id,
        played_at=DAY + timedelta(minutes=minute),
        track_id=f"track-{minute}",
        track_name="Harbour",
        artist_name="Pale Coast",
        source=source,
    )


def like(user_id: str) -> Like:
    return Like(
        user_id=user_id,
        played_at=DAY,
        track_id="t",
        track_name="n",
        artist_name="a",
        source="saved_tracks",
    )


def sink() -> None:
    for topic in ("user_plays", "user_likes"):
        consuming.sink(
            topic,
            log=clients.event_log(),
            store=clients.lake(),
            limits=draining.short(),
            now=timezone.now(),
        )


def everywhere(wanted: str) -> list[str]:
    """Every place of this house where those bytes can be found."""
    needle, found = wanted.encode(), []
    for folder in ("lake", "imports", "uploads"):
        for file in Path(settings.DATA_DIR, folder).rglob("*"):
            if file.is_file() and (needle in file.read_bytes() or wanted in str(file)):
                found.append(str(file))
    redis = clients.redis_client()
    found += [repr(key) for key in redis.scan_iter() if needle in key + redis_value(key)]
    for model in apps.get_models():
        dump = serializers.serialize("json", model._default_manager.all())
        found += [model.__name__] if wanted in dump else []
    return found


def redis_value(key: bytes) -> bytes:
    """The value as Redis itself would write it down."""
    redis: Any = clients.redis_client()
    read = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"list": lambda k: redis.lrange(k, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda k: redis.zrange(k, 0, -1),
        b"stream": redis.xrange,
    }
    return repr(read[redis.type(key)](key)).encode()


@pytest.fixture
def traces(mira: Listener, bob: Listener, tmp_path: Path) -> Listener:
    """Mira has left something in every corner, side by side with Bob."""
    appended([play(who, minute) for minute in range(4) for who in (MIRA, "bob")])
    appended([like(MIRA), like("bob")])
    clients.event_log().append("user_plays", [(MIRA, b'{"user_id": "' + MIRA.encode() + b'"')])
    sink()
    appended([play(MIRA, 90), play("bob", 90)])  # not landed yet
    clients.redis_client().set(f"recommendations:build-1:{MIRA}", b"[]")
    clients.redis_client().set("recommendations:build-1:bob", b"[]")
    clients.spotify_quota().check("player", user_id=MIRA)
    api_tokens.create(mira, name="Kitchen", scopes=["read:stats"], now=DAY)
    Run.objects.create(stage="produce", subject=MIRA, started_at=DAY)
    Cursor.objects.create(listener=mira, stream="likes")
    HistoryImport.objects.create(listener=mira, file_name="my_spotify_data.zip")
    return mira


def test_the_traces_are_really_there(traces: Listener) -> None:
    found = everywhere(MIRA)

    assert {"Listener", "Reject", "Run", "b'log:user_plays'"} <= set(found)
    assert [place for place in found if "/bronze/plays/" in place]
    assert [place for place in found if "/rejects/plays/" in place]


def test_everything_is_erased_everywhere_and_bob_loses_nothing(
    traces: Listener, browser: Client
) -> None:
    bobs = len([row for row in rows(clients.lake(), "plays") if row["user_id"] == "bob"])

    answer = browser.post(
        "/settings/disconnect/", {"choice": "everything", "sure": "yes"}, follow=True
    )
    assert answer.status_code == 200
    assert erasing.finish(now=timezone.now() + SOON) == 0  # bob's play has not landed yet
    sink()
    assert erasing.finish(now=timezone.now() + SOON) == 1

    assert everywhere(MIRA) == []
    left = [row["user_id"] for row in rows(clients.lake(), "plays")]
    assert left == ["bob"] * (bobs + 1)
    assert [row["user_id"] for row in rows(clients.lake(), "likes")] == ["bob"]
    assert clients.redis_client().get("recommendations:build-1:bob") == b"[]"


def test_the_receipt_says_what_was_removed(traces: Listener, browser: Client) -> None:
    answer = browser.post(
        "/settings/disconnect/", {"choice": "everything", "sure": "yes"}, follow=True
    )

    page = answer.content.decode()
    assert "Everything is erased" in page
    removed = answer.context["removed"]
    assert removed["rows in the lake"] == 5
    assert removed["records waiting in the log"] == 2  # one not landed, one among the dead letters
    assert removed["rejected records"] == removed["listed rejects"] == 1
    assert removed["Spotify tokens"] == removed["sessions"] == 1
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

    erasing.leave(bob, erasing.Choice.EVERYTHING, now=timezone.now())

    assert notes() == []


def notes() -> list[str]:
    return list(LogEntry.objects.values_list("object_repr", flat=True))


def test_what_others_pages_remember_of_them_goes_too(bob: Listener) -> None:
    cache.set("gold:alice:20260501T100000Z:0a", [{"user_id": "bob", "plays": 7}])

    removed = erasing.leave(bob, erasing.Choice.EVERYTHING, now=timezone.now())

    assert cache.get("gold:alice:20260501T100000Z:0a") is None
    assert removed["remembered answers"] == 1


def test_a_receipt_cannot_be_made_up(db: None, browser: Client) -> None:
    assert browser.get("/erased/eyJjaG9pY2UiOiAia2VlcCJ9/").status_code == 404


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
    erasing.finish(now=timezone.now() + SOON)

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
    browser.post("/settings/disconnect/", {"choice": "everything", "sure": "yes"})
    sink()
    Erasure.objects.update(before=timezone.now() - timedelta(minutes=2))  # two minutes later
    Listener.objects.create(user_id=MIRA, connection=Connection.CONNECTED)
    appended([play(MIRA, 500)])
    sink()

    erasing.finish(now=timezone.now())

    mine = [row for row in rows(clients.lake(), "plays") if row["user_id"] == MIRA]
    assert [row["track_id"] for row in mine] == ["track-500"]
    assert Listener.objects.filter(user_id=MIRA).exists()


def test_an_erasure_that_was_cut_off_is_completed(
    traces: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("spotifyweb.lake.cleansing.cleanse", cut)
        with pytest.raises(KeyboardInterrupt):
            erasing.leave(traces, erasing.Choice.EVERYTHING, now=timezone.now())
    sink()
    erasing.finish(now=timezone.now() + SOON)

    assert everywhere(MIRA) == []


def test_the_warehouse_is_asked_to_build_anew(traces: Listener) -> None:
    clients.redis_client().delete("celery")  # the login asked for a first fetch

    erasing.leave(traces, erasing.Choice.EVERYTHING, now=timezone.now())

    waiting: Any = clients.redis_client().lrange("celery", 0, -1)
    assert [orjson.loads(one)["headers"]["task"] for one in waiting] == ["ingestion.transform"]


def test_rejects_of_others_stay(traces: Listener) -> None:
    Reject.objects.create(
        topic="user_plays", partition=0, offset="9", reason="x", raw_start="bob", rejected_at=DAY
    )

    erasing.leave(traces, erasing.Choice.EVERYTHING, now=timezone.now())

    assert [reject.raw_start for reject in Reject.objects.all()] == ["bob"]


def test_with_nothing_to_finish_nothing_happens(db: None) -> None:
    tasks.finish_erasures()

    assert clients.redis_client().llen("celery") == 0
