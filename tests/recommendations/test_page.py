"""`/recommendations/`: what it shows, to whom, and its buttons without a script."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils.html import escape

from recommendations import cache
from recommendations.models import Feedback
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.household import members
from spotifyweb.dashboards.models import ExclusionRule
from tests.recommendations.invented_plays import track_id

PAGE = "/recommendations/"


def logged_in(listener: Listener) -> Client:
    client = Client()
    client.force_login(listener)
    return client


def text_of(client: Client, **params: str) -> str:
    response = client.get(PAGE, params)
    assert response.status_code == 200
    return response.content.decode()


def after_last(client: Client) -> list[str]:
    """The tracks shown as what may follow the last play."""
    return [row["track_id"] for row in client.get(PAGE).context["after"]["recommendations"]]


def test_three_kinds_with_reasons_scores_and_links(warehouse: Path, alice: Listener) -> None:
    text = text_of(logged_in(alice))
    for title in ("New from artists you love", "From your household", "Rediscover"):
        assert title in text
    assert "Played on" in text
    assert "sessions in your household" in text
    assert "https://open.spotify.com/track/" in text
    assert "<summary>Details</summary>" in text
    assert "<rect width=" in text


def test_what_follows_the_last_play(warehouse: Path, alice: Listener) -> None:
    assert "your last play" in text_of(logged_in(alice))


def test_one_kind_and_the_baseline(warehouse: Path, alice: Listener) -> None:
    text = text_of(logged_in(alice), kind="rediscovery", strategy="cooccurrence")
    assert 'id="kind-rediscovery"' in text
    assert 'id="kind-new"' not in text


def test_a_nonsense_address_shows_everything(warehouse: Path, alice: Listener) -> None:
    assert 'id="kind-new"' in text_of(logged_in(alice), kind="wrong", limit="x")


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


def test_not_now_hides_for_thirty_days(warehouse: Path, alice: Listener) -> None:
    client = logged_in(alice)
    assert 'title="Hide for 30 days"' in text_of(client)
    track = after_last(client)[0]
    client.post(f"{PAGE}{track}/feedback/", {"verdict": "later"})
    kept = Feedback.objects.get()
    assert (kept.track_id, kept.kind) == (track, Feedback.Kind.HIDE)
    assert kept.expires_at == kept.given_at + timedelta(days=30)
    assert track not in after_last(client)
    assert "Hidden tracks (1)" in text_of(client)
    Feedback.objects.update(expires_at=kept.given_at)
    assert track in after_last(client)
    assert "Hidden tracks" not in text_of(client)


def test_the_script_gets_its_answer_as_json(warehouse: Path, alice: Listener) -> None:
    url = f"{PAGE}{track_id(1)}/feedback/"
    response = logged_in(alice).post(url, {"verdict": "up"}, headers={"Accept": "application/json"})
    assert response.json() == {"told": "You will see more like this."}


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


def test_what_a_rule_leaves_out_is_not_the_last_play(warehouse: Path, alice: Listener) -> None:
    client = logged_in(alice)
    last = client.get(PAGE).context["after"]["artist_name"]
    ExclusionRule.objects.create(listener=alice, kind="artist", value=last)
    assert client.get(PAGE).context["after"]["artist_name"] != last
