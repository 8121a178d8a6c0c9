"""Events keep their identity through JSON, and refuse what would make two of one."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid5

import pytest

from spotifyweb.events import (
    NAMESPACE,
    EventError,
    Like,
    Play,
    Skip,
    event_id,
    from_rfc3339,
    rfc3339,
)

ENDED = datetime(2026, 2, 25, 20, 15, 20, 497_000, tzinfo=UTC)


def play(**changes: object) -> Play:
    fields = {
        "user_id": "alice",
        "played_at": ENDED,
        "track_id": "4uLU6hMCjMI75M1A2tKUQC",
        "track_name": "Song",
        "artist_name": "Band",
        "source": "recently_played",
    }
    return Play(**(fields | changes))  # type: ignore[arg-type]


def test_a_play_fetched_twice_is_one_event_and_returns_from_json() -> None:
    again = Play.from_json(play().to_json())
    assert again == play()
    assert again.event_id == play().event_id


@pytest.mark.parametrize("item", ["4uLU6hMCjMI75M1A2tKUQC", "Bänd\x1fSöng", "", "\U0001f3b5"])
def test_the_id_is_the_uuid5_that_any_other_program_would_compute(item: str) -> None:
    for ms in range(1_700_000_000_000, 1_700_000_000_040):
        expected = str(uuid5(NAMESPACE, f"alice|play|{item}|{ms}"))
        assert event_id("alice", "play", item, ms) == expected


def test_the_zone_a_time_is_written_in_does_not_change_the_event() -> None:
    kolkata = ENDED.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert play(played_at=kolkata).event_id == play().event_id


def test_listener_type_item_and_millisecond_each_make_another_event() -> None:
    others = [
        play(user_id="bob"),
        play(track_id="other"),
        play(played_at=ENDED + timedelta(milliseconds=1)),
        Skip.from_json(play().to_json()),
        Like.from_json(play().to_json()),
    ]
    assert len({event.event_id for event in [play(), *others]}) == 6


def test_a_track_without_an_id_is_known_by_its_names() -> None:
    assert play(track_id=None).event_id != play(track_id=None, track_name="Other").event_id


def test_json_always_names_the_ten_fields_of_the_mission() -> None:
    row = play(track_id=None).to_json()
    mission = "event_id user_id event_type track_id track_name artist_name album_name duration_ms"
    assert set(f"{mission} played_at device_type".split()) <= row.keys()
    assert row["played_at"] == "2026-02-25T20:15:20.497Z"


@pytest.mark.parametrize("wrong", [{"user_id": ""}, {"played_at": datetime(2026, 1, 1)}])  # noqa: DTZ001
def test_what_cannot_be_an_event_is_refused_by_name(wrong: dict[str, object]) -> None:
    with pytest.raises(EventError, match=next(iter(wrong))):
        play(**wrong)


def test_a_time_without_a_zone_is_no_time() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        from_rfc3339("2026-02-25T20:15:20")
    assert rfc3339(from_rfc3339("2026-02-25T20:15:20Z")) == "2026-02-25T20:15:20.000Z"
