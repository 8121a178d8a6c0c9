"""The text functions of the charts and of the page Now playing, alone in a real Chromium."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation
from playwright.sync_api import Browser

from recommendations.templatetags.recommendation_tags import now_words
from spotifyweb.dashboards.templatetags.formatting import chart_words

pytestmark = pytest.mark.browser
Call = Callable[..., Any]
SCRIPTS = settings.BASE_DIR / "static" / "js"


def seconds(*day: int) -> float:
    return datetime(*day, tzinfo=UTC).timestamp()  # type: ignore[arg-type,misc]


JANUARY, FEBRUARY = seconds(2024, 1, 1), seconds(2024, 2, 1)
MONTHS = {"step": "month", "x": [JANUARY, FEBRUARY]}


@pytest.fixture(scope="module")
def call(chromium: Browser) -> Iterator[Call]:
    """Call `chart.NAME` or `now.NAME` with arguments of JSON, and return its result."""
    with chromium.new_context(timezone_id="America/Lima", locale="en-GB") as context:
        page = context.new_page()
        for name in ("chart_text.js", "now_text.js"):
            page.add_script_tag(path=SCRIPTS / name)
        with translation.override("en"):
            words = [chart_words(), now_words()]
            plain = [{name: _plain(of) for name, of in each.items()} for each in words]
        page.evaluate(
            "([chart, now]) => { chart = chartText(chart, 'en'); now = nowText(now, 'en-GB');"
            " window.texts = { chart, now } }",
            plain,
        )
        yield lambda name, *args: page.evaluate(f"args => texts.{name}(...args)", list(args))


def _plain(words: Any) -> Any:
    if isinstance(words, dict):
        return {name: _plain(of) for name, of in words.items()}
    return [_plain(each) for each in words] if isinstance(words, list | tuple) else str(words)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "plays", "–"),
        (1, "plays", "1 play"),
        (1234, "plays", "1,234 plays"),
        (0, "tracks", "0 tracks"),
        (3, "rank", "#3"),
        (0.096, "share", "9.6%"),
        (0.5, "share", "50%"),
        (0.4, "minutes", "0 min"),
        (59.6, "minutes", "1 h"),
        (61, "minutes", "1 h 1 min"),
        (5999.6, "minutes", "100 h"),
        (90_000, "minutes", "1,500 h"),
    ],
)
def test_a_value_is_written_with_its_unit(call: Call, value: Any, unit: str, text: str) -> None:
    assert call("chart.say", value, unit) == text


def test_an_axis_is_short(call: Call) -> None:
    ticks = [(0.25, "share", 1), (0.5, "rank", 9), (2, "rank", 9), (90, "minutes", 600)]
    ticks += [(90, "minutes", 120), (12_000, "plays", 20_000), (999, "plays", 999)]
    expected = ["25%", "", "#2", "1.5 h", "90 min", "12k", "999"]
    assert [call("chart.sayAxis", *tick) for tick in ticks] == expected


def test_days_are_those_of_the_data_in_every_zone_of_a_browser(call: Call) -> None:
    new_year = seconds(2024, 1, 1)
    assert call("chart.names.day", new_year) == "Mon 1 Jan 2024"
    assert call("chart.names.week", new_year) == "week of 1 Jan 2024"
    assert call("chart.names.month", new_year) == "January 2024"


def test_the_year_stands_below_its_first_tick(call: Call) -> None:
    ticks = [seconds(2023, 12, 1), JANUARY, FEBRUARY]
    assert call("chart.dates", MONTHS, ticks) == ["Dec\n2023", "Jan\n2024", "Feb"]
    assert call("chart.dates", {"step": "day"}, [JANUARY]) == ["1 Jan\n2024"]


def test_as_many_ticks_as_fit_and_always_the_last(call: Call) -> None:
    spec = {"x": list(range(10))}
    assert call("chart.ticks", spec, 640) == list(range(10))
    assert call("chart.ticks", spec, 320) == [1, 3, 5, 7, 9]
    assert call("chart.ticks", spec, 0) == [9]


def test_ranks_have_a_tick_at_the_first_place(call: Call) -> None:
    ranks = [call("chart.places", *each) for each in ((1, 4.5), (2, 4.5), (10, 41))]
    assert ranks == [[1, 2, 3, 4], [1, 4], [1, 10, 20, 30, 40]]


def test_a_stack_stands_on_the_series_before(call: Call) -> None:
    spec = {"x": [1, 2], "series": [{"values": [1, None]}, {"values": [2, 5]}]}
    assert call("chart.stacked", spec) == [[1, 0], [3, 5]]


def test_a_gap_is_named_at_the_bars_that_it_touches(call: Call) -> None:
    gap = {"first": FEBRUARY - 86_400, "last": FEBRUARY}
    spec = {**MONTHS, "x": [*MONTHS["x"], seconds(2024, 3, 1)], "bands": [gap]}
    assert [call("chart.bandsAt", spec, index) for index in range(3)] == [[gap], [gap], []]
    assert call("chart.bandsAt", MONTHS, 0) == []


def test_a_bar_leads_to_its_days_within_those_that_are_shown(call: Call) -> None:
    assert call("chart.days", MONTHS, 1) == ["2024-02-01", "2024-02-29"]
    shown = {"first": "2024-01-10", "last": "2024-02-10"}
    assert call("chart.days", MONTHS, 0, shown) == ["2024-01-10", "2024-01-31"]
    assert call("chart.days", MONTHS, 1, shown) == ["2024-02-01", "2024-02-10"]
    week = {"step": "week", "x": [JANUARY]}
    assert call("chart.days", week, 0) == ["2024-01-01", "2024-01-07"]
    assert call("chart.days", {"step": "day", "x": [JANUARY]}, 0) == ["2024-01-01"] * 2


def test_a_colour_fades(call: Call) -> None:
    assert call("chart.faded", "rgb(1, 2, 3)", 0.1) == "rgba(1, 2, 3, 0.1)"
    assert call("chart.faded", "rgba(1, 2, 3, 0.5)", 0.7) == "rgba(1, 2, 3, 0.7)"


def test_a_position_is_minutes_and_seconds(call: Call) -> None:
    positions = [-5, 999, 61_000, 3_661_000]
    assert [call("now.clock", ms) for ms in positions] == ["0:00", "0:00", "1:01", "61:01"]


def test_how_long_ago_is_in_the_unit_that_reads_well(call: Call) -> None:
    ages = [-9, 1_000, 119_400, 119_600, 7_199_000, 7_200_000]
    units = ["0 seconds", "1 second", "119 seconds", "2 minutes", "119 minutes", "2 hours"]
    assert [call("now.ago", ms) for ms in ages] == [f"Last updated {unit} ago" for unit in units]


def test_a_problem_says_since_when_and_until_when(call: Call) -> None:
    problem = "Away since {since}, until {until}."
    state = {"observed_at": "2020-01-01T12:00:00Z", "due_at": None}
    assert call("now.problem", problem, state).startswith("Away since 1 Jan 2020, 07:00, until ")
    assert call("now.problem", "", None) == ""


def test_a_tab_says_what_plays(call: Call) -> None:
    item = {"track_name": "Violet", "artist_name": "The Harbours"}
    assert call("now.tabTitle", item, "Now playing · Liner") == "Violet – The Harbours · Liner"
    assert call("now.tabTitle", {"track_name": "Violet"}, "Liner") == "Violet · Liner"
    assert call("now.tabTitle", None, "Now playing · Liner") == "Now playing · Liner"


def test_a_score_stays_between_0_and_100(call: Call) -> None:
    assert [call("now.score", value) for value in (-3, 49.5, 101)] == [0, 50, 100]
