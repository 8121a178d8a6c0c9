"""Where two stretches of time meet nothing lies between them, and nothing of one in the other."""

from datetime import UTC, datetime

import pytest

from spotifyweb.dashboards.coverage.timespans import Timespan, gaps_between, split, union


def days(first: int, last: int) -> Timespan:
    return datetime(2026, 5, first, tzinfo=UTC), datetime(2026, 5, last, tzinfo=UTC)


def test_those_that_meet_are_one() -> None:
    assert union([days(5, 9), days(1, 5)]) == [days(1, 9)]
    assert gaps_between([days(1, 5), days(5, 9)]) == []


def test_one_within_another_ends_nothing() -> None:
    assert gaps_between([days(1, 20), days(3, 4), days(22, 23)]) == [days(20, 22)]


@pytest.mark.parametrize(
    ("covered", "left", "inside"),
    [
        ([days(10, 20)], [], [days(10, 20)]),
        ([days(1, 10), days(20, 30)], [days(10, 20)], []),
        ([days(1, 12), days(18, 30)], [days(12, 18)], [days(10, 12), days(18, 20)]),
        ([days(12, 14), days(14, 16)], [days(10, 12), days(16, 20)], [days(12, 16)]),
    ],
    ids=["the same", "its neighbours", "both ends", "two that meet"],
)
def test_a_gap_is_cut_where_a_history_begins_and_ends(
    covered: list[Timespan], left: list[Timespan], inside: list[Timespan]
) -> None:
    assert split(days(10, 20), covered) == (left, inside)
