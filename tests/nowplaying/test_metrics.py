"""Calls are counted by listener, family and day, limited, and kept in the database."""

from dataclasses import replace

import pytest
from django.test import Client

from bench.harness.polled_listener import PolledListener
from bench.harness.sandbox_client import MIRA
from ingestion.models import Track
from nowplaying import metrics, poller, tasks
from nowplaying.models import CallsOnDay
from nowplaying.poll_interval import DEFAULTS, TICK_SECONDS
from spotifyweb import clients, periodic_tasks
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.spotify import errors


def test_the_counts_of_today_are_kept_and_keeping_them_again_changes_nothing(
    mira: PolledListener,
) -> None:
    quota = clients.spotify_quota()
    for _ in range(3):
        mira.poll()
    quota.check("recently_played", user_id=MIRA)
    quota.check("player", user_id="nobody here")
    for _ in range(2):
        assert metrics.store_calls(quota, now=quota.clock()) == 2
    kept = dict(CallsOnDay.objects.values_list("family", "calls"))
    assert kept == {"player": 3, "recently_played": 1}


def test_one_listeners_limit_stops_their_polls_but_not_their_plays_nor_other_listeners() -> None:
    quota = clients.spotify_quota()
    tight = replace(quota, budget=replace(quota.budget, listener=2))
    tight.check("player", user_id="a")
    tight.check("player", user_id="a")
    with pytest.raises(errors.BudgetSpent):
        tight.check("player", user_id="a")
    tight.check("recently_played", user_id="a")
    tight.check("player", user_id="b")
    assert not tight.has_room("player", user_id="a", now=tight.clock())


def test_a_share_that_runs_low_stretches_the_interval_and_the_status_page_says_so(
    alice: Listener, bob: Listener, client: Client
) -> None:
    quota = clients.spotify_quota()
    Listener.objects.filter(pk=bob.pk).update(connection=Connection.CONNECTED)
    key = quota._listeners_key(quota.clock())
    quota.redis.hset(key, bob.user_id, 6_000)
    assert tasks.poll_intervals_of(bob) == DEFAULTS.sparing()
    assert tasks.poll_intervals_of(alice) == DEFAULTS

    client.force_login(alice)
    page = " ".join(client.get("/admin/status/").text.split())
    assert (
        f"{bob}: close to today's request limit (6,000 made). The player is checked every 30 s"
        in page
    )


def test_what_all_use_together_runs_low_too() -> None:
    quota = clients.spotify_quota()
    quota.redis.hset(quota._calls_key(quota.clock()), "player", 13_499)
    assert not quota.is_low("a", now=quota.clock())
    quota.check("player", user_id="b")
    assert quota.is_low("a", now=quota.clock())


def test_the_tick_of_the_schedule_is_the_one_that_polls_are_planned_for() -> None:
    row = periodic_tasks.SCHEDULE["Poll players"]
    assert (row.every_seconds, row.expires_seconds) == (TICK_SECONDS, TICK_SECONDS)


def test_a_reached_limit_is_shown_as_such_until_midnight(mira: PolledListener) -> None:
    mira.poll()

    def ask() -> None:
        raise errors.BudgetSpent("today's limit", retry_after_seconds=3600)

    playback = poller.poll(
        mira.listener,
        ask=ask,
        event_log=clients.event_log(),
        cache=clients.redis_client(),
        watched=True,
        clock=mira.now,
    )
    assert playback.trouble == "budget"
    assert (playback.due_at - mira.now()).total_seconds() == 3600


def test_a_new_track_fills_the_catalogue_for_free(mira: PolledListener) -> None:
    track = mira.sandbox.control("tracks", limit=1)["tracks"][0]
    mira.sandbox.player(MIRA, "play", track_id=track["id"])
    mira.poll()
    kept = Track.objects.get(track_id=track["id"])
    assert kept.track_name == track["name"]
    assert kept.image_url
    assert kept.duration_ms
