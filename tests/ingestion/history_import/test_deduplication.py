"""What one listen is: a device start tells it, under whatever `ts`; without one all keys do."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bench.harness.history_export import row
from ingestion.history_import import ledger
from ingestion.history_import.importer import Importer, Report
from spotifyweb.events import from_rfc3339, to_ms
from tests.ingestion.history_import.conftest import NOW, Appended, Import

Loose = Callable[[str, Any], Path]
CASES = Path(__file__).parents[2] / "data" / "cases"
TS = "2018-03-28T12:56:12Z"
LATER = "2018-04-02T07:00:00Z"
START = 1_522_234_800_000
HANDED_IN_AGAIN = ("duplicates", "the same play, reported again")
THE_SAME_ROW = ("duplicates", "the same row again")


def loop(*starts: int | None, ts: str = TS, **changes: Any) -> list[dict[str, Any]]:
    return [row(ts=ts, offline_timestamp=start, **changes) for start in starts]


def plays(report: Report) -> int:
    return report.tally.outcomes()["plays"]


def device_starts(events: list[dict[str, Any]]) -> list[int | None]:
    found = [event.get("device_started_at") for event in events]
    return [text and to_ms(from_rfc3339(text)) for text in found]


def case(name: str, folder: Path) -> Path:
    path = folder / "Streaming_History_Audio_2021_0.json"
    return Path(shutil.copy(CASES / f"{name}.json", path))


@pytest.mark.parametrize(
    ("name", "expected", "reason"),
    [
        ("offline-handed-in-twice", 13, HANDED_IN_AGAIN),
        ("offline-loop-one-second", 7, THE_SAME_ROW),
    ],
)
def test_the_case(
    name: str,
    expected: int,
    reason: tuple[str, str],
    run: Import,
    appended: Appended,
    tmp_path: Path,
) -> None:
    path = case(name, tmp_path)
    report = run(path)
    assert plays(report) == expected
    assert report.tally.reasons[reason] == report.tally.rows - expected
    events = appended()
    assert len({event["event_id"] for event in events}) == expected
    starts = device_starts(events)
    assert len({(event["track_id"], at) for event, at in zip(events, starts, strict=True)}) == (
        expected
    )
    again = run(path, import_id=2)
    assert again.tally.reasons == {("duplicates", "imported before"): again.tally.rows}
    assert appended() == []


def test_starts_in_seconds_and_in_milliseconds_are_one_across_exports(
    run: Import, appended: Appended, loose: Loose
) -> None:
    exact = [START + 123, START + 240_999]
    in_ms = loose("endsong_0.json", loop(*exact) + loop(exact[0], ts=LATER))
    in_seconds = loose("endsong_1.json", loop(*(at // 1000 for at in exact), ts=LATER))
    for first, second in ((in_ms, in_seconds), (in_seconds, in_ms)):
        assert plays(run(first)) == 2
        assert plays(run(second, import_id=2)) == 0
        assert len(appended()) == 2
        ledger.delete_files(in_ms.parent / "imports", "alice")
    assert plays(run(in_ms, in_seconds)) == 2, "also when both come at once"


@pytest.mark.parametrize(
    ("sent", "sent_ms"),
    [(2, 2_000), (99_999_999_999, 99_999_999_999_000), (START + 10**12 + 7, START + 10**12 + 7)],
    ids=["stood at the epoch", "runs ahead", "ahead in milliseconds"],
)
def test_a_start_that_is_not_believed_is_kept_as_sent(
    sent: int, sent_ms: int, run: Import, appended: Appended, loose: Loose
) -> None:
    run(loose("endsong_0.json", loop(sent)))
    [event] = appended()
    assert device_starts([event]) == [sent_ms]
    assert event["started_at"] == "2018-03-28T12:52:52.000Z", "as its end says"


def test_starts_within_one_second_of_one_export_are_different_plays(
    run: Import, loose: Loose
) -> None:
    rows = loop(START, START + 500, START + 999, ms_played=0, reason_end="fwdbtn")
    path = loose("endsong_0.json", rows)
    assert run(path).tally.outcomes()["skips"] == 3
    assert run(path, import_id=2).tally.outcomes()["duplicates"] == 3


@pytest.mark.parametrize("none", [0, 1, None])
def test_without_a_device_start_whole_copies_stay_one(
    none: int | None, run: Import, appended: Appended, loose: Loose
) -> None:
    rows = loop(none, none, none) + loop(none, ts=LATER)
    path = loose("endsong_0.json", rows)
    assert run(path).tally.reasons == {("plays", "30 seconds or more"): 2, THE_SAME_ROW: 2}
    assert plays(run(path, import_id=2)) == 0
    assert device_starts(appended()) == [None, None]


def test_an_export_that_says_no_start_tells_of_the_same_plays(run: Import, loose: Loose) -> None:
    silent = loose("endsong_0.json", loop(0))
    saying = loose("endsong_1.json", loop(START, START + 240_000))
    assert plays(run(silent)) == 1
    assert plays(run(saying, import_id=2)) == 1
    assert plays(run(silent, import_id=3)) == 0
    assert plays(run(saying, import_id=4)) == 0


def test_another_item_or_length_with_the_same_start_is_another_listen(
    run: Import, loose: Loose
) -> None:
    rows = loop(START) + loop(START, ms_played=200_001, ts=LATER)
    rows += loop(START, spotify_track_uri="spotify:track:other", ts=LATER)
    assert plays(run(loose("endsong_0.json", rows))) == 3


def test_the_same_start_is_one_listen_however_its_end_is_told(run: Import, loose: Loose) -> None:
    """Short and heard to its end is a play, left is a skip: which one it is, the first row says."""
    rows = loop(START, ms_played=20_000) + loop(
        START, ms_played=20_000, reason_end="endplay", ts=LATER
    )
    assert run(loose("endsong_0.json", rows)).tally.reasons == {
        ("plays", "shorter, but played to the end"): 1,
        HANDED_IN_AGAIN: 1,
    }


def test_what_an_older_ledger_dropped_comes_back_and_nothing_else(
    run: Import, appended: Appended, tmp_path: Path
) -> None:
    """Before, six in one second were one play and each `ts` another: now the five are added."""
    loops = case("offline-loop-one-second", tmp_path)
    older_ledger(tmp_path / "imports", events_of(run, appended, loops)[::6])
    report = run(loops, import_id=2)
    assert report.tally.outcomes() | {"plays": 5, "duplicates": 4} == report.tally.outcomes()
    ids = {event["event_id"] for event in appended()}
    assert len(ids) == 5
    assert plays(run(loops, import_id=3)) == 0


def test_what_an_older_ledger_counted_twice_hides_no_other_play(
    run: Import, appended: Appended, tmp_path: Path
) -> None:
    """Before, ten plays were there under both `ts`, so that the last row seemed to be the first of
    them again, and was dropped: it began at another time."""
    path = case("offline-handed-in-twice", tmp_path)
    rows = json.loads(path.read_text())
    silent = tmp_path / "endsong_0.json"
    silent.write_text(json.dumps([row | {"offline_timestamp": None} for row in rows]))
    counted_twice = events_of(run, appended, silent)
    assert len(counted_twice) == 22
    older_ledger(tmp_path / "imports", counted_twice)
    outcomes = run(path, import_id=2).tally.outcomes()
    assert (outcomes["plays"], outcomes["duplicates"]) == (1, 22)
    [event] = appended()
    assert device_starts([event]) == [1_630_094_400_000]
    assert plays(run(path, import_id=3)) == 0


def events_of(run: Import, appended: Appended, path: Path) -> list[dict[str, Any]]:
    run(path)
    return appended()


def older_ledger(folder: Path, events: list[dict[str, Any]]) -> None:
    """A ledger as it was before device starts were known, of these events."""
    ledger.delete_files(folder, "alice")
    database = sqlite3.connect(ledger.ledger_path(folder, "alice"))
    with closing(database), database as connection:
        connection.execute(
            "create table imported (event_id blob primary key, ms_played integer not null,"
            " import_id integer not null) without rowid"
        )
        connection.executemany(
            "insert into imported values (?, ?, 1)",
            [
                (bytes.fromhex(event["event_id"].replace("-", "")), event["ms_played"])
                for event in events
            ],
        )
    connection.close()


def test_a_night_of_one_song_handed_in_at_once_is_kept_whole(
    run: Import, appended: Appended, loose: Loose
) -> None:
    path = loose("endsong_0.json", loop(*(START + n * 34_000 for n in range(1_005))))
    report = run(path)
    assert plays(report) == 1_000
    assert report.tally.reasons["duplicates", "too many times in one second"] == 5
    events = appended()
    assert len({event["event_id"] for event in events}) == 1_000
    assert {event["played_at"][:19] for event in events} == {TS[:19]}
    assert plays(run(path, import_id=2)) == 0


def test_a_play_that_was_erased_does_not_come_back_under_another_ts(
    log: Any, loose: Loose, tmp_path: Path
) -> None:
    path = loose("endsong_0.json", loop(START) + loop(START, START + 300_000, ts=LATER))
    importer = Importer(
        user_id="alice",
        import_id=1,
        log=log,
        ledgers=tmp_path / "imports",
        max_bytes=10**8,
        now=NOW,
        is_erased=lambda event: event.played_at.month == 3,
    )
    outcomes = importer.run([path]).tally.outcomes()
    assert (outcomes["rejected"], outcomes["plays"]) == (2, 1)
