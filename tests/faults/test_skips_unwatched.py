"""Skips with no page open, as the mission promises: seen within five to ten seconds.

Two hundred of them at the sandbox's clock; every track is left after five to fifteen seconds.
"""

import random
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from bench.harness.polled_listener import PolledListener
from bench.harness.sandbox_client import MIRA
from nowplaying.models import Playback
from spotifyweb import clients
from tests.nowplaying.conftest import *  # noqa: F403  the poller of one listener
from tests.nowplaying.conftest import EVENING

pytestmark = [pytest.mark.faults, pytest.mark.django_db]
SKIPS = 200
CALLS_OF_A_DAY = 17_280 // 8


def rows(topic: str) -> list[dict[str, Any]]:
    batches = clients.event_log().drain(topic, max_records=10_000, max_bytes=10**8)
    return [orjson.loads(value) for batch in batches for value in batch.values]


def is_same(row: dict[str, Any], true: dict[str, Any]) -> bool:
    """One track, begun at one moment, and heard for as long, as far as a look can know."""
    began_ms = datetime.fromisoformat(row["started_at"]).timestamp() * 1000
    return bool(
        row["track_id"] == true["id"]
        and abs(began_ms - true["started_ms"]) < 2_000
        and abs(row["ms_played"] - true["ms_played"]) < 2_000
    )


def look_when_due(watch: PolledListener, until: datetime) -> None:
    """Let the time pass; a look happens only at the moment that the last one set."""
    while (due_at := Playback.objects.get(listener=watch.listener).due_at) <= until:
        watch.sandbox.clock(now=max(due_at, watch.now()).isoformat())
        watch.poll()
    watch.sandbox.clock(now=until.isoformat())


def skip_through(watch: PolledListener, dice: random.Random) -> None:
    """Play, and leave each track after some seconds; nobody has a page open."""
    watch.sandbox.player(MIRA, "play")
    watch.poll()
    leaves_at = watch.now()
    for _ in range(SKIPS):
        leaves_at += timedelta(seconds=dice.uniform(5, 15))
        look_when_due(watch, leaves_at)
        watch.sandbox.player(MIRA, "skip")
    look_when_due(watch, leaves_at + timedelta(seconds=12))


@pytest.mark.long
def test_two_hundred_skips_with_no_page_open(mira: PolledListener) -> None:
    mira.sandbox.control("calls", clear=True)
    skip_through(mira, random.Random(8))
    mira.sandbox.player(MIRA, "stop")
    look_when_due(mira, EVENING + timedelta(days=1))

    truth = mira.sandbox.record(MIRA, from_ms=int(EVENING.timestamp() * 1000))["skips"]
    left = [row for row in truth if row["reason_end"] == "fwdbtn"]
    assert len(left) == SKIPS
    seen = rows("user_skips")
    found = [true for true in left if any(is_same(row, true) for row in seen)]
    assert len(found) >= 0.95 * SKIPS
    assert len(seen) <= SKIPS + 1  # and the one that was stopped
    assert rows("user_plays") == []
    calls = sum(mira.sandbox.control("calls").values())
    assert calls < CALLS_OF_A_DAY
