"""What recommendations know of today before the warehouse does."""

from typing import Any

import orjson

from bench.harness.polled_listener import PolledListener
from bench.harness.sandbox_client import MIRA
from spotifyweb import clients, recent_listens
from tests.nowplaying.conftest import *  # noqa: F403  the poller of one listener


def listed(user_id: str) -> list[dict[str, Any]]:
    rows = clients.redis_client().lrange(recent_listens.list_key(user_id), 0, -1)
    return [orjson.loads(row) for row in rows]  # type: ignore[union-attr]


def event(kind: str, track: str | None, at: str, **more: Any) -> dict[str, Any]:
    return {"event_type": kind, "user_id": "a", "track_id": track, "played_at": at, **more}


def test_a_play_takes_the_place_of_what_played_and_a_skip_leaves_nothing() -> None:
    def note(*rows: dict[str, Any]) -> None:
        recent_listens.record(clients.redis_client(), rows)

    note(event("playback", "one", "10:00"))
    note(event("play", "one", "10:03"), event("playback", "two", "10:03"))
    assert [(row["track_id"], row["played_at"]) for row in listed("a")] == [
        ("two", "10:03"),
        ("one", "10:03"),
    ]
    note(event("skip", "two", "10:04"), event("playback", "three", "10:04"))
    assert [row["track_id"] for row in listed("a")] == ["three", "one"]


def test_the_same_events_noted_again_change_nothing() -> None:
    rows = [event("play", "one", "10:03"), event("playback", "two", "10:03")]
    recent_listens.record(clients.redis_client(), rows)
    before = listed("a")
    recent_listens.record(clients.redis_client(), rows)
    assert listed("a") == before


def test_podcasts_and_local_files_are_no_part_of_it() -> None:
    rows = [event("playback", "e", "10:00", content_type="episode"), event("play", None, "10:01")]
    recent_listens.record(clients.redis_client(), rows)
    assert listed("a") == []


def test_the_list_is_the_one_that_recommendations_read_and_it_ends(mira: PolledListener) -> None:
    ids = [row["id"] for row in mira.sandbox.control("tracks", limit=2)["tracks"]]
    mira.sandbox.player(MIRA, "play", track_id=ids[0], queue=[ids[1]])
    mira.poll()
    mira.sandbox.clock(advance=40)
    mira.poll()
    mira.sandbox.player(MIRA, "skip")
    mira.sandbox.clock(advance=2)
    mira.poll()
    assert [row["track_id"] for row in listed(MIRA)] == [ids[1], ids[0]]
    ends_in = clients.redis_client().ttl(recent_listens.list_key(MIRA))
    assert 0 < int(ends_in) <= recent_listens.EXPIRY.total_seconds()  # type: ignore[arg-type]
    assert recent_listens.list_key(MIRA) == f"live:{MIRA}"  # as running installs have it


def test_who_leaves_leaves_no_list() -> None:
    recent_listens.record(clients.redis_client(), [event("play", "one", "10:03")])
    recent_listens.erase_all(clients.redis_client(), "a")
    assert listed("a") == []
