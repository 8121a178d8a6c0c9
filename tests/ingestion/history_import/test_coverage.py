"""A later import closes the gaps that its archive tells of whole, and no other."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from bench.harness.history_export import NO_TRACK, row
from ingestion.history_import.coverage import FileCoverage, Span, covered_periods
from ingestion.history_import.shapes import Shape
from ingestion.models import Gap
from spotifyweb.accounts.models import Listener

pytestmark = pytest.mark.django_db
Loose = Callable[[str, Any], Path]
AUDIO = "Streaming_History_Audio_2026_{}.json"


def day(number: int) -> datetime:
    return datetime(2026, 5, number, 12, tzinfo=UTC)


def heard(*days: int, **changes: Any) -> list[dict[str, Any]]:
    return [row(ts=f"2026-05-{number:02}T12:00:00Z", **changes) for number in days]


@pytest.fixture
def closed(alice: Listener, bob: Listener, loose: Loose) -> Callable[..., list[int]]:
    """The gaps, of one day each, that files with these names and rows close; named by that day."""
    for who in (alice, bob):
        for number in range(1, 30):
            Gap.objects.create(
                listener=who, starts_at=day(number), ends_at=day(number + 1), reason="offline"
            )

    def close(files: dict[str, list[dict[str, Any]]]) -> list[int]:
        paths = [str(loose(name, rows)) for name, rows in files.items()]
        call_command("import_history", *paths, "--user", "alice")
        filled = Gap.objects.filter(status=Gap.Status.FILLED).order_by("starts_at")
        assert {gap.listener for gap in filled} <= {alice}
        return [gap.starts_at.day for gap in filled]

    return close


def test_what_lies_between_the_first_play_and_the_last_is_closed(closed: Any) -> None:
    """Days of silence in between are told as well: nothing was played."""
    assert closed({AUDIO.format(0): heard(3, 8)}) == [3, 4, 5, 6, 7]


def test_what_was_imported_before_counts_too(closed: Any) -> None:
    closed({AUDIO.format(0): heard(3, 4)})
    Gap.objects.update(status=Gap.Status.POSSIBLE)
    assert closed({AUDIO.format(0): heard(3, 4, 5)}) == [3, 4]


def test_neighbouring_files_are_one_and_one_left_out_is_a_hole(closed: Any) -> None:
    files = {0: (3, 4), 1: (6, 7), 3: (10, 12)}
    told = {AUDIO.format(number): heard(*days) for number, days in files.items()}
    assert closed(told) == [3, 4, 5, 6, 10, 11]


def test_account_data_closes_what_it_tells_of(closed: Any) -> None:
    rows = [
        {"endTime": f"2026-05-{number:02} 12:00", "artistName": "A", "trackName": "T"}
        for number in (3, 5)
    ]
    assert closed({"StreamingHistory_music_0.json": [r | {"msPlayed": 40_000} for r in rows]}) == [
        3,
        4,
    ]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("Streaming_History_Video_2025-2026.json", {}),
        ("Streaming_History_Video_2025-2026_1.json", {}),
        (AUDIO.format(0), NO_TRACK | {"episode_name": "E", "episode_show_name": "S"}),
    ],
)
def test_what_tells_of_no_music_closes_nothing(
    closed: Any, name: str, changes: dict[str, Any]
) -> None:
    assert closed({name: heard(3, 8, **changes)}) == []


def test_ten_comes_after_nine_and_two_archives_may_overlap() -> None:
    def told(shape: Shape, number: int, *days: int) -> FileCoverage:
        music = Span()
        for one in days:
            music.add(day(one))
        return FileCoverage(name=f"{number}.json", shape=shape, music=music)

    extended = [told(Shape.EXTENDED, *file) for file in [(10, 5, 6), (9, 3, 4), (9, 2, 3)]]
    found = covered_periods([*extended, told(Shape.ACCOUNT, 11, 20, 21)])
    assert sorted((span.first_at, span.last_at) for span in found if span.first_at) == [
        (day(2), day(6)),
        (day(20), day(21)),
    ]
