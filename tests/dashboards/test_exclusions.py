"""Rules hide and never delete."""

import re
from collections import Counter
from html import unescape
from urllib.parse import urlencode

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


@pytest.mark.parametrize("rule", [("artist", "artist 3"), ("album", None)])
def test_the_page_of_what_is_excluded_says_so_and_shows_it_anyway(
    kavya: Listener, all_heard: list[CountedListen], rule: tuple[str, str | None]
) -> None:
    play = next(
        one
        for one in listens_of(all_heard, "kavya")
        if one.album_name and one.artist_name == "Artist 3"
    )
    kind, name = rule[0], rule[1] or play.album_name or ""
    page = {
        "artist": f"/artist/?{urlencode({'name': play.artist_name})}",
        "album": f"/album/?{urlencode({'artist': play.artist_name, 'name': play.album_name})}",
    }[kind]
    browser = browser_of(kavya)
    before = browser.get(page)
    [link] = re.findall(r'href="(/rules/\?[^"]*)">Exclude<', before.content.decode())
    assert browser.get(unescape(link)).context["form"]["kind"].value() == kind

    add(kavya, kind, name)
    html = browser.get(page).content.decode()
    assert f"You exclude this {kind}." in html
    [anyway] = re.findall(r'href="([^"]*)">Show anyway<', html)
    shown_anyway = browser.get(unescape(anyway))
    assert shown_anyway.context["summary"] == before.context["summary"]
    assert "Show anyway" not in shown_anyway.content.decode()


def test_a_name_without_plays_is_refused_with_names_like_it(kavya: Listener) -> None:
    browser = browser_of(kavya)
    answer = browser.post("/rules/", {"kind": "artist", "value": "Artisst 3"})
    [error] = answer.context["form"].errors["value"]
    assert "You have no plays of “Artisst 3”." in error and "“Artist 3”" in error
    answer = browser.post("/rules/", {"kind": "artist", "value": "qqqqq"})
    assert answer.context["form"].errors["value"] == ["You have no plays of “qqqqq”."]
    assert not ExclusionRule.objects.exists()


def test_names_are_suggested_most_played_first(
    kavya: Listener, all_heard: list[CountedListen]
) -> None:
    plays = Counter(
        one.artist_name for one in listens_of(all_heard, "kavya", lambda one: one.is_play)
    )
    artists = shown(kavya, "/rules/")["suggestions"]["Artist"]
    music = [name for name in artists if name in plays]
    assert set(music) == {name for name in plays if name}
    assert [plays[name] for name in music] == sorted(plays.values(), reverse=True)
