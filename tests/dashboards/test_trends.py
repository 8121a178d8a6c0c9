"""Trends against plain counting."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.charts import Chart, Series
from spotifyweb.dashboards.time_buckets import start_of
from spotifyweb.dashboards.views.trends import device_inks, device_label
from tests.dashboards.conftest import shown
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen, listens_of, pieces


@pytest.mark.parametrize("step", ["day", "week", "month"])
def test_plays_over_time(someone: Listener, all_heard: list[CountedListen], step: str) -> None:
    counted = Counter(
        start_of(one.local_date, step) for one in listens_of(all_heard, someone.user_id)
    )
    chart = shown(someone, f"/trends/?by=plays&step={step}")["listening"]
    drawn = dict(zip(chart.dates, chart.series[0].values, strict=True))
    assert {day: plays for day, plays in drawn.items() if plays} == counted


def test_weeks_that_begin_on_sunday(someone: Listener, all_heard: list[CountedListen]) -> None:
    Listener.objects.filter(pk=someone.pk).update(first_weekday=6)
    someone.refresh_from_db()
    counted: Counter[date] = Counter()
    for play in listens_of(all_heard, someone.user_id):
        counted[play.local_date - timedelta(days=play.local_date.isoweekday() % 7)] += 1
    context = shown(someone, "/trends/?by=plays&step=week")
    drawn = dict(
        zip(context["listening"].dates, context["listening"].series[0].values, strict=True)
    )
    assert {day: plays for day, plays in drawn.items() if plays} == counted
    assert [name for name, _ in context["clock"]][:2] == ["Sun", "Mon"]
    assert {square.local_date.strftime("%a") for square in shown(someone, "/")["calendar"][0]} == {
        "Sun"
    }


def test_the_clock_is_the_wall_clock_of_the_place(
    someone: Listener, all_heard: list[CountedListen]
) -> None:
    counted: Counter[tuple[int, int]] = Counter()
    for one in pieces(listens_of(all_heard, someone.user_id, lambda _: True)):
        counted[one.local_at.weekday(), one.local_at.hour] += one.heard_ms
    for address in ("/trends/", "/trends/?min_ms=1"):  # from hours, and from single plays
        cells = [cell for _, row in shown(someone, address)["clock"] for cell in row]
        assert {(c.weekday, c.hour): c.heard_ms for c in cells if c.heard_ms} == +counted


def test_an_hour_of_more_than_sixty_minutes_is_said_to_be_of_several_devices(
    kavya: Listener, altered: Callable[[str], None]
) -> None:
    """And where a play counts is said in any case. Sixty minutes are no more than an hour."""
    hours = (("Computer", 2_700_000, 9), ("Smartphone", 2_700_000, 9), ("Computer", 3_600_000, 8))
    rows = ", ".join(
        f"('kavya', date '2027-01-05', {hour}, 330, 1, '{device}', 'player', 'track', 1, 0, {ms})"
        for device, ms, hour in hours
    )
    altered(f"insert into gold.listening_hours values {rows}")
    counted = (
        "Plays count in the hour in which they started. Listening time is spread over the hours"
    )
    for day, is_said in (("2027-01-05", True), ("2027-01-06", False)):
        page = browser_of(kavya).get(f"/trends/?from={day}&to={day}")
        said = " ".join(page.content.decode().split())
        assert counted in said
        several = "Several devices played at once in 1 hour, which adds 30 min to it."
        assert (several in said) is is_said


def test_new_tracks_are_new_once(kavya: Listener) -> None:
    context = shown(kavya, "/trends/?step=month")
    assert not context["step_note"]
    new = context["discovery"].series[1].values
    assert sum(new) == shown(kavya, "/")["unique"].tracks


@pytest.mark.parametrize("step", ["day", "week", "month"])
def test_a_build_counts_new_tracks_as_the_days_do(
    someone: Listener, all_heard: list[CountedListen], step: str
) -> None:
    begun = start_of(min(one.local_date for one in listens_of(all_heard, someone.user_id)), step)
    added_up, of_days = (
        [
            (day, known, new)
            for day, known, new in zip(
                chart.dates, *(series.values for series in chart.series), strict=True
            )
            if known or new
        ]
        for period in ("", f"&from={begun}")
        for chart in [shown(someone, f"/trends/?step={step}{period}")["discovery"]]
    )
    assert added_up == of_days
    assert added_up


def test_the_share_of_skips_in_each_month(kavya: Listener, all_heard: list[CountedListen]) -> None:
    listens = listens_of(
        all_heard, "kavya", lambda one: one.local_date.replace(day=1) == date(2026, 4, 1)
    )
    chart = shown(kavya, "/trends/?step=month")["skipping"]
    drawn = dict(zip(chart.dates, chart.series[0].values, strict=True))
    skips = sum(not one.is_play for one in listens)
    assert drawn[date(2026, 4, 1)] == pytest.approx(skips / len(listens), abs=0.0001)


def test_devices_share_the_time(kavya: Listener, all_heard: list[CountedListen]) -> None:
    june = [
        one
        for one in pieces(listens_of(all_heard, "kavya", lambda _: True))
        if one.local_date.month in (6, 7)
    ]
    whole = sum(one.heard_ms for one in june)
    chart = shown(kavya, "/trends/?step=month&from=2026-06-01&to=2026-07-31")["devices"]
    for series in chart.series:
        mine = [one for one in june if device_label(one.device) == series.label]
        parts = Counter(
            {m: sum(o.heard_ms for o in mine if o.local_date.month == m) for m in (6, 7)}
        )
        assert sum(parts.values()) <= whole
        for day, value in zip(chart.dates, series.values, strict=True):
            month = sum(one.heard_ms for one in june if one.local_date.month == day.month)
            assert (value or 0) == pytest.approx(parts[day.month] / month if month else 0, abs=1e-4)


def test_no_skip_among_what_was_heard_is_a_share_of_nothing_and_drawn() -> None:
    share = Series(label="Skip rate", values=[None, 0.0], unit="share")
    time = Series(label="Time", values=[0.0, 0.0], unit="minutes")
    days = [date(2026, 1, 1), date(2026, 1, 2)]
    assert not Chart(name="skipping", title="", dates=days, series=[share]).is_empty
    assert Chart(name="days", title="", dates=days, series=[time]).is_empty


def test_charts_can_be_read_as_tables(kavya: Listener) -> None:
    chart = shown(kavya, "/trends/?by=plays&step=month")["listening"]
    table = chart.table()
    assert len(table) == len(chart.dates)
    assert table[-1][0] == f"{chart.dates[0]:%B %Y}"


def test_two_hundred_and_fifty_years_by_day_are_shown_by_month_with_a_note(kavya: Listener) -> None:
    years = "from=1950-01-01&to=2199-12-31&step=day"
    browser = browser_of(kavya)
    page = browser.get(f"/trends/?{years}").content.decode()
    assert "Shown by month because the range is too long for shorter steps." in page
    answer = browser.get(f"/api/v1/stats/over-time?{years}").json()
    assert (answer["step"], len(answer["rows"])) == ("month", 3_000)
    assert "too long" in answer["note"]


def test_a_device_has_its_colour_whatever_else_is_shown() -> None:
    assert device_inks(["TV", "Computer"]) == {"TV": 4, "Computer": 1}
    inks = device_inks(["GameConsole", "Smartphone", "CastAudio", "other"])
    assert (inks["Smartphone"], inks["other"]) == (2, 6)
    assert len(set(inks.values())) == 4
