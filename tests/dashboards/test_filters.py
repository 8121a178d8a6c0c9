"""What an address says about filters."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotifyweb.dashboards import time_buckets
from spotifyweb.dashboards.filters import PARAMETERS, Filters, Period

TODAY = date(2026, 3, 29)  # clocks change in Berlin


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ({}, None, None),
        ({"range": "7d"}, date(2026, 3, 23), TODAY),
        ({"range": "ytd"}, date(2026, 1, 1), TODAY),
        ({"range": "week"}, date(2026, 3, 23), TODAY),
        ({"range": "last_week"}, date(2026, 3, 16), date(2026, 3, 22)),
        ({"range": "month"}, date(2026, 3, 1), TODAY),
        ({"range": "last_month"}, date(2026, 2, 1), date(2026, 2, 28)),
        ({"range": "last_year"}, date(2025, 1, 1), date(2025, 12, 31)),
        ({"range": "2024"}, date(2024, 1, 1), date(2024, 12, 31)),
        ({"from": "2026-02-01"}, date(2026, 2, 1), None),
        ({"from": "2026-02-10", "to": "2026-02-01"}, date(2026, 2, 1), date(2026, 2, 10)),
        ({"range": "nonsense", "from": "31.12.2025"}, None, None),
    ],
)
def test_periods(query: dict[str, str], first: date | None, last: date | None) -> None:
    assert Filters.read(query, today=TODAY).period == Period(first=first, last=last)


@pytest.mark.parametrize(
    ("first_weekday", "this", "last"),
    [
        (0, date(2026, 3, 23), date(2026, 3, 16)),
        (5, date(2026, 3, 28), date(2026, 3, 21)),
        (6, TODAY, date(2026, 3, 22)),
    ],
)
def test_a_week_begins_where_the_listener_says(first_weekday: int, this: date, last: date) -> None:
    assert TODAY.strftime("%A") == "Sunday"
    week, last_week = (
        Filters.read({"range": name}, today=TODAY, first_weekday=first_weekday).period
        for name in ("week", "last_week")
    )
    assert (week.first, week.last) == (this, TODAY)
    assert (last_week.first, last_week.days) == (last, 7)
    assert last_week.last == this - timedelta(days=1)


def test_the_period_before_is_as_long_and_ends_the_day_before() -> None:
    before = Filters.read({"range": "30d"}, today=TODAY).period.before()
    assert before is not None
    assert (before.days, before.last) == (30, date(2026, 2, 27))


def test_a_view_is_its_query() -> None:
    said = {"range": "90d", "device": "Speaker", "min_ms": "30000", "skips": "1", "rules": "0"}
    assert Filters.read(said, today=TODAY).params() == said
    assert Filters.read({}, today=TODAY).query == ""


def test_a_number_beyond_a_day_is_a_day_and_one_without_an_end_is_none() -> None:
    assert Filters.read({"min_ms": "9" * 18}, today=TODAY).min_ms == 86_400_000
    assert Filters.read({"min_ms": "9" * 5000}, today=TODAY).min_ms == 0


@given(st.dictionaries(st.sampled_from(PARAMETERS), st.text(max_size=30)))
def test_no_address_is_refused(query: dict[str, str]) -> None:
    filters = Filters.read(query, today=TODAY)
    again = Filters.read(filters.params(), today=TODAY)
    assert again == filters
    steps = time_buckets.cut(filters.period, first=date(2019, 1, 1), last=TODAY)
    assert 0 < len(steps.dates) < 3_000


def test_a_range_too_long_for_its_step_says_so() -> None:
    whole = Period(first=date(1950, 1, 1), last=date(2199, 12, 31))
    by_day = time_buckets.cut(whole, first=TODAY, last=TODAY, step="day")
    assert (by_day.step, len(by_day.dates)) == ("month", 3_000)
    assert by_day.note == "Shown by month because the range is too long for shorter steps."
    for asked in ("", "month", "nonsense"):
        assert time_buckets.cut(whole, first=TODAY, last=TODAY, step=asked).note == ""


@pytest.mark.parametrize("step", time_buckets.STEPS)
def test_steps_cover_each_day_once(step: str) -> None:
    period = Period(first=date(2025, 12, 15), last=date(2026, 3, 1))
    dates = time_buckets.Buckets(period=period, step=step).dates
    assert dates[0] <= date(2025, 12, 15) and dates[-1] <= date(2026, 3, 1)
    assert all(time_buckets.next_start(one, step) == two for one, two in pairwise(dates))
