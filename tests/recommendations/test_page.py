"""`/recommendations/`: what it shows, to whom, and its buttons without a script."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils.html import escape

from recommendations import cache, recommend
from recommendations.discover import sections
from recommendations.discover.sections import Section
from recommendations.models import Feedback
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.household import members
from spotifyweb.dashboards.models import ExclusionRule
from spotifyweb.warehouse.duckdb import DuckDBWarehouse
from tests.recommendations.invented_plays import track_id

PAGE = "/recommendations/"


def logged_in(listener: Listener) -> Client:
    client = Client()
    client.force_login(listener)
    return client


def ids_of(section: Section) -> list[str]:
    """The ids of those tracks that Spotify has."""
    return [row["track_id"] for row in section.rows if row["url"]]


def text_of(client: Client, **params: str) -> str:
    response = client.get(PAGE, params)
    assert response.status_code == 200
    return response.content.decode()


def after_last(client: Client) -> list[str]:
    """The tracks shown as what may follow the last play."""
    return [row["track_id"] for row in sections_of(client)["after"].rows]


def sections_of(client: Client, **params: str) -> dict[str, Section]:
    return {each.name: each for each in client.get(PAGE, params).context["sections"]}


def test_three_kinds_with_reasons_scores_and_links(warehouse: Path, alice: Listener) -> None:
    text = text_of(logged_in(alice))
    for title in ("New from artists you love", "From your household", "Rediscover"):
        assert title in text
    assert "Played on" in text
    assert "sessions in your household" in text
    assert "https://open.spotify.com/track/" in text
    assert "<summary>Details</summary>" in text
    assert "<rect width=" in text


def test_a_page_that_was_just_read_asks_the_warehouse_nothing(
    warehouse: Path, alice: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = logged_in(alice)
    first = sections_of(client)
    monkeypatch.setattr(DuckDBWarehouse, "rows", None)
    assert sections_of(client) == first


def test_what_follows_the_last_play(warehouse: Path, alice: Listener) -> None:
    assert "your last play" in text_of(logged_in(alice))


def test_no_section_is_long_and_none_repeats_another(warehouse: Path, alice: Listener) -> None:
    sections = sections_of(logged_in(alice))
    assert set(sections) == {"after", "new", "household", "second_chance", "rediscovery"}
    assert all(1 <= len(each.rows) <= 12 for each in sections.values())
    shown = [row["track_id"] for each in sections.values() for row in each.rows]
    assert len(shown) == len(set(shown))


def test_what_one_section_shows_makes_room_in_another(
    warehouse: Path, alice: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = logged_in(alice)
    alone = [row["track_id"] for row in sections_of(client, kind="rediscovery")["rediscovery"].rows]
    monkeypatch.setattr(sections, "SHOWN", 3)
    monkeypatch.setattr(sections, "_after_last", lambda *_, **__: [section_of(alone[0])])
    assert [row["track_id"] for row in sections_of(client)["rediscovery"].rows] == alone[1:4]


def section_of(track: str) -> Section:
    names = {"track_name": "Song", "artist_name": "artist 1", "url": None, "image_url": None}
    rows = [{"track_id": track, "recommendation_score": 1.0, "reason": "-", **names}]
    return Section(name="after", title="After", note="", rows=rows)


def test_one_kind_shows_more_and_the_page_leads_there(
    warehouse: Path, alice: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = logged_in(alice)
    assert "Show more" not in text_of(client)
    monkeypatch.setattr(sections, "SHOWN", 2)
    assert len(sections_of(client)["rediscovery"].rows) == 2
    assert 'href="?kind=rediscovery"' in text_of(client)
    every = sections_of(client, kind="rediscovery")
    assert [*every] == ["rediscovery"]
    assert 2 < len(every["rediscovery"].rows) <= 50


def test_every_bar_is_as_long_as_its_score(warehouse: Path, alice: Listener) -> None:
    bars = re.findall(
        r'<rect width="(\d+)%".*?Score</span>\s*(\d+)<', text_of(logged_in(alice)), re.DOTALL
    )
    rows = [row for each in sections_of(logged_in(alice)).values() for row in each.rows]
    assert [float(score) for _, score in bars] == [
        pytest.approx(min(row["recommendation_score"], 100), abs=0.51) for row in rows
    ]
    assert all(width == score for width, score in bars)


def test_figures_stand_in_one_folded_part(warehouse: Path, alice: Listener) -> None:
    text = text_of(logged_in(alice))
    shown, details = text.split("<summary>Details</summary>")
    for word in ("Co-occurrence", "Artist affinity", "Cache hit rate", "Plays "):
        assert word in details
        assert word not in shown
    assert re.search(r"Cache hit rate: \d+(\.\d)?%\.", details)


def test_only_what_spotify_has_can_be_previewed(warehouse: Path, alice: Listener) -> None:
    text = text_of(logged_in(alice))
    rows = [row for each in sections_of(logged_in(alice)).values() for row in each.rows]
    assert text.count("data-preview=") == sum(1 for row in rows if row["url"])


def test_a_section_can_be_saved_and_copied(warehouse: Path, alice: Listener) -> None:
    client = logged_in(alice)
    section, text = sections_of(client)["rediscovery"], text_of(client)
    shown = [row for row in section.rows if row["url"]]
    assert section.playlist.name == "Rediscover"
    assert section.playlist.track_ids == ",".join(row["track_id"] for row in shown)
    assert f'name="tracks" value="{section.playlist.track_ids}"' in text
    for row in shown:  # also without a script
        assert f"<li>{row['url']}</li>" in text
    assert 'data-copy="' + "\n".join(row["url"] for row in shown) + '"' in text


def test_each_button_is_a_press_of_its_own(warehouse: Path, alice: Listener) -> None:
    client = logged_in(alice)
    presses = re.findall(r'name="once" value="([^"]+)"', text_of(client) + text_of(client))
    assert len(presses) == len(set(presses)) > 8


def test_one_kind_and_the_baseline(warehouse: Path, alice: Listener) -> None:
    text = text_of(logged_in(alice), kind="rediscovery", strategy="cooccurrence")
    assert 'data-section="rediscovery"' in text
    assert 'data-section="new"' not in text


def test_a_nonsense_address_shows_everything(warehouse: Path, alice: Listener) -> None:
    assert 'data-section="new"' in text_of(logged_in(alice), kind="wrong", limit="x")


def test_a_listener_without_rows_sees_what_is_missing(warehouse: Path, charlie: Listener) -> None:
    text = text_of(logged_in(charlie))
    assert "No recommendations yet" in text
    assert "data-recommendation" not in text
    assert "Import your history" in text


def test_before_the_first_build(no_warehouse: None, alice: Listener) -> None:
    assert "No recommendations yet" in text_of(logged_in(alice))


def test_strangers_are_sent_to_log_in(db: None) -> None:
    assert Client().get(PAGE)["Location"].startswith("/login/")


def test_buttons_work_without_a_script(warehouse: Path, alice: Listener) -> None:
    client, track = logged_in(alice), track_id(900)
    url = f"{PAGE}{track}/feedback/"
    response = client.post(url, {"verdict": "hide", "next": f"{PAGE}?kind=new"})
    assert response["Location"] == f"{PAGE}?kind=new"
    text = text_of(client)
    assert escape("Hidden. It won't be recommended again.") in text
    assert "Hidden tracks (1)" in text
    client.post(url, {"verdict": "clear"})
    assert not Feedback.objects.exists()


def test_a_track_that_is_known_leaves_what_is_new_at_once(warehouse: Path, alice: Listener) -> None:
    client = logged_in(alice)
    page = client.get(f"{PAGE}?kind=new")
    (section,) = page.context["sections"]
    track = section.rows[0]["track_id"]
    assert page.content.decode().count('value="known"') == len(section.rows)
    assert 'value="known"' not in client.get(f"{PAGE}?kind=rediscovery").content.decode()
    client.post(f"{PAGE}{track}/feedback/", {"verdict": "known"})
    (section,) = client.get(f"{PAGE}?kind=new").context["sections"]
    assert track not in {row["track_id"] for row in section.rows}
    assert "You know it" in text_of(client)
    client.post(f"{PAGE}{track}/feedback/", {"verdict": "clear"})
    (section,) = client.get(f"{PAGE}?kind=new").context["sections"]
    assert section.rows[0]["track_id"] == track


def test_not_now_hides_for_thirty_days(warehouse: Path, alice: Listener) -> None:
    client = logged_in(alice)
    assert "Hide for 30 days" in text_of(client)
    track = after_last(client)[0]
    client.post(f"{PAGE}{track}/feedback/", {"verdict": "later"})
    kept = Feedback.objects.get()
    assert (kept.track_id, kept.kind) == (track, Feedback.Kind.HIDE)
    assert kept.expires_at == kept.given_at + timedelta(days=30)
    assert track not in after_last(client)
    assert "Hidden tracks (1)" in text_of(client)
    Feedback.objects.update(expires_at=kept.given_at)
    cache.invalidate(alice.user_id)  # answers are kept for an hour: it is over by then
    assert track in after_last(client)
    assert "Hidden tracks" not in text_of(client)


def test_the_script_gets_its_answer_as_json(warehouse: Path, alice: Listener) -> None:
    url = f"{PAGE}{track_id(1)}/feedback/"
    response = logged_in(alice).post(url, {"verdict": "up"}, headers={"Accept": "application/json"})
    assert response.json() == {"message": "You will see more like this."}


def test_nobody_is_led_elsewhere(warehouse: Path, alice: Listener) -> None:
    url = f"{PAGE}{track_id(1)}/feedback/"
    response = logged_in(alice).post(url, {"verdict": "up", "next": "https://evil.example/"})
    assert response["Location"] == PAGE


@pytest.mark.parametrize(("track", "kind"), [("x", "up"), (track_id(1), "meh")])
def test_a_wrong_press_is_refused(db: None, alice: Listener, track: str, kind: str) -> None:
    response = logged_in(alice).post(f"{PAGE}{track}/feedback/", {"verdict": kind})
    assert response.status_code == 400


def test_who_left_the_household_gets_nothing_of_it(warehouse: Path, alice: Listener) -> None:
    client = logged_in(alice)
    assert "sessions in your household" in text_of(client)
    members.leave(alice)
    cache.invalidate(alice.user_id)
    assert "sessions in your household" not in text_of(client)
    assert "Join the household to get these" in text_of(client, kind="household")


@pytest.mark.django_db(transaction=True)
def test_a_rule_on_an_artist_holds_at_once(warehouse: Path, alice: Listener) -> None:
    client = logged_in(alice)
    artist = "artist 3"
    assert f">{artist}</a>" in text_of(client)
    rule = ExclusionRule.objects.create(listener=alice, kind="artist", value=artist.upper())
    assert f">{artist}</a>" not in text_of(client)
    rule.delete()
    assert f">{artist}</a>" in text_of(client)


@pytest.mark.django_db(transaction=True)
def test_what_a_rule_leaves_out_is_not_the_last_play(warehouse: Path, alice: Listener) -> None:
    client = logged_in(alice)
    last = sections_of(client)["after"].note
    artist = last.removeprefix("your last play, by ")
    ExclusionRule.objects.create(listener=alice, kind="artist", value=artist)
    assert sections_of(client)["after"].note != last


@pytest.mark.django_db(transaction=True)
def test_a_rule_on_a_track_holds_at_once(warehouse: Path, alice: Listener) -> None:
    client = logged_in(alice)
    before = sections_of(client)
    title, excluded = before["after"].title, {ids_of(before["after"])[0]}
    excluded |= {ids_of(section)[0] for section in before.values()}
    rules = [
        ExclusionRule.objects.create(listener=alice, kind="track", value=track)
        for track in sorted(excluded)
    ]
    left = [track for section in sections_of(client).values() for track in ids_of(section)]
    assert left
    assert not excluded & set(left)
    last = recommend.queries_for("alice").last_plays()[0]["track_id"]
    if last not in excluded:
        rules.append(ExclusionRule.objects.create(listener=alice, kind="track", value=last))
    assert sections_of(client)["after"].title != title
    for rule in rules:
        rule.delete()
    assert sections_of(client)["after"].title == title
