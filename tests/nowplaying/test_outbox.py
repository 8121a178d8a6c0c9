"""What waits in the outbox while the event log is away, and how it is relayed afterwards."""

from datetime import timedelta
from typing import Any, cast

import pytest

from bench.harness.polled_listener import PolledListener
from bench.harness.sandbox_client import MIRA
from nowplaying import live_pages, outbox
from nowplaying.models import Playback
from nowplaying.poll_interval import DEFAULTS
from spotifyweb import clients
from spotifyweb.eventlog import EventLog, LogError
from tests.nowplaying.conftest import logged


class Failing:
    """A log that takes so many events, and is away then, or when it is to sync them."""

    def __init__(self, *, takes: int = 0, syncs: bool = True) -> None:
        self.left, self.asked, self.syncs = takes, 0, syncs

    def append(self, topic: str, records: Any) -> int:
        self.asked += 1
        if not self.left:
            raise LogError("away")
        self.left -= 1
        return clients.event_log().append(topic, records)

    def sync(self) -> None:
        if not self.syncs:
            raise LogError("away")
        clients.event_log().sync()


def skipped_through(mira: PolledListener, event_log: Any) -> list[str]:
    """Two skips while that is the log; the tracks, of which each look saw one."""
    ids = [row["id"] for row in mira.sandbox.control("tracks", limit=3)["tracks"]]
    mira.sandbox.player(MIRA, "play", track_id=ids[0], queue=ids[1:])
    for track_id in ids:
        assert mira.poll(watched=True, event_log=event_log).item_key == track_id
        mira.sandbox.clock(advance=5)
        mira.sandbox.player(MIRA, "skip")
        mira.sandbox.clock(advance=1)
    return ids


def test_polling_continues_and_keeps_events_while_the_event_log_is_down(
    mira: PolledListener,
) -> None:
    away = Failing()
    ids = skipped_through(mira, away)
    assert away.asked == 1  # the looks after that did not wait for it
    playback = Playback.objects.get()
    assert playback.trouble == "log"
    assert playback.observed_at
    assert playback.due_at - playback.observed_at == timedelta(seconds=DEFAULTS.watched)
    assert outbox.relay_all(clients.event_log(), clients.redis_client()) == 1
    assert [row["track_id"] for row in logged("user_playback")] == ids
    assert [row["track_id"] for row in logged("user_skips")] == ids[:2]
    assert mira.poll().trouble == ""


def test_events_that_the_log_took_before_it_failed_leave_the_outbox(mira: PolledListener) -> None:
    ids = skipped_through(mira, Failing())
    cache = clients.redis_client()
    fails_later: Any = Failing(takes=2)
    assert outbox.relay_all(fails_later, cache) == 0
    assert len(Playback.objects.get().outbox) == 3
    assert outbox.relay_all(clients.event_log(), cache) == 1
    assert [row["track_id"] for row in logged("user_playback")] == ids
    assert [row["track_id"] for row in logged("user_skips")] == ids[:2]


def test_events_stay_in_the_outbox_until_the_log_has_them_on_disk(mira: PolledListener) -> None:
    """A power cut takes what Valkey acknowledged within the last second."""
    skipped_through(mira, Failing())
    pending, unsynced = Playback.objects.get().outbox, Failing(takes=9, syncs=False)
    assert outbox.relay_all(cast(EventLog, unsynced), clients.redis_client()) == 0
    assert Playback.objects.get().outbox == pending
    assert outbox.relay_all(clients.event_log(), clients.redis_client()) == 1


def test_pages_hear_of_a_play_once_the_log_has_it(
    mira: PolledListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed: list[int] = []
    monkeypatch.setattr(live_pages, "push_play", pushed.append)
    skipped_through(mira, Failing())  # changes of the playback and skips are no plays
    cache, playback = clients.redis_client(), Playback.objects.get()
    ended = {"event_type": "play", "event_id": "a-play", "played_at": "2026-05-01T12:03:00.000Z"}
    playback.outbox += [{**playback.outbox[-1], **ended}]
    playback.save(update_fields=["outbox"])
    away: Any = Failing()
    outbox.relay_all(away, cache)
    assert pushed == []
    outbox.relay_all(clients.event_log(), cache)
    assert pushed == [playback.listener_id]


def test_killed_before_the_row_knew_the_same_events_are_appended_again(
    mira: PolledListener,
) -> None:
    skipped_through(mira, Failing())
    owed = Playback.objects.get().outbox
    for _ in range(2):
        Playback.objects.update(outbox=owed)
        outbox.relay_all(clients.event_log(), clients.redis_client())
    told = [row["event_id"] for row in logged("user_playback") + logged("user_skips")]
    assert len(told) == 2 * len(owed)
    assert set(told) == {row["event_id"] for row in owed}


def test_an_outbox_holds_no_more_than_it_has_room_for(
    mira: PolledListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MAX_EVENTS", 2)
    ids = skipped_through(mira, Failing())
    kept = Playback.objects.get().outbox
    assert [(row["event_type"], row["track_id"]) for row in kept] == [
        ("playback", ids[0]),
        ("skip", ids[0]),
    ]
