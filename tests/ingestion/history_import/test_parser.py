"""What one row becomes: every odd case that real exports are known to hold."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from bench.harness.history_export import NO_TRACK, row
from ingestion.history_import.parser import ParsedRow, RowParser, is_skipped
from ingestion.history_import.shapes import Shape
from spotifyweb.events import Play, Skip

LATEST = datetime(2026, 6, 2, tzinfo=UTC)


def heard(**changes: Any) -> ParsedRow:
    return RowParser(user_id="alice", latest=LATEST).for_shape(Shape.EXTENDED)(row(**changes))


def event(**changes: Any) -> Play:
    made = heard(**changes).event
    assert made is not None
    return made


def account(**row: Any) -> ParsedRow:
    return RowParser(user_id="alice", latest=LATEST).for_shape(Shape.ACCOUNT)(row)


def test_a_row_of_today_becomes_a_play_with_all_it_knows() -> None:
    play = event(offline_timestamp=1748614240, shuffle=True, incognito_mode=True)
    assert type(play) is Play
    assert play.to_json() == {
        "event_id": play.event_id,
        "event_type": "play",
        "user_id": "alice",
        "played_at": "2025-05-30T14:14:00.000Z",
        "started_at": "2025-05-30T14:10:40.000Z",
        "device_started_at": "2025-05-30T14:10:40.000Z",
        "track_id": "0000000000000000000001",
        "track_name": "Paper Lanterns",
        "artist_name": "The Invented",
        "album_name": "First Light",
        "duration_ms": None,
        "device_type": "Smartphone",
        "platform": "android",
        "content_type": "track",
        "source": "extended_history",
        "schema_version": 1,
        "ms_played": 200_000,
        "skipped": False,
        "reason_start": "trackdone",
        "reason_end": "trackdone",
        "shuffle": True,
        "offline": False,
        "incognito": True,
        "country": "DE",
    }


@pytest.mark.parametrize(
    ("ms_played", "reason_end", "outcome", "reason"),
    [
        (30_000, "logout", "plays", "30 seconds or more"),
        (29_999, "logout", "skips", "left within 30 seconds"),
        (21_000, "trackdone", "plays", "shorter, but played to the end"),
        (0, None, "skips", "0 ms played"),
        (0, "trackdone", "plays", "shorter, but played to the end"),
    ],
)
def test_a_play_counts_from_thirty_seconds_or_at_its_end(
    ms_played: int, reason_end: str | None, outcome: str, reason: str
) -> None:
    result = heard(ms_played=ms_played, reason_end=reason_end)
    assert result[:2] == (outcome, reason)
    assert isinstance(result.event, Skip) == (outcome == "skips")


@pytest.mark.parametrize(
    ("skipped", "reason_end", "left"),
    [
        (True, "trackdone", False),
        (True, None, True),
        (False, "fwdbtn", True),
        (False, "backbtn", True),
        (None, "endplay", True),
        (False, "unknown", True),
        (False, "logout", False),
        (None, "logout", False),
        (False, None, False),
        (None, None, None),
    ],
)
def test_trackdone_wins_and_nothing_said_means_unknown(
    skipped: bool | None, reason_end: str | None, left: bool | None
) -> None:
    assert is_skipped(skipped, reason_end) is left


def test_addresses_and_accounts_go_no_further() -> None:
    told = orjson.dumps(
        event(
            ip_addr="203.0.113.7",
            ip_addr_decrypted="203.0.113.7",
            username="ann-secret",
            user_agent_decrypted="Secret%2F1.0",
        ).to_json()
    )
    assert not any(secret in told for secret in (b"203.0.113", b"ann-secret", b"Secret%2F"))


def test_podcasts_and_audiobooks_are_plays_of_another_content_type() -> None:
    episode = heard(
        **NO_TRACK,
        episode_name="One",
        episode_show_name="Show",
        spotify_episode_uri="spotify:episode:e1",
    )
    assert episode.outcome == "podcasts"
    assert episode.event is not None
    assert (episode.event.content_type, episode.event.item) == ("episode", "e1")
    assert episode.event.artist_name == "Show"
    chapter = heard(
        **NO_TRACK,
        audiobook_title="Book",
        audiobook_uri="spotify:show:b1",
        audiobook_chapter_uri="spotify:episode:c1",
        audiobook_chapter_title="Chapter 1",
    )
    assert chapter.outcome == "audiobooks"
    assert chapter.event is not None
    assert (chapter.event.content_type, chapter.event.item) == ("chapter", "c1")
    assert (chapter.event.track_name, chapter.event.album_name) == ("Chapter 1", "Book")


def test_an_episode_left_at_once_is_a_skip_and_still_a_podcast() -> None:
    left = heard(**NO_TRACK, episode_name="One", ms_played=900, reason_end="fwdbtn")
    assert left[:2] == ("podcasts", "left within 30 seconds")
    assert isinstance(left.event, Skip)


def test_a_local_file_is_known_by_its_names_and_a_lost_one_is_unattributed() -> None:
    local = event(spotify_track_uri=None)
    assert local.track_id is None
    assert local.item == "The Invented\x1fPaper Lanterns"
    assert event(spotify_track_uri="spotify:local:a:b:c:200").track_id is None
    assert heard(**NO_TRACK)[:2] == ("unattributed", "neither an id nor a title")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ts": None}, "no readable end time"),
        ({"ts": "yesterday"}, "no readable end time"),
        ({"ts": 1748614240}, "no readable end time"),
        ({"ts": "2026-06-03T00:00:00Z"}, "ended in the future"),
        ({"ts": "1970-01-01T00:00:00Z"}, "ended before Spotify existed"),
        ({"ms_played": -1}, "negative length"),
        ({"ms_played": None}, "length is not a whole number of milliseconds"),
        ({"ms_played": "2e5"}, "length is not a whole number of milliseconds"),
        ({"ms_played": True}, "length is not a whole number of milliseconds"),
        ({"ms_played": 10**18}, "longer than seven days"),
    ],
)
def test_what_cannot_be_is_rejected_by_name(changes: dict[str, Any], reason: str) -> None:
    assert heard(**changes) == ParsedRow("rejected", reason)


@pytest.mark.parametrize("value", [None, 3, "text", ["a"], True])
def test_what_is_no_object_is_rejected(value: Any) -> None:
    read = RowParser(user_id="alice", latest=LATEST).for_shape(Shape.EXTENDED)
    assert read(value) == ParsedRow("rejected", "not an object")


def test_every_other_field_may_be_of_any_type_null_or_absent() -> None:
    bare = {"ts": "2025-05-30T14:14:00Z", "ms_played": 1, "spotify_track_uri": "spotify:track:x"}
    read = RowParser(user_id="alice", latest=LATEST).for_shape(Shape.EXTENDED)
    assert read(bare).outcome == "skips"
    keys = [key for key in row() if key not in bare]
    values: list[Any] = [None, 5, -1.5, True, "", " ", [], {}, "\x00", "x" * 5000]
    for value in values:
        result = read(bare | dict.fromkeys(keys, value))
        assert result.event is not None
        orjson.dumps(result.event.to_json())


def test_times_are_read_in_every_form_seen() -> None:
    moments = {
        event(ts=text).played_at
        for text in (
            "2025-05-30T14:14:00Z",
            "2025-05-30 14:14:00 UTC",
            "2025-05-30T16:14:00+02:00",
            "2025-05-30 14:14",
        )
    }
    assert moments == {datetime(2025, 5, 30, 14, 14, tzinfo=UTC)}


def test_account_data_knows_names_and_minutes_only() -> None:
    result = account(
        endTime="2021-02-05 20:29", artistName="The Invented", trackName="Kites", msPlayed=61_000
    )
    assert result.outcome == "plays"
    assert result.event is not None
    assert result.event.source == "account_data"
    assert result.event.track_id is None
    assert result.event.skipped is None
    assert result.event.started_at == datetime(2021, 2, 5, 20, 27, 59, tzinfo=UTC)
    podcast = account(
        endTime="2021-02-05 20:29", podcastName="Show", episodeName="One", msPlayed=61_000
    )
    assert podcast.outcome == "podcasts"
    unknown = account(
        endTime="2021-02-05 20:29",
        artistName="Unknown Artist",
        trackName="Unknown Track",
        msPlayed=5,
    )
    assert unknown[:2] == ("unattributed", "Spotify calls it Unknown Track")
