"""A day at the player, looked at when due, ends in the warehouse as the sandbox recorded it.

FAULT_HOURS=24 makes it a whole day; the clock is the sandbox's, so an hour takes seconds.
"""

import json
import os
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from bench.harness.polled_listener import PolledListener
from bench.harness.sandbox_client import MIRA
from ingestion.fetch import producer
from ingestion.models import Stage
from ingestion.operations import runs
from spotifyweb import clients
from spotifyweb.spotify import client as spotify
from tests.nowplaying.conftest import *  # noqa: F403  the poller of one listener
from tests.nowplaying.conftest import EVENING, logged

pytestmark = [pytest.mark.faults, pytest.mark.django_db, pytest.mark.slow]
HOURS = float(os.environ.get("FAULT_HOURS", "1"))
NEAR_MS = 6_000  # what a look every five seconds cannot know better


def record(watch: PolledListener) -> dict[str, list[dict[str, Any]]]:
    began_ms = int(EVENING.timestamp() * 1000)
    found: dict[str, list[dict[str, Any]]] = watch.sandbox.record(MIRA, from_ms=began_ms)
    return found


def to_ms(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() * 1000


def listen(watch: PolledListener, until: datetime, act: Callable[[], None] = lambda: None) -> None:
    """Look when due until then, with an open page; `act` may do something before each look."""
    while watch.now() < until:
        due_at = watch.poll(watched=True).due_at
        act()
        watch.sandbox.clock(now=max(watch.now(), min(due_at, until)).isoformat())


def by_hand(watch: PolledListener, dice: random.Random) -> None:
    """Now and then a skip, a pause of a minute, or a jump within the track."""
    chance = dice.random()
    if chance < 0.02:
        watch.sandbox.player(MIRA, "skip")
    elif chance < 0.03:
        watch.sandbox.player(MIRA, "pause")
        listen(watch, watch.now() + timedelta(minutes=1))
        watch.sandbox.player(MIRA, "resume")


@pytest.fixture
def room_for_a_watched_day(mira: PolledListener, settings: Any) -> Iterator[None]:
    """A page open around the clock costs more looks than one listener is allowed on one day."""
    settings.SPOTIFY_DAILY_LISTENER_CALLS = settings.SPOTIFY_DAILY_CALLS = 100_000
    clients.spotify_quota.cache_clear()
    yield
    clients.spotify_quota.cache_clear()


def test_plays_skips_and_changes_are_those_that_were(
    mira: PolledListener, own_place: None, room_for_a_watched_day: None
) -> None:
    dice = random.Random(4)
    mira.sandbox.player(MIRA, "play")
    listen(mira, EVENING + timedelta(hours=HOURS), lambda: by_hand(mira, dice))
    mira.sandbox.player(MIRA, "stop")
    listen(mira, mira.now() + timedelta(minutes=15))  # as long as a silence may be one in mid-track
    truth = record(mira)
    plays, skips, changes = (logged(f"user_{name}") for name in ("plays", "skips", "playback"))
    assert [row["track_id"] for row in plays] == [row["id"] for row in truth["plays"]]
    assert [row["track_id"] for row in skips] == [row["id"] for row in truth["skips"]]
    every = sorted(truth["plays"] + truth["skips"], key=lambda row: row["started_ms"])
    assert [row["track_id"] for row in changes] == [row["id"] for row in every]
    assert len(truth["plays"]) > 5 * HOURS
    assert truth["skips"]
    for mine, true in zip(plays + skips, truth["plays"] + truth["skips"], strict=True):
        assert abs(mine["ms_played"] - true["ms_played"]) < NEAR_MS
        assert abs(to_ms(mine["played_at"]) - true["ended_ms"]) < NEAR_MS
        assert mine["device_type"] == true["device_type"]
    in_gold_they_are_the_same(truth)


def in_gold_they_are_the_same(truth: dict[str, list[dict[str, Any]]]) -> None:
    said = StringIO()
    call_command("pipeline", json=True, stdout=said)
    assert json.loads(said.getvalue())["transform"]["status"] == "published"
    [gold] = clients.warehouse().rows(
        "select sum(plays) as plays, sum(skips) as skips, sum(heard_ms) as heard_ms "
        "from gold.user_track_daily where user_id = ?",
        [MIRA],
    )
    assert (gold["plays"], gold["skips"]) == (len(truth["plays"]), len(truth["skips"]))
    listens = truth["plays"] + truth["skips"]
    heard_ms = sum(row["ms_played"] for row in listens)
    assert abs(int(gold["heard_ms"]) - heard_ms) < NEAR_MS * len(listens)
    [changes] = clients.warehouse().rows("select count(*) as n from silver.silver_playback")
    assert changes["n"] == len(truth["plays"]) + len(truth["skips"])


@pytest.fixture
def quota_by_its_clock(mira: PolledListener, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The hours that Spotify asks to wait pass with the sandbox's clock."""
    monkeypatch.setattr(timezone, "now", mira.now)
    clients.spotify_quota.cache_clear()
    yield
    clients.spotify_quota.cache_clear()


@pytest.mark.parametrize(
    ("fault", "order"),
    [
        ("reset", {"for_seconds": 900}),
        ("bad_gateway", {"for_seconds": 900}),
        ("quota_exceeded", {"count": 1, "retry_after": 3 * 3600}),
        ("rate_limited", {"count": 1}),
    ],
)
def test_once_a_fault_is_over_nothing_is_missing(
    mira: PolledListener, quota_by_its_clock: None, fault: str, order: dict[str, int]
) -> None:
    """What played meanwhile is in the list that the hourly fetch reads."""
    mira.sandbox.player(MIRA, "play")
    listen(mira, EVENING + timedelta(minutes=10))
    mira.sandbox.fault(fault, endpoint="player", **order)
    over_at = EVENING + timedelta(seconds=600 + max(order.get("retry_after", 900), 900) + 300)
    before = mira.sandbox.control("calls")
    listen(mira, over_at)
    assert mira.poll(watched=True).trouble == ""
    if fault == "quota_exceeded":
        after = mira.sandbox.control("calls")
        assert after["player"] - before.get("player", 0) < 100  # none inside the window
    with runs.recording(Stage.PRODUCE, MIRA, now=mira.now()) as run:
        producer.fetch(run, listener=mira.listener, log=clients.event_log(), now=mira.now())
    seen = [(row["track_id"], to_ms(row["played_at"])) for row in logged("user_plays")]
    newest = record(mira)["plays"][-50:]
    missing = [
        row
        for row in newest
        if not any(
            track == row["id"] and abs(ended_ms - row["ended_ms"]) < 20_000
            for track, ended_ms in seen
        )
    ]
    assert missing == []


def test_a_hang_up_to_the_time_out_is_an_answer_and_a_longer_one_a_trouble(
    mira: PolledListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    mira.sandbox.player(MIRA, "play")
    mira.sandbox.fault("slow", endpoint="player", count=1, seconds=0.3)
    assert mira.poll().trouble == ""
    mira.sandbox.fault("hang", endpoint="player", count=1, seconds=600)
    with monkeypatch.context() as hurried:
        hurried.setattr(spotify, "TIMEOUT", (60, 1))
        playback = mira.poll()
    assert playback.trouble == "unreachable"
    assert (playback.due_at - mira.now()).total_seconds() == 5
    assert mira.poll().trouble == ""


@pytest.mark.parametrize("jump", [timedelta(hours=2), timedelta(hours=-2)])
def test_a_jump_of_the_clock_costs_one_listen_at_most(
    mira: PolledListener, jump: timedelta
) -> None:
    mira.sandbox.player(MIRA, "play")
    listen(mira, EVENING + timedelta(minutes=10))
    before = len(logged("user_plays"))
    true_clock = mira.now
    object.__setattr__(mira, "now", lambda: true_clock() + jump)  # ours jumps, Spotify's does not
    for _ in range(180):
        playback = mira.poll(watched=True)
        wait_seconds = (playback.due_at - mira.now()).total_seconds()
        mira.sandbox.clock(advance=min(5.0, max(0.5, wait_seconds)))
    plays = logged("user_plays")
    truth = [row["id"] for row in record(mira)["plays"]]
    assert set(truth) <= {row["track_id"] for row in plays}
    assert before <= len(plays) <= len(truth) + 1
    assert all(0 <= row["ms_played"] <= row["duration_ms"] + NEAR_MS for row in plays)
