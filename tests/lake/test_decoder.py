"""A batch becomes columns at once; each bad record is found, alone, and says what is wrong."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest

from spotifyweb import lake
from spotifyweb.events import Feedback, Like, Play, PlaybackChange, Skip

ENDED = datetime(2026, 2, 25, 20, 15, 20, 497_000, tzinfo=UTC)
PLAY = Play(
    user_id="alice",
    played_at=ENDED,
    track_id="4uLU6hMCjMI75M1A2tKUQC",
    track_name="A “quoted” name\nover two lines \\ {with} null braces}",
    artist_name="Björk 🎧",
    ms_played=181_000,
    skipped=False,
    source="player",
)


def record(**changes: Any) -> bytes:
    row = PLAY.to_json() | changes
    return orjson.dumps({name: value for name, value in row.items() if value is not ...})


def reasons(*values: bytes, topic: str = "user_plays") -> dict[int, str]:
    decoded = lake.decode(topic, values)
    assert decoded.table.num_rows + len(decoded.rejects) == len(values)
    assert decoded.table.schema == lake.EVENT_SCHEMAS[topic]
    return {one.index: one.reason for one in decoded.rejects}


def test_every_kind_of_event_keeps_all_it_knows() -> None:
    fields = {name: getattr(PLAY, name) for name in ("user_id", "played_at", "track_id", "source")}
    fields |= {"track_name": "Song", "artist_name": "Band"}
    for event in (
        PLAY,
        Skip(**fields, ms_played=3000, started_at=ENDED, device_started_at=ENDED),
        Like(**fields),
        PlaybackChange(**fields, detected_at=ENDED, is_playing=True),
        Feedback(**fields, verdict="up", expires_at=ENDED),
    ):
        decoded = lake.decode(event.topic, [orjson.dumps(event.to_json())])
        (row,) = decoded.table.to_pylist()
        assert row["event_id"] == event.event_id
        assert {name: row[name] for name in event.to_json() if not isinstance(row[name], datetime)}
        assert all(
            getattr(event, name) == value for name, value in row.items() if hasattr(event, name)
        )


def test_a_bad_record_among_good_ones_fails_alone() -> None:
    values = [record(track_id=str(number)) for number in range(100)]
    values[17] = b"{"
    values[63] = record(event_id="17")
    assert reasons(*values) == {
        17: "not JSON: unexpected end of data: line 1 column 2 (char 1)",
        63: "event_id is no UUID",
    }
    kept = lake.decode("user_plays", values)
    assert kept.indices.to_pylist() == [n for n in range(100) if n not in (17, 63)]
    assert kept.table["track_id"].to_pylist() == [str(n) for n in kept.indices.to_pylist()]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "not JSON"),
        (b"\x00\xff\xfe", "not JSON"),
        (b"null", "not an object but NoneType"),  # alone it ends a process that reads it with Arrow
        (b"[1]", "not an object but list"),
        (b'"text"', "not an object but str"),
        (b"{} null {}", "not JSON"),
        (b"{}{}", "not JSON"),
        (b'{"a":NaN}', "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"{" * 5000, "not JSON"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "not JSON"),
        (b"{}", "event_id is missing"),
        (record(event_id=...), "event_id is missing"),
        (record(event_id="x"), "event_id is no UUID"),
        (record(event_id=7), "event_id"),
        (record(user_id=...), "user_id is missing"),
        (record(user_id=""), "user_id is empty"),
        (record(user_id=None), "user_id is missing"),
        (record(played_at=...), "played_at is missing"),
        (record(played_at="yesterday"), "yesterday"),
        (record(played_at="2026-02-30T10:00:00Z"), "2026-02-30"),
        (record(played_at="2026-02-25T20:15:20"), "zone"),
        (record(played_at=1_772_000_000), "played_at"),
        (record(event_type="skip"), "event_type is not 'play'"),
        (record(event_type=...), "event_type is missing"),
        (record(ms_played="long"), "ms_played"),
        (record(ms_played=1.5), "1.5"),
        (record(ms_played=10**19), "10000000000000000000"),
        (record(schema_version=2**40), "1099511627776"),
        (record(skipped="yes"), "skipped"),
        (record(track_name=["a"]), "track_name"),
        (record(unheard_of={"deep": [1, None, {"x": "y"}]}), "unknown fields: 'unheard_of'"),
        (record(b=None, a=1), "unknown fields: 'a', 'b'"),
        (record(progress_ms=7), "unknown fields: 'progress_ms'"),  # of another topic
        (record().replace("Björk".encode(), b"Bj\xf6rk"), "not JSON"),
        (record().replace(b"player", b"\\ud800"), "not JSON"),
        (record().replace(b"player", b"pla\nyer"), "not JSON"),
    ],
)
def test_what_is_wrong_is_said(value: bytes, reason: str) -> None:
    said = reasons(record(), value, record())
    assert list(said) == [1] and reason in said[1]
    assert reasons(value) == {0: said[1]}  # whoever its neighbours are


@pytest.mark.parametrize(
    "value",
    [
        record() + b"\n",
        b"  " + record().replace(b",", b",\n"),
        record(played_at="2026-02-25T20:15:20.497123Z"),
        record(played_at="2026-02-26T01:45:20.497+05:30"),
        record(event_id=PLAY.event_id.upper()),
        record(ms_played=None, skipped=None),
        b'{"event_id":"x",' + record()[1:],  # said twice: the last one counts
    ],
)
def test_what_is_unusual_is_taken(value: bytes) -> None:
    assert reasons(record(), value) == {}
    row = lake.decode("user_plays", [value]).table.to_pylist()[0]
    assert row["played_at"] == ENDED and UUID(row["event_id"]) == UUID(PLAY.event_id)


def test_two_bad_records_that_would_be_good_together_are_both_bad() -> None:
    text = record()
    assert list(reasons(text[:50], text[50:], record())) == [0, 1]
    assert list(reasons(b'{"a":{}', b"}", b"{}{}")) == [0, 1, 2]


def test_feedback_needs_its_verdict() -> None:
    value = record(event_type="feedback", ms_played=..., skipped=...)
    said = reasons(value, topic="user_feedback")
    assert said == {0: "verdict is missing"}


def test_nothing_decodes_to_nothing() -> None:
    assert reasons() == {}


def test_parts_of_a_batch_join_to_what_the_batch_is() -> None:
    values = [record(track_id=str(number)) for number in range(10)]
    values[0] = values[4] = values[9] = b"{"
    whole = lake.decode("user_plays", values)
    for cut in range(11):
        halves = lake.decode("user_plays", values[:cut]), lake.decode("user_plays", values[cut:])
        assert whole.part(0, cut) == halves[0] and whole.part(cut, 10) == halves[1]
        assert lake.concat([(cut, halves[0]), (10 - cut, halves[1])]) == whole
