"""Rules hide and never delete."""

from collections import Counter

import pytest

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.exclusions.conditions import parse_hours
from spotifyweb.dashboards.models import ExclusionRule
from tests.dashboards.conftest import browser_of, shown
from tests.support.reference_listens import CountedListen, listens_of


def add(listener: Listener, kind: str, value: str) -> ExclusionRule:
    browser_of(listener).post("/rules/", {"kind": kind, "value": value})
    return ExclusionRule.objects.get(listener=listener)


def test_an_artist_no_longer_counts(someone: Listener, all_heard: list[CountedListen]) -> None:
    add(someone, "artist", "artist 3")
    left = listens_of(
        all_heard, someone.user_id, lambda o: o.is_play and o.artist_name != "Artist 3"
    )
    context = shown(someone, "/")
    assert context["totals"].plays == len(left)
    assert context["unique"].artists == len({one.artist_name for one in left})
    assert "Artist 3" not in [row["artist_name"] for row in context["recent"]]
    tops = shown(someone, "/top/?kind=artists")["lists"][0][2].rows
    assert "Artist 3" not in [row["artist_name"] for row in tops]


def test_it_is_back_when_asked_for_or_turned_off(
    kavya: Listener, all_heard: list[CountedListen]
) -> None:
    rule = add(kavya, "artist", "Artist 3")
    everything = len(listens_of(all_heard, "kavya"))
    assert shown(kavya, "/?rules=0")["totals"].plays == everything
    browser_of(kavya).post(f"/rules/{rule.pk}/", {"do": "toggle"})
    assert shown(kavya, "/")["totals"].plays == everything


def test_hours_over_midnight(kavya: Listener, all_heard: list[CountedListen]) -> None:
    add(kavya, "hours", "22-6")
    left = listens_of(all_heard, "kavya", lambda one: one.is_play and 6 <= one.local_at.hour < 22)
    context = shown(kavya, "/")
    assert context["totals"].plays == len(left)
    assert all(6 <= play["local_at"].hour < 22 for play in context["recent"])


def test_the_page_says_how_much_each_rule_hides(
    kavya: Listener, all_heard: list[CountedListen]
) -> None:
    add(kavya, "artist", "Artist 3")
    hidden = listens_of(all_heard, "kavya", lambda o: o.is_play and o.artist_name == "Artist 3")
    assert shown(kavya, "/rules/")["rules"][0][1] == len(hidden)


@pytest.mark.parametrize("value", ["22", "22-22", "a-b", "5-99", ""])
def test_hours_that_are_none(kavya: Listener, value: str) -> None:
    response = browser_of(kavya).post("/rules/", {"kind": "hours", "value": value})
    assert list(response.context["form"].errors) == ["value"]
    assert not ExclusionRule.objects.exists()
    if value:
        with pytest.raises(ValueError):
            parse_hours(value)


def test_a_wrong_rule_comes_back_with_its_error_beside_the_field(kavya: Listener) -> None:
    add(kavya, "artist", "Artist 3")
    browser = browser_of(kavya)
    html = browser.post("/rules/", {"kind": "hours", "value": "5-99"}).content.decode()
    assert 'value="5-99"' in html and 'aria-invalid="true"' in html
    assert "Enter two hours, such as 22-6." in html
    again = browser.post("/rules/", {"kind": "artist", "value": " Artist 3 "})
    assert again.context["form"].errors == {"value": ["This exclusion already exists."]}
    assert list(browser.post("/rules/", {"kind": "no", "value": "x"}).context["form"].errors) == [
        "kind"
    ]
    assert ExclusionRule.objects.count() == 1


def test_charlie_cannot_touch_it(kavya: Listener, charlie: Listener) -> None:
    rule = add(kavya, "artist", "Artist 3")
    response = browser_of(charlie).post(f"/rules/{rule.pk}/", {"do": "delete"})
    assert response.status_code == 404
    assert "Artist 3" not in browser_of(charlie).get("/rules/").content.decode()
    assert ExclusionRule.objects.filter(pk=rule.pk, is_on=True).exists()


def busiest_pair(heard: list[CountedListen]) -> int:
    """An hour in which, and in the next of which, most was played."""
    played = Counter(one.start_hour for one in heard)
    return max(range(23), key=lambda hour: min(played[hour], played[hour + 1]))


def test_hours_are_left_out_from_the_first_to_before_the_last(
    kavya: Listener, all_heard: list[CountedListen]
) -> None:
    """Of two neighbouring hours with plays a rule takes the one, or all but that one."""
    heard = listens_of(all_heard, "kavya")
    hour = busiest_pair(heard)
    within = [one for one in heard if one.start_hour == hour]
    assert within and any(one.start_hour == hour + 1 for one in heard)
    rule = add(kavya, "hours", f"{hour}-{hour + 1}")
    assert shown(kavya, "/")["totals"].plays == len(heard) - len(within)
    rule.delete()
    add(kavya, "hours", f"{hour + 1}-{hour}")
    assert shown(kavya, "/")["totals"].plays == len(within)


@pytest.mark.parametrize("value", ["0-24", "24-0", "0-1", "23-24"])
def test_hours_from_midnight_and_to_midnight(value: str) -> None:
    first, last = parse_hours(value)
    assert f"{first}-{last}" == value


@pytest.mark.parametrize("value", ["0-25", "25-0", "-1-5", "24-24"])
def test_hours_that_no_day_has(value: str) -> None:
    with pytest.raises(ValueError, match="not a span of hours"):
        parse_hours(value)
