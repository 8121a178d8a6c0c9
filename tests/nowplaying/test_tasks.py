"""Who is due, and that nobody is looked at twice or forgotten."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bench.harness.polled_listener import PolledListener
from bench.harness.sandbox_client import MIRA
from nowplaying import live_pages, metrics, tasks
from nowplaying.models import Playback
from spotifyweb import clients, locks
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.eventlog import LogError
from spotifyweb.monitoring import health
from spotifyweb.spotify import payloads

Sent = list[tuple[int, float]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What the worker would be asked: listener and seconds from now."""
    asked: Sent = []

    def apply_async(args: tuple[int], countdown: float = 0, **_: Any) -> None:
        asked.append((args[0], round(countdown, 1)))

    monkeypatch.setattr(tasks.poll, "apply_async", apply_async)
    return asked


def player(somebody: Listener, *, due_in: float, seen_in: float = -1) -> Playback:
    now = timezone.now()
    return Playback.objects.create(
        listener=somebody,
        due_at=now + timedelta(seconds=due_in),
        observed_at=now + timedelta(seconds=seen_in),
    )


def test_due_are_the_unseen_and_whose_time_comes_before_the_next_tick(
    alice: Listener, bob: Listener, charlie: Listener, sent: Sent
) -> None:
    player(bob, due_in=2)
    player(charlie, due_in=3600)
    assert tasks.tick() == 2
    assert dict(sent) == {alice.pk: 0, bob.pk: pytest.approx(1, abs=1)}  # what is left of two


def test_the_outbox_is_relayed_though_no_player_is_due(
    alice: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    relayed = []
    monkeypatch.setattr(
        tasks.relay_events, "apply_async", lambda **_: relayed.append(tasks.relay_events())
    )
    Listener.objects.update(connection=Connection.DISCONNECTED)
    event = {"event_id": "s", "event_type": "skip", "user_id": "alice", "track_id": "t"}
    event["played_at"] = "2026-05-01"
    row = player(alice, due_in=3600)
    Playback.objects.update(outbox=[event])
    assert tasks.tick() == 0
    row.refresh_from_db()
    assert (relayed, row.outbox) == ([1], [])
    assert clients.event_log().lag("user_skips") == 1


def test_a_page_gets_the_state_before_the_log_is_asked(
    mira: PolledListener, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    did: list[str] = []

    class Away:
        def append(self, *_: object) -> int:
            did.append("asked the log")
            raise LogError("away")

    monkeypatch.setattr(clients, "event_log", Away)
    monkeypatch.setattr(live_pages, "push_state", lambda *_, **__: did.append("told the page"))
    mira.sandbox.player(MIRA, "play")
    for _ in range(2):
        assert tasks.poll(mira.listener.pk, at_once=True)
    assert did == ["told the page", "asked the log", "told the page"]


def test_pages_hear_of_changes_and_while_one_is_watched_of_each_poll(
    mira: PolledListener, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bool] = []
    monkeypatch.setattr(
        live_pages, "push_state", lambda playback, **_: heard.append(playback.is_playing)
    )
    mira.sandbox.player(MIRA, "play")
    tasks.poll(mira.listener.pk)
    tasks.poll(mira.listener.pk, at_once=True)
    assert heard == [True]

    live_pages.renew_presence(clients.redis_client(), mira.listener.pk)
    tasks.poll(mira.listener.pk, at_once=True)
    assert heard == [True, True]

    clients.redis_client().delete(live_pages.PRESENCE_KEY.format(mira.listener.pk))
    mira.sandbox.player(MIRA, "pause")
    tasks.poll(mira.listener.pk, at_once=True)
    assert heard == [True, True, False]


def test_a_page_that_opens_during_a_poll_hears_of_it(
    mira: PolledListener, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Playback] = []
    monkeypatch.setattr(live_pages, "push_state", lambda playback, **_: heard.append(playback))
    mira.sandbox.player(MIRA, "play")
    tasks.poll(mira.listener.pk)
    read = payloads.player

    def open_page(body: Any) -> Any:
        live_pages.renew_presence(clients.redis_client(), mira.listener.pk)
        return read(body)

    monkeypatch.setattr(payloads, "player", open_page)
    tasks.poll(mira.listener.pk, at_once=True)
    assert len(heard) == 2


def test_who_needs_a_login_is_not_polled(alice: Listener, sent: Sent) -> None:
    Listener.objects.update(connection=Connection.NEEDS_LOGIN)
    assert tasks.tick() == 0


def test_after_the_clock_was_set_back_nobody_waits_for_the_old_time(
    alice: Listener, sent: Sent
) -> None:
    player(alice, due_in=3600, seen_in=3590)
    assert tasks.tick() == 1
    assert tasks.is_due(alice.pk)


def test_a_poll_whose_next_is_due_before_the_tick_sends_it_itself(
    alice: Listener, bob: Listener, sent: Sent
) -> None:
    tasks.schedule_next(player(alice, due_in=1.5))
    tasks.schedule_next(player(bob, due_in=3600))
    assert dict(sent) == {alice.pk: pytest.approx(0.75, abs=0.75)}


def test_a_second_task_for_the_same_poll_does_not_poll(
    alice: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    monkeypatch.setattr(tasks, "poll_player", lambda pk, at_once: looks.append(pk))
    with locks.lock(f"polling:{alice.pk}"):
        assert not tasks.poll(alice.pk)
    tasks.poll(alice.pk)
    assert looks == [alice.pk]


def test_health_shows_the_last_tick_and_who_is_in_trouble(
    alice: Listener, bob: Listener, charlie: Listener, sent: Sent, client: Any
) -> None:
    tasks.tick()
    player(alice, due_in=-1)
    blocked = player(bob, due_in=3600)
    blocked.trouble = "blocked"
    blocked.save()
    Listener.objects.filter(pk=charlie.pk).update(connection=Connection.NEEDS_LOGIN)
    health._last_report.clear()
    told = client.get("/health", headers={"host": "127.0.0.1:8000"}).json()["players"]
    assert told.pop("tick_age_seconds") >= 0
    assert told == {"due": 1, "blocked": 1, "needs_login": 1}


def test_before_the_first_tick_its_age_is_unknown(db: None) -> None:
    assert metrics.poller_status(now=timezone.now()).tick_age_seconds is None


def test_two_hundred_due_at_once_are_found_by_two_queries(
    db: None, sent: Sent, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    people = [
        Listener(user_id=f"u{n}", display_name=f"U{n}", connection=Connection.CONNECTED)
        for n in range(200)
    ]
    Listener.objects.bulk_create(people)
    with django_assert_max_num_queries(2):
        assert tasks.tick() == 200
    assert len(sent) == 200
