"""Two real listening logs in Spotify's shapes, against totals that were computed elsewhere."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.ingestion.history_import.conftest import Appended, Import

DATA = settings.BASE_DIR.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not (DATA / "totals.json").exists(), reason=f"the real listening logs are not in {DATA}"
)


def totals(who: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "totals.json").read_text())[who]
    return found


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield from json.loads(archive.read(name))


@pytest.mark.parametrize("who", ["p0", "p1"])
def test_an_extended_history_agrees_with_its_independent_totals(
    who: str, run: Import, appended: Appended
) -> None:
    known = totals(who)
    report = run(DATA / f"extended_{who}.zip")
    outcomes = report.tally.outcomes()
    assert report.tally.rows == known["rows"]
    assert outcomes["plays"] == known["at_least_30s"]
    assert outcomes["skips"] == known["rows"] - known["at_least_30s"]
    assert report.tally.reasons["skips", "0 ms played"] == known["zero_ms"]
    events = appended()
    assert len({event["event_id"] for event in events}) == known["rows"]
    assert len({event["track_id"] for event in events}) == known["tracks"]
    assert len({event["artist_name"] for event in events}) == known["artists"]
    assert sum(event["ms_played"] for event in events) == known["ms_total"]
    span = [report.tally.new.first_at, report.tally.new.last_at]
    assert [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in span] == [known["first"], known["last"]]
    assert (
        sum(run(DATA / f"extended_{who}.zip", import_id=2).tally.outcomes().values())
        == (known["rows"])
    )
    assert appended() == []


@pytest.mark.parametrize("who", ["p0", "p1"])
def test_account_data_of_the_same_plays_loses_only_what_cannot_be_told_apart(
    who: str, run: Import, appended: Appended
) -> None:
    path = DATA / f"account_{who}.zip"
    distinct = {tuple(sorted(row.items())) for row in rows(path)}
    report = run(path)
    assert report.kind == "account"
    assert report.tally.rows == totals(who)["rows"]
    assert report.tally.outcomes()["duplicates"] == report.tally.rows - len(distinct)
    events = appended()
    assert len({event["event_id"] for event in events}) == len(distinct)
    assert {event["source"] for event in events} == {"account_data"}


def test_the_loose_files_of_an_export_and_its_zip_are_the_same_history(
    run: Import, appended: Appended, tmp_path: Path
) -> None:
    with zipfile.ZipFile(DATA / "extended_p0.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    run(tmp_path / "unpacked")
    events = appended()
    run(DATA / "extended_p0.zip", import_id=2)
    assert len(events) == totals("p0")["rows"]
    assert appended() == []
