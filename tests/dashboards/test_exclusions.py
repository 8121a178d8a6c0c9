"""Rules hide and never delete."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from html import unescape
from urllib.parse import urlencode

import pytest

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.exclusions.conditions import parse_hours
from spotifyweb.dashboards.models import ExclusionRule
from tests.dashboards.conftest import shown
from tests.support.login import browser_of
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


def test_excluding_again_what_is_shown_again_turns_its_rule_on(kavya: Listener) -> None:
    rule = add(kavya, "artist", "Artist 3")
    ExclusionRule.objects.update(is_on=False)
    browser_of(kavya).post("/rules/", {"kind": "artist", "value": "Artist 3"})
    assert ExclusionRule.objects.get() == rule
    assert ExclusionRule.objects.get().is_on
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
    assert "Exclude “Artist 3”" in answer.text
    assert 'aria-invalid="true" autofocus' in answer.text
    answer = browser.post("/rules/", {"kind": "artist", "value": "qqqqq"})
    assert answer.context["form"].errors["value"] == ["You have no plays of “qqqqq”."]
    assert not ExclusionRule.objects.exists()


def track_of(heard: list[CountedListen], who: Listener) -> tuple[CountedListen, str]:
    """A play of a song that was played under two ids, and the other id."""
    plays = listens_of(heard, who.user_id)
    ids: dict[str, set[str]] = defaultdict(set)
    for one in plays:
        ids[one.track_id].add(one.release_id)
    song = max(ids, key=lambda track: (len(ids[track]), track))
    play = next(one for one in plays if one.track_id == song)
    return play, next(iter(ids[song] - {song}), song)


def test_a_track_no_longer_counts_under_any_of_its_ids_and_is_back(
    someone: Listener, all_heard: list[CountedListen]
) -> None:
    """Counted over the raw plays, in each zone, on each page that has a number of it."""
    song, other_id = track_of(all_heard, someone)
    everything = listens_of(all_heard, someone.user_id)
    left = [one for one in everything if one.track_id != song.track_id]
    assert 0 < len(left) < len(everything)
    browser = browser_of(someone)
    page = f"/tracks/{song.track_id}/"
    html = browser.get(page).content.decode()
    assert "Exclude this track" in html
    made = browser.post("/rules/", {"kind": "track", "value": other_id, "next": page})
    assert made["Location"] == page
    rule = ExclusionRule.objects.get(listener=someone)

    assert shown(someone, "/")["totals"].plays == len(left)
    assert shown(someone, "/")["unique"].tracks == len({one.track_id for one in left})
    top = shown(someone, "/top/?kind=tracks")["lists"][0][2].rows
    assert song.track_name not in [row["track_name"] for row in top]
    days = shown(someone, "/history/")["day_groups"]
    by_day = Counter(one.local_date for one in left)
    assert {day.local_date: day.play_count for day in days} == {
        day.local_date: by_day[day.local_date] for day in days
    }
    assert song.track_name not in [play["track_name"] for day in days for play in day.plays]
    [(_, hidden, name)] = shown(someone, "/rules/")["rules"]
    assert hidden == len(everything) - len(left)
    assert name == f"{song.track_name} – {song.artist_name}"

    html = browser.get(page).content.decode()
    assert "You exclude this track." in html and "Exclude this track" not in html
    [anyway] = re.findall(r'href="([^"]*)">Show anyway<', html)
    summary = browser.get(unescape(anyway)).context["summary"]
    assert summary.plays == len(everything) - len(left)
    assert browser.get(page).context["summary"].plays == 0
    rule.delete()
    assert shown(someone, "/")["totals"].plays == len(everything)
    assert browser.get(page).context["summary"].plays == summary.plays


def test_a_track_is_named_with_its_artist_or_by_its_id(
    kavya: Listener, all_heard: list[CountedListen]
) -> None:
    song, other_id = track_of(all_heard, kavya)
    name = f"{song.track_name} – {song.artist_name}"
    suggested = dict(shown(kavya, "/rules/")["suggestions"])["Track"]
    assert name in suggested
    for value in (name, name.upper().replace("–", "-"), song.track_name, other_id):
        rule = add(kavya, "track", value)
        assert rule.value == song.track_id
        rule.delete()
    answer = browser_of(kavya).post("/rules/", {"kind": "track", "value": name[:-1] + "x"})
    [error] = answer.context["form"].errors["value"]
    assert f"“{name}”" in error
    assert not ExclusionRule.objects.exists()


def test_a_name_of_several_tracks_is_asked_back(
    kavya: Listener, altered: Callable[[str], None]
) -> None:
    altered("update gold.tracks set track_name = 'Same', folded_track_name = 'same'")
    answer = browser_of(kavya).post("/rules/", {"kind": "track", "value": "same"})
    [error] = answer.context["form"].errors["value"]
    assert "Several tracks have this name: " in error
    assert "“Same – Artist 1”" in error and "“Same – Artist 2”" in error
    assert "Exclude “Same – Artist 2”" in answer.text
    assert not ExclusionRule.objects.exists()
    assert add(kavya, "track", "same – artist 1").value


def test_a_rule_from_a_button_leads_back_with_a_link_to_undo_it(kavya: Listener) -> None:
    rule = {"kind": "artist", "value": "Artist 3", "next": "/history/"}
    page = browser_of(kavya).post("/rules/", rule, follow=True).text
    assert 'Artist “Artist 3” is excluded. <a href="/rules/">Your exclusions</a>' in page


def test_a_rule_from_a_button_leads_back_with_its_error(kavya: Listener) -> None:
    browser = browser_of(kavya)
    rule = {"kind": "track", "value": "unknown", "next": "/history/?q=a"}
    answer = browser.post("/rules/", rule, follow=True)
    assert answer.redirect_chain == [("/history/?q=a", 302)]
    assert "You have no plays of “unknown”." in answer.content.decode()
    away = browser.post("/rules/", rule | {"next": "https://evil.example/"})
    assert away["Location"] == "/rules/"


def test_the_history_has_a_button_for_each_track(kavya: Listener) -> None:
    html = browser_of(kavya).get("/history/").content.decode()
    buttons = re.findall(r'form="exclude-track"\s+name="value"\s+value="([^"]+)"', html)
    play = shown(kavya, "/history/")["day_groups"][0].plays[0]
    assert buttons[0] == play["track_id"]
    add(kavya, "track", buttons[0])


def test_the_page_of_an_artist_says_nothing_of_an_album_that_is_excluded(
    kavya: Listener, all_heard: list[CountedListen]
) -> None:
    albums = {one.album_name for one in listens_of(all_heard, "kavya") if one.album_name}
    for album in albums:
        ExclusionRule.objects.create(listener=kavya, kind="album", value=album)
    html = browser_of(kavya).get("/artist/?name=Artist+3").content.decode()
    assert "You exclude" not in html
