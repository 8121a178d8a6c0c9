"""Whole imports: rows in = outcomes out; a second adds nothing, a damaged one leaves nothing."""

import sqlite3
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.harness.history_export import Export, row, write
from ingestion.history_import import ledger
from ingestion.history_import.errors import ImportRefused, join
from spotifyweb.eventlog import LogError
from tests.ingestion.history_import.conftest import NOW, Appended, Import

Loose = Callable[[str, Any], Path]


def account(minute: str, ms_played: int, name: str = "Kites") -> dict[str, Any]:
    return {"endTime": minute, "artistName": "A", "trackName": name, "msPlayed": ms_played}


def test_every_row_of_an_export_is_accounted_for(
    run: Import, appended: Appended, tmp_path: Path
) -> None:
    export = Export(count=6_000, seed=3)
    archive = write(tmp_path / "my_spotify_data.zip", export.rows(), per_file=1_700)
    report = run(archive)
    assert report.kind == "extended"
    assert report.files == 4
    assert report.tally.rows == 6_000
    assert {name: n for name, n in report.tally.outcomes().items() if n} == export.expected
    assert set(export.expected) == set(report.tally.outcomes()), "the export has every case"
    events = appended()
    assert len(events) == len({event["event_id"] for event in events})
    kinds = Counter(event["content_type"] for event in events)
    assert kinds["episode"] == export.expected["podcasts"]
    assert kinds["track"] == export.expected["plays"] + export.expected["skips"]


def test_reasons_add_up_and_samples_show_no_address(run: Import, tmp_path: Path) -> None:
    tally = run(write(tmp_path / "a.zip", Export(count=3_000).rows())).tally
    told = tally.reasons_json()
    for outcome, count in tally.outcomes().items():
        assert sum(reason["rows"] for reason in told[outcome].values()) == count
    samples = [s for reasons in told.values() for r in reasons.values() for s in r["samples"]]
    assert all(".json, row " in sample for sample in samples)
    assert not any("198.51.100" in sample for sample in samples)
    assert max(len(r["samples"]) for reasons in told.values() for r in reasons.values()) == 3


def test_a_second_import_adds_nothing(run: Import, appended: Appended, tmp_path: Path) -> None:
    archive = write(tmp_path / "a.zip", Export(count=2_000).rows())
    first = run(archive).tally.outcomes()
    assert (
        len(appended()) == 2_000 - first["duplicates"] - first["unattributed"] - first["rejected"]
    )
    again = run(archive, import_id=2).tally
    assert appended() == []
    outcomes = again.outcomes()
    assert outcomes["plays"] == outcomes["skips"] == outcomes["podcasts"] == 0
    assert outcomes["unattributed"] == first["unattributed"]
    assert outcomes["duplicates"] + outcomes["unattributed"] + outcomes["rejected"] == 2_000
    assert again.reasons["duplicates", "imported before"] == outcomes["duplicates"]


def test_an_overlapping_export_adds_only_what_is_new(
    run: Import, appended: Appended, loose: Loose
) -> None:
    rows = [row(ts=f"2025-05-30T14:{minute:02}:00Z") for minute in range(20)]
    run(loose("endsong_0.json", rows[:12]))
    appended()
    report = run(loose("Streaming_History_Audio_2025_0.json", rows), import_id=2)
    assert report.tally.outcomes() | {"plays": 8, "duplicates": 12} == report.tally.outcomes()
    assert len(appended()) == 8


def test_equal_rows_and_equal_seconds_are_told_apart(
    run: Import, appended: Appended, loose: Loose
) -> None:
    """An older import kept the first of a second only; a later one adds the others, once."""
    left = [row(ms_played=ms_played, reason_end="fwdbtn") for ms_played in (0, 9)]
    other = row(spotify_track_uri="spotify:track:other", ms_played=200_002)
    rows = [row(), row(), row(ms_played=200_001), *left, other]
    run(loose("endsong_0.json", rows[:1]))
    assert len(appended()) == 1

    path = loose("endsong_0.json", rows)
    assert run(path, import_id=2).tally.reasons == {
        ("plays", "30 seconds or more"): 2,
        ("skips", "0 ms played"): 1,
        ("skips", "left within 30 seconds"): 1,
        ("duplicates", "imported before"): 2,
    }
    ended = {event["ms_played"]: event["played_at"][-5:] for event in appended()}
    assert ended == {200_001: ".001Z", 0: ".000Z", 9: ".001Z", 200_002: ".000Z"}

    loose("endsong_0.json", rows[::-1])
    assert run(path, import_id=3).tally.outcomes()["duplicates"] == len(rows)
    assert appended() == []


def test_without_a_ledger_the_same_rows_make_the_same_events(
    run: Import, appended: Appended, loose: Loose, tmp_path: Path
) -> None:
    path = loose("endsong_0.json", [row(), row(ms_played=200_001), row(ms_played=200_002)])
    run(path)
    first = appended()
    ledger.delete_files(tmp_path / "imports", "alice")
    run(path)
    assert appended() == first and len(first) == 3


def test_account_data_keeps_what_was_heard_twice_in_a_minute(
    run: Import, appended: Appended, loose: Loose
) -> None:
    minute = "2021-02-05 20:29"
    rows = [account(minute, 3_000), account(minute, 4_000), account(minute, 3_000)]
    rows += [account(minute, 3_000, "Other"), account(minute, 40_000)]
    path = loose("StreamingHistory0.json", rows)
    tally = run(path).tally
    assert (tally.outcomes()["skips"], tally.outcomes()["duplicates"]) == (3, 1)
    events = appended()
    assert len({event["event_id"] for event in events}) == len(events) == 4
    again = run(path, import_id=2).tally
    assert again.outcomes()["duplicates"] == 5
    assert appended() == []


def test_a_damaged_last_file_costs_what_is_damaged_of_it(
    run: Import, appended: Appended, tmp_path: Path, loose: Loose
) -> None:
    data = loose("x.json", [row(ts=f"2025-05-30T14:00:{s:02}Z") for s in range(60)]).read_bytes()
    later = data.replace(b"T14:00", b"T15:00")
    damages = {  # the rows that are left
        later[:-1]: (60, "is cut off after 60 rows, which were imported"),
        later[:-300]: (59, "is cut off after 59 rows"),
        later + b"]": (60, ""),
        later.replace(b"false", b"wrong"): (0, "is not readable as JSON"),
        later[:1]: (0, "ends before its first play"),
    }
    for number, (damaged, (rows, said)) in enumerate(damages.items()):
        archive = tmp_path / "damaged.zip"
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("Streaming_History_Audio_2024_0.json", data)
            file.writestr("Streaming_History_Audio_2025_1.json", damaged)
        ledger.delete_files(tmp_path / "imports", "alice")
        report = run(archive, import_id=number)
        assert report.tally.outcomes()["plays"] == len(appended()) == 60 + rows
        assert [said in join(file.reason) for file in report.rejected] == ([True] if said else [])
        assert len(report.covered) == 1
        hour = 14 if said else 15
        assert (report.covered[0].last_at or NOW).hour == hour, (
            "of a file that is not whole nothing is"
        )


def test_a_flipped_bit_in_a_zip_is_noticed_before_anything_is_appended(
    run: Import, appended: Appended, tmp_path: Path
) -> None:
    archive = write(tmp_path / "a.zip", Export(count=3_000).rows())
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 0x55
    archive.write_bytes(data)
    with pytest.raises(ImportRefused, match=r"is damaged.* Download your data"):
        run(archive)
    assert appended() == []


def test_a_byte_order_mark_is_no_obstacle(run: Import, loose: Loose) -> None:
    data = loose("x.json", [row()]).read_bytes()
    (path := loose("endsong_0.json", b"\xef\xbb\xbf" + data)).exists()
    assert run(path).tally.outcomes()["plays"] == 1


def test_a_row_without_an_end_does_not_fill_memory_and_costs_only_itself(
    run: Import, loose: Loose
) -> None:
    rows = [row(), row(episode_name="x" * 400_000), row(ts="2025-05-30T15:00:00Z")]
    tally = run(loose("endsong_0.json", rows)).tally
    assert tally.outcomes()["plays"] == 2
    assert tally.reasons["rejected", "far longer than a row of Spotify's"] == 1


def test_a_log_that_refuses_leaves_the_ledger_as_it_was(
    run: Import, appended: Appended, loose: Loose, log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = loose("endsong_0.json", [row()])

    def refuse(topic: str, records: object) -> int:
        raise LogError("no acknowledgement")

    with monkeypatch.context() as patch, pytest.raises(LogError):
        patch.setattr(type(log), "append", lambda self, topic, records: refuse(topic, records))
        run(path)
    assert run(path).tally.outcomes()["plays"] == 1
    assert len(appended()) == 1


def test_a_log_that_is_not_on_disk_leaves_the_ledger_as_it_was(
    run: Import, loose: Loose, log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = loose("endsong_0.json", [row()])

    def lost(_: object) -> None:
        raise LogError("the disk is gone")

    with monkeypatch.context() as patch, pytest.raises(LogError):
        patch.setattr(type(log), "sync", lost)
        run(path)
    assert run(path).tally.outcomes()["plays"] == 1


def test_what_was_forgotten_may_be_imported_again(
    run: Import, loose: Loose, tmp_path: Path
) -> None:
    path = loose("endsong_0.json", [row()])
    run(path)
    ledger.delete_files(tmp_path / "imports", "alice")
    assert list((tmp_path / "imports").iterdir()) == []
    assert run(path).tally.outcomes()["plays"] == 1


def test_two_imports_of_one_listener_wait_for_each_other(
    run: Import, loose: Loose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = loose("endsong_0.json", [row()])
    monkeypatch.setattr(ledger, "WAIT_SECONDS", 0.1)
    with ledger.Ledger(tmp_path / "imports", "alice"), pytest.raises(sqlite3.OperationalError):
        run(path)
    assert run(path).tally.outcomes()["plays"] == 1


def test_two_files_that_report_the_same_plays_say_how_many(
    run: Import, appended: Appended, loose: Loose
) -> None:
    """Account data knows the minute, the extended history the millisecond: one play, one count."""
    extended = [row(ts=f"2025-05-30T14:{minute:02}:40Z") for minute in range(8)]
    name, artist = (
        extended[0][f"master_metadata_{key}"] for key in ("track_name", "album_artist_name")
    )
    of_account = [
        account(f"2025-05-30 14:{minute:02}", 200_000, name) | {"artistName": artist}
        for minute in range(5, 12)
    ]
    files = loose("endsong_0.json", extended), loose("StreamingHistory0.json", of_account)
    tally = run(*files).tally
    assert tally.outcomes()["plays"] == 15
    assert tally.reported_twice == 3
    assert run(*files, import_id=2).tally.reported_twice == 0, "nothing of it is new"


def test_a_chapter_that_two_files_report_counts_once_and_is_quoted_by_its_names(
    run: Import, loose: Loose
) -> None:
    """Account data has the author of an audiobook, the extended history its title only."""
    book = {"audiobook_title": "The Long Map", "audiobook_chapter_title": "Track 1"}
    chapter = row(ts="2025-05-30T14:05:40Z", spotify_track_uri=None) | book
    names = {"audiobookName": "The Long Map", "chapterName": "Track 1", "authorName": "A. Writer"}
    episode = {"podcastName": "A Show", "episodeName": "Episode 1"}
    heard = {"endTime": "2025-05-30 14:05", "msPlayed": 200_000}
    tally = run(
        loose("Streaming_History_Audio_2025.json", [chapter]),
        loose("StreamingHistory_audiobook_0.json", [heard | names]),
        loose("StreamingHistory_podcast_0.json", [heard | episode]),
    ).tally
    assert tally.reported_twice == 1
    samples = str(tally.reasons_json())
    assert "Track 1 · A. Writer" in samples
    assert "Episode 1 · A Show" in samples
