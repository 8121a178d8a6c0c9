"""Which events an erasure speaks of: a period by its edges, one play by all who tell of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from spotifyweb.lake import BRONZE_SCHEMAS
from spotifyweb.lake.suppression import Suppression, device_start, fingerprint, matching_rows

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SCHEMA = BRONZE_SCHEMAS["user_plays"]
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
PERIOD = Suppression(user_id="alice", since=NOON, until=NOON + HOUR)
PLAY = Suppression(
    user_id="alice",
    since=NOON - 30 * SECOND,
    until=NOON + 30 * SECOND,
    began=NOON - 4 * MINUTE,
    salt="s",
    items=frozenset({fingerprint("s", "id|t1"), fingerprint("s", "pale coast|harbour")}),
)


def told(ended: datetime, **more: Any) -> dict[str, Any]:
    known = {
        "event_type": "play",
        "played_at": ended,
        "ms_played": 60_000,
        "source": "player",
        "track_id": "t1",
        "track_name": "Harbour",
        "artist_name": "Pale Coast",
    }
    return known | more


@pytest.mark.parametrize(
    ("ended", "more", "is_in"),
    [
        (NOON - SECOND, {}, False),
        (NOON, {}, True),
        (NOON + HOUR + 59 * SECOND, {}, True),  # it began in the period
        (NOON + HOUR + 61 * SECOND, {}, False),
        (NOON + 2 * HOUR, {"started_at": NOON + MINUTE}, True),  # paused for an hour
        (NOON + HOUR + SECOND, {"ms_played": None, "duration_ms": 9_000}, True),
        (NOON + HOUR + SECOND, {"ms_played": None}, False),
        (NOON + MINUTE, {"event_type": "skip"}, True),
        (NOON + MINUTE, {"event_type": "playback"}, True),
        (NOON + HOUR + SECOND, {"event_type": "playback"}, False),  # told when it begins
        (NOON + MINUTE, {"event_type": "like"}, False),
        (NOON + MINUTE, {"event_type": "feedback"}, False),
    ],
)
def test_a_period_holds_what_began_or_ended_in_it(
    ended: datetime, more: dict[str, Any], is_in: bool
) -> None:
    assert PERIOD.matches(told(ended, **more)) is is_in


@pytest.mark.parametrize(
    ("ended", "more", "is_it"),
    [
        (NOON, {}, True),
        (NOON - 29 * SECOND, {"source": "extended_history", "track_id": "other"}, True),
        (NOON, {"track_id": None, "track_name": " HARBOUR", "artist_name": "pale coast "}, True),
        (NOON, {"track_name": "Harbour - Remastered"}, True),  # by its id
        (NOON, {"track_id": "t2", "track_name": "Quay"}, False),
        (NOON + 31 * SECOND, {}, False),  # the same track again
        (NOON - 31 * SECOND, {"source": "account_data", "track_id": None}, True),  # to the minute
        (NOON - 2 * MINUTE, {"source": "account_data", "track_id": None}, False),
        (NOON - 4 * MINUTE, {"event_type": "playback"}, True),
        (NOON - HOUR, {"event_type": "playback"}, False),
        (NOON, {"event_type": "like"}, False),
    ],
)
def test_one_play_is_known_whoever_tells_of_it(
    ended: datetime, more: dict[str, Any], is_it: bool
) -> None:
    assert PLAY.matches(told(ended, **more)) is is_it


def test_a_source_goes_until_it_was_asked_and_with_its_likes() -> None:
    erased = Suppression(user_id="alice", source="saved_tracks", until=NOON)

    assert erased.matches(told(NOON - HOUR, event_type="like", source="saved_tracks"))
    assert not erased.matches(told(NOON - HOUR))
    assert not erased.matches(told(NOON + SECOND, source="saved_tracks", ms_played=None))


EXPORT = "extended_history"
BEGAN = NOON - 4 * MINUTE
LATE = NOON + timedelta(days=40)


@pytest.mark.parametrize(
    ("ended", "device", "is_it"),
    [
        (NOON, BEGAN, True),
        (NOON, BEGAN - HOUR, False),  # handed in at the same second, another play
        (LATE, BEGAN + timedelta(milliseconds=300), True),  # handed in again
        (LATE, LATE - HOUR, False),
        (NOON, None, True),
        (LATE, None, False),
    ],
)
def test_one_play_of_an_export_is_known_by_its_device_start(
    ended: datetime, device: datetime | None, is_it: bool
) -> None:
    row = told(ended, source=EXPORT, device_started_at=device)
    known = replace(PLAY, device_started_at=BEGAN)
    assert known.matches(row) is is_it
    table = pa.Table.from_pylist([row | {"user_id": "alice"}], schema=SCHEMA)
    assert matching_rows(table, known).to_pylist() == [is_it]


def test_a_play_that_no_export_told_of_is_known_by_its_start_too() -> None:
    row = told(LATE, source=EXPORT, device_started_at=BEGAN - 9 * SECOND)
    assert PLAY.matches(row)
    assert not PLAY.matches(row | {"device_started_at": BEGAN - 11 * SECOND})
    assert not PLAY.matches(row | {"track_id": "t2", "track_name": "Quay"})


def test_events_of_before_have_the_device_start_that_was_believed() -> None:
    row = told(NOON, source=EXPORT, started_at=BEGAN)
    assert device_start(row) == BEGAN
    assert device_start(row | {"started_at": NOON - MINUTE - 10 * SECOND}) is None
    assert device_start(row | {"source": "player"}) is None
