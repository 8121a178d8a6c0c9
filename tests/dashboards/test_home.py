"""The home page: what is on top of late, what is new or back, on this day, and what comes next."""

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

import pytest
from django.utils import timezone

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.filters import Period
from spotifyweb.dashboards.models import ExclusionRule
from spotifyweb.dashboards.query import ListenQuery
from spotifyweb.dashboards.request import read_request
from spotifyweb.dashboards.stats import home, overview
from spotifyweb.dashboards.stats.overview import Day
from tests.dashboards.answers import Asking
from tests.support import reference_stats

DAYS = [
    date(2025, 11, 20),
    date(2026, 3, 12),
    date(2026, 4, 5),
    date(2026, 6, 30),
    date(2026, 11, 2),
]


def listens_of(somebody: Listener, **query: str) -> ListenQuery:
    return read_request(somebody, query, now=timezone.now()).listens


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_top_items_are_the_first_of_a_plain_ranking(ask: Asking, today: date) -> None:
    period = home.recent_period(today)
    assert period == Period(first=today - timedelta(27), last=today)
    tops = home.top_items(listens_of(ask.somebody), period)
    for kind, names in reference_stats.NAMES.items():
        ranking = reference_stats.ranking(ask.music(today - timedelta(27), today), kind, by="plays")
        row = tops.get(kind)
        assert (row is not None) == bool(ranking)
        if row:
            key = tuple(row[name] for name in names)
            assert (key, row["plays"], row["heard_ms"]) == ranking[0]


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_a_week_is_compared_with_the_same_days_of_the_week_before(ask: Asking, today: date) -> None:
    monday = today - timedelta(today.weekday())
    week = home.week(overview.read_days(listens_of(ask.somebody)), today=today)
    assert week.heard_ms == reference_stats.time(ask.music(monday, today))
    week_before = ask.music(monday - timedelta(7), today - timedelta(7))
    assert week.before_ms == reference_stats.time(week_before)
    assert week.last_day == today - timedelta(7)
    if week.before_ms and today > monday:
        assert week.change == pytest.approx(week.heard_ms / week.before_ms - 1)
    days = overview.read_days(listens_of(ask.somebody))
    tuesday = monday - timedelta(6)  # the week before is known in part
    assert home.week(days, today=today, history_from=tuesday).change is None


@pytest.mark.parametrize("today", DAYS, ids=str)
@pytest.mark.parametrize("excluded", [False, True])
def test_recent_tracks_are_those_of_a_plain_count(
    ask: Asking, today: date, *, excluded: bool
) -> None:
    plays = ask.plays()
    if excluded:
        ExclusionRule.objects.create(listener=ask.somebody, kind="artist", value="artist 3")
        plays = [one for one in plays if one.artist_name != "Artist 3"]
    shown = home.recent_tracks(listens_of(ask.somebody), today=today)
    counted = reference_stats.recent_tracks(plays, today=today)
    assert [(row["track_id"], row["plays"]) for row in shown.discoveries] == counted["discoveries"]
    assert [
        (row["track_id"], row["plays"], row["silent_days"]) for row in shown.returns
    ] == counted["returns"]
    obsession = [shown.obsession] if shown.obsession else []
    assert [(row["track_id"], row["plays"]) for row in obsession] == counted["obsession"]


@pytest.mark.parametrize(
    "today", [date(2026, 10, 4), date(2026, 11, 2), date(2028, 2, 29)], ids=str
)
def test_on_this_day_counts_the_date_of_earlier_years(ask: Asking, today: date) -> None:
    listens = listens_of(ask.somebody)
    rows = home.anniversaries(listens, overview.read_days(listens), today=today)
    counted = reference_stats.anniversaries(ask.music(), today=today)
    assert {
        row["local_date"]: (row["day_plays"], row["day_ms"], row["track_id"]) for row in rows
    } == counted


def test_there_is_something_to_compare(ask: Asking) -> None:
    """The plain counts of above are not all empty."""
    late = [reference_stats.recent_tracks(ask.plays(), today=today) for today in DAYS]
    assert any(found["discoveries"] for found in late)
    assert any(found["returns"] for found in late)
    days = {one.local_date for one in ask.plays()}
    assert any(
        reference_stats.anniversaries(ask.music(), today=day + timedelta(365)) for day in days
    )


def test_the_track_played_most_within_seven_days_is_an_obsession(
    kavya: Listener, altered: Callable[[str], None]
) -> None:
    today = date(2027, 5, 20)
    rows = {  # six plays within eight days; five within seven; four of one day
        "one": [(today - timedelta(20), 3), (today - timedelta(13), 3)],
        "two": [(today - timedelta(9), 2), (today - timedelta(3), 3)],
        "three": [(today, 4)],
    }
    values = ", ".join(
        f"('kavya', date '{day}', '{track}', '{track}', 'Computer', 'player', 'track',"
        f" {plays}, 0, 1)"
        for track, days in rows.items()
        for day, plays in days
    )
    altered(f"insert into gold.user_track_daily values {values}")
    obsession = home.recent_tracks(listens_of(kavya), today=today).obsession
    assert obsession
    assert (obsession["track_id"], obsession["plays"]) == ("two", 5)
    assert obsession["first_on"] == today - timedelta(3)


def days_of(*plays: int, until: date, ms: int = 60_000) -> list[Day]:
    """One day for each number, the last of them `until`."""
    first = until - timedelta(len(plays) - 1)
    return [
        Day(local_date=first + timedelta(number), plays=count, heard_ms=ms * count)
        for number, count in enumerate(plays)
    ]


def test_the_next_milestone_comes_at_the_pace_of_four_weeks() -> None:
    today = date(2026, 11, 22)
    days = days_of(*[10] * 96, until=today - timedelta(1), ms=1)  # 960 plays, ten a day
    plays = home.next_milestone(days, today=today)
    assert plays is not None
    assert (plays.unit, plays.number, plays.left) == ("plays", 1000, 40)
    assert plays.share == pytest.approx(0.6)
    assert plays.expected_on == today + timedelta(4)
    long = [day._replace(heard_ms=3_600_000) for day in days]  # 96 hours, one a day
    both = home.next_milestone(long, today=today)
    assert both == plays  # four days away as well
    soon = [day._replace(heard_ms=3_700_000) for day in days]
    first = home.next_milestone(soon, today=today)
    assert first is not None
    assert (first.unit, first.number, first.left) == ("hours", 100, 2)
    assert first.expected_on == today + timedelta(2)


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_the_next_milestone_is_that_of_all_plays_and_hours(ask: Asking, today: date) -> None:
    """The nearest hundred in exact fractions; the house has played less than a thousand of both."""
    music = [one for one in ask.music() if one.local_date <= today]
    plays, ms = sum(one.is_play and one.begins for one in music), reference_stats.time(music)
    recent = [one for one in music if today - timedelta(28) <= one.local_date < today]
    shares = {
        "plays": (Fraction(plays), Fraction(sum(one.is_play and one.begins for one in recent))),
        "hours": (Fraction(ms, 3_600_000), Fraction(reference_stats.time(recent), 3_600_000)),
    }
    days = [day for day in overview.read_days(listens_of(ask.somebody)) if day.local_date <= today]
    shown = home.next_milestone(days, today=today)
    assert (shown is None) == (not plays)
    ways = []
    for unit, (total, late) in shares.items():
        goal = 100 * (total // 100 + 1)
        assert total < 1000
        is_known = min(one.local_date for one in music) <= today - timedelta(28) if music else False
        wait = ceil((goal - total) * 28 / late) if late and is_known else 731
        ways.append((min(wait, 731), unit, goal, ceil(goal - total)))
    if shown:
        wait, *counted = min(ways, key=lambda way: way[0])
        assert [shown.unit, shown.number, shown.left] == counted
        assert shown.expected_on == (today + timedelta(wait) if wait <= 730 else None)


@pytest.mark.parametrize(
    ("age", "length"),
    [(0, 20), (40, 50)],
    ids=["began within the four weeks", "nothing in the four weeks"],
)
def test_without_a_pace_no_date_is_expected(age: int, length: int) -> None:
    today = date(2026, 11, 22)
    days = days_of(*[3] * length, until=today - timedelta(age))
    milestone = home.next_milestone(days, today=today)
    assert milestone is not None
    assert (milestone.unit, milestone.expected_on) == ("plays", None)


def test_the_round_numbers_grow_with_the_total() -> None:
    today = date(2026, 11, 22)
    for plays, number in [(1, 100), (99, 100), (100, 200), (1000, 2000), (430_000, 500_000)]:
        milestone = home.next_milestone(days_of(plays, until=today, ms=0), today=today)
        assert milestone is not None
        assert milestone.number == number
    assert home.next_milestone([], today=today) is None
