"""A listener's own settings; nobody sees or changes another's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bench.harness.sandbox_client import MIRA, Sandbox
from spotifyweb.accounts import api_tokens, consent, sessions
from spotifyweb.accounts.models import ApiToken, Connection, Listener, Token
from tests.support import login

PAGES = ("/settings/", "/settings/disconnect/")
POSTS = ("/settings/zone/", "/settings/tokens/", "/settings/tokens/1/revoke/", *PAGES[1:])


@pytest.fixture
def alices(alice: Listener) -> Client:
    browser = Client()
    browser.force_login(alice)
    return browser


@pytest.fixture
def charlies(charlie: Listener) -> Client:
    browser = Client()
    browser.force_login(charlie)
    return browser


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_for_listeners(db: None, browser: Client, path: str) -> None:
    assert browser.get(path)["Location"] == f"/login/?next={path}"


@pytest.mark.parametrize("path", POSTS)
def test_actions_are_for_listeners(db: None, browser: Client, path: str) -> None:
    assert browser.post(path)["Location"].startswith("/login/")


def test_the_page_shows_who_one_is(mira: Listener, browser: Client) -> None:
    page = browser.get("/settings/").content.decode()

    assert "Mira Solberg" in page
    assert MIRA in page
    assert "Connected" in page
    assert "Europe/Oslo" in page


def test_its_times_are_those_of_the_listeners_zone(alice: Listener) -> None:
    """When it was the evening before in UTC, too."""
    at = datetime(2026, 11, 29, 22, 57, tzinfo=UTC)
    Listener.objects.filter(pk=alice.pk).update(timezone="Asia/Kolkata", consented_at=at)
    api_tokens.create(alice, name="Attic", scopes=["read:stats"], now=at)
    ApiToken.objects.update(created_at=at, last_used_at=at)
    browser = Client()
    browser.force_login(alice)
    session = browser.session
    session[sessions.SINCE] = at.isoformat()
    session.save()
    page = browser.get("/settings/").text
    assert "since 30 Nov 2026, 04:27" in page
    assert page.count("30 Nov 2026") == 4 and "29 Nov 2026" not in page


def test_charlie_sees_nothing_of_alice(alice: Listener, charlies: Client) -> None:
    api_tokens.create(alice, name="Attic", scopes=["read:stats"], now=timezone.now())

    page = charlies.get("/settings/").content.decode()

    assert "Attic" not in page
    assert "Alice" not in page


def test_charlie_cannot_revoke_a_token_of_alice(alice: Listener, charlies: Client) -> None:
    api_tokens.create(alice, name="Kitchen", scopes=["read:stats"], now=timezone.now())
    token = ApiToken.objects.get()

    assert charlies.post(f"/settings/tokens/{token.pk}/revoke/").status_code == 404
    assert ApiToken.objects.exists()


def test_a_token_is_shown_once(alices: Client) -> None:
    form = {"name": "Kitchen", "scopes": ["read:stats", "write:feedback", "drop:tables"]}

    answer = alices.post("/settings/tokens/", form)

    token = answer.content.decode().split('value="swt_')[1].split('"')[0]
    kept = ApiToken.objects.get()
    assert answer.status_code == 201
    assert answer["Cache-Control"].startswith("max-age=0")
    assert kept.scopes == ["read:stats", "write:feedback"]
    assert token not in f"{kept.__dict__}"
    assert token not in alices.get("/settings/").content.decode()


@pytest.mark.parametrize("form", [{}, {"name": "x"}, {"scopes": ["read:stats"]}, {"name": " "}])
def test_a_token_needs_a_name_and_a_scope(alices: Client, form: dict[str, Any]) -> None:
    answer = alices.post("/settings/tokens/", form, follow=True)

    assert "Enter a name" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_a_revoked_token_is_gone(alice: Listener, alices: Client) -> None:
    api_tokens.create(alice, name="Kitchen", scopes=["read:stats"], now=timezone.now())

    alices.post(f"/settings/tokens/{ApiToken.objects.get().pk}/revoke/")

    assert not ApiToken.objects.exists()


def test_the_first_zone_holds_for_the_whole_past(alice: Listener, alices: Client) -> None:
    alices.post("/settings/zone/", {"timezone": "Europe/Berlin"})

    assert [home.valid_from.year for home in alice.timezones.all()] == [1970]


def test_a_move_holds_from_now_on(alice: Listener, alices: Client) -> None:
    alices.post("/settings/zone/", {"timezone": "Europe/Berlin"})
    alices.post("/settings/zone/", {"timezone": "Asia/Tokyo"})

    alice.refresh_from_db()
    assert alice.timezone == "Asia/Tokyo"
    assert [home.timezone for home in alice.timezones.all()] == ["Europe/Berlin", "Asia/Tokyo"]
    assert timezone.now() - alice.timezones.last().valid_from < timedelta(minutes=1)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("asia/kolkata", "Asia/Kolkata"),
        ("Kolkata", "Asia/Kolkata"),
        ("  new york ", "America/New_York"),
        ("Buenos Aires", ""),  # the city stands under two names
        ("utc", "UTC"),
    ],
)
def test_a_typed_city_is_its_zone(alice: Listener, alices: Client, typed: str, zone: str) -> None:
    alices.post("/settings/zone/", {"timezone": typed})

    alice.refresh_from_db()
    assert alice.timezone == zone


@pytest.mark.parametrize(("given", "kept"), [("6", 6), ("5", 5), ("3", 5), ("", 5), ("x", 5)])
def test_weeks_begin_on_a_day_that_weeks_begin_on(
    alice: Listener, alices: Client, given: str, kept: int
) -> None:
    Listener.objects.filter(pk=alice.pk).update(first_weekday=5)
    alices.post("/settings/zone/", {"timezone": "Asia/Riyadh", "first_weekday": given})

    alice.refresh_from_db()
    assert alice.first_weekday == kept


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "x" * 500])
def test_what_is_no_zone_is_refused(alice: Listener, alices: Client, zone: str) -> None:
    answer = alices.post("/settings/zone/", {"timezone": zone}, follow=True)

    alice.refresh_from_db()
    assert alice.timezone == ""
    assert "not a time zone" in answer.content.decode()


def test_a_month_before_its_end_the_consent_is_due(mira: Listener, browser: Client) -> None:
    Listener.objects.update(consented_at=timezone.now() - timedelta(days=155, hours=1))

    page = browser.get("/settings/").content.decode()

    assert "permission expires in 24 days" in page


def test_a_fresh_consent_is_not_due(mira: Listener) -> None:
    known = consent.consent_of(mira, now=timezone.now())

    assert not known.is_due
    assert known.missing == ()
    assert known.days_left in (179, 180)


def test_a_consent_that_is_over_says_so(mira: Listener, browser: Client) -> None:
    Listener.objects.update(connection=Connection.NEEDS_LOGIN)

    page = browser.get("/settings/").content.decode()

    assert "permission has expired" in page
    assert "Login required" in page


def test_a_scope_that_was_not_granted_is_named(mira: Listener, browser: Client) -> None:
    Token.objects.update(scope="user-read-recently-played")

    assert "user-library-read" in browser.get("/settings/").content.decode()


def test_renewing_restarts_the_six_months(
    mira: Listener, browser: Client, sandbox: Sandbox
) -> None:
    Listener.objects.update(consented_at=timezone.now() - timedelta(days=170))

    answer = login.log_in(browser, sandbox, MIRA, next="/settings/", ask_again="1")

    mira.refresh_from_db()
    assert answer["Location"] == "/settings/"
    assert not consent.consent_of(mira, now=timezone.now()).is_due


def test_an_extra_permission_is_listed_and_withdrawn_by_renewing_without_it(
    mira: Listener, browser: Client, sandbox: Sandbox
) -> None:
    token = Token.objects.get(listener=mira)
    Token.objects.update(scope=f"{token.scope} playlist-modify-private")
    assert "Renew without playlist-modify-private" in browser.get("/settings/").content.decode()

    login.log_in(browser, sandbox, MIRA, next="/settings/", ask_again="1")

    assert consent.extra_scopes(mira) == frozenset()
    page = browser.get("/settings/").content.decode()
    assert "playlist-modify-private" not in page and "Renew permission" in page
