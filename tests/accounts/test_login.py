"""From the button to the overview, through the sandbox's consent page."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bench.harness.sandbox_client import MIRA, THEO, Sandbox
from spotifyweb.accounts import token_store
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.spotify.oauth import SCOPES
from tests.support import login

pytestmark = pytest.mark.django_db


def test_the_button_leads_to_spotify_with_a_challenge_and_a_state(browser: Client) -> None:
    query = login.query_of(login.start_login(browser))

    assert query["code_challenge_method"] == "S256"
    assert len(query["state"]) > 40
    assert query["scope"].split() == list(SCOPES)
    assert "code_verifier" not in query


def test_who_shares_a_browser_may_use_another_account(browser: Client, settings: Any) -> None:
    """Spotify logs the one in who is logged in there, without a word, unless it is asked to ask."""
    settings.SANDBOX = False
    page = browser.get("/login/").content.decode()
    [button] = re.findall('<button[^>]*name="ask_again"[^>]*>\\s*([^<]*?)\\s*</button>', page)
    assert button == "Use another Spotify account"
    assert login.query_of(login.start_login(browser, ask_again="1"))["show_dialog"] == "true"
    assert "show_dialog" not in login.query_of(login.start_login(browser))


def test_a_listener_logs_in_and_is_connected(browser: Client, sandbox_settings: Sandbox) -> None:
    answer = login.log_in(browser, sandbox_settings, MIRA, next="/trends/")

    listener = Listener.objects.get(user_id=MIRA)
    assert answer["Location"] == "/trends/"
    assert int(browser.session["_auth_user_id"]) == listener.pk
    assert listener.connection == Connection.CONNECTED
    assert listener.spotify_id == "mira.solberg"
    assert listener.consented_at is not None
    assert timezone.now() - listener.consented_at < timedelta(minutes=1)
    assert set(listener.token.scope.split()) == set(SCOPES)


def test_tokens_are_sealed_in_the_database(browser: Client, sandbox_settings: Sandbox) -> None:
    login.log_in(browser, sandbox_settings)

    token = Listener.objects.get(user_id=MIRA).token
    assert token_store.decrypt(token.access_token).startswith("BQ")
    assert not bytes(token.access_token).startswith(b"BQ")
    assert token_store.decrypt(token.refresh_token).startswith("AQ")


def test_the_session_gets_a_new_key_with_the_login(
    browser: Client, sandbox_settings: Sandbox
) -> None:
    back = login.callback_query(browser, sandbox_settings)
    before = browser.session.session_key

    browser.get("/callback/", back)

    assert browser.session.session_key != before


def test_the_browser_s_zone_is_kept_with_the_first_login_only(
    browser: Client, sandbox_settings: Sandbox
) -> None:
    login.log_in(browser, sandbox_settings, timezone="Europe/Oslo")
    login.log_in(browser, sandbox_settings, timezone="Asia/Tokyo")

    listener = Listener.objects.get(user_id=MIRA)
    assert listener.timezone == "Europe/Oslo"
    assert [(home.timezone, home.valid_from.year) for home in listener.timezones.all()] == [
        ("Europe/Oslo", 1970)
    ]


def test_a_pasted_address_finishes_the_login_too(
    browser: Client, sandbox_settings: Sandbox
) -> None:
    back = login.callback_query(browser, sandbox_settings)
    address = f"http://127.0.0.1:8000/callback/?code={back['code']}&state={back['state']}"

    answer = browser.post("/login/paste/", {"address": f"  {address} "})

    assert answer.status_code == 302
    assert "_auth_user_id" in browser.session


def test_a_pasted_address_that_lacks_the_code_is_explained(browser: Client) -> None:
    answer = browser.post("/login/paste/", {"address": "http://127.0.0.1:8000/callback/"})

    assert (answer.status_code, login.problem_name(answer)) == (400, "no-code")


def test_two_tabs_can_log_in_at_once(browser: Client, sandbox_settings: Sandbox) -> None:
    first = login.callback_query(browser, sandbox_settings, next="/top/")
    second = login.callback_query(browser, sandbox_settings, next="/now/")

    assert browser.get("/callback/", first)["Location"] == "/top/"
    assert browser.get("/callback/", second)["Location"] == "/now/"


def test_a_denied_consent_gets_its_page(browser: Client, sandbox_settings: Sandbox) -> None:
    back = sandbox_settings.consent(login.start_login(browser), MIRA, decision="deny")

    answer = browser.get("/callback/", back)

    assert (answer.status_code, login.problem_name(answer)) == (403, "denied")
    assert not Listener.objects.exists()


def test_who_only_sets_out_is_soon_forgotten(browser: Client, sandbox_settings: Sandbox) -> None:
    """A stranger costs a row for ten minutes; whoever came in stays for the usual time."""
    back = login.callback_query(browser, sandbox_settings)
    assert browser.session.get_expiry_age() <= 600

    browser.get("/callback/", back)

    assert browser.session.get_expiry_age() > 86_400
    assert browser.cookies["sessionid"]["max-age"] > 86_400


def test_a_state_is_good_once(browser: Client, sandbox_settings: Sandbox) -> None:
    back = login.callback_query(browser, sandbox_settings)
    browser.get("/callback/", back)

    answer = browser.get("/callback/", back)

    assert (answer.status_code, login.problem_name(answer)) == (400, "unknown-state")


def test_a_state_from_another_browser_is_refused(
    browser: Client, sandbox_settings: Sandbox
) -> None:
    """Somebody who sends a victim their own callback must not log the victim in as themselves."""
    back = login.callback_query(Client(), sandbox_settings, THEO)

    answer = browser.get("/callback/", back)

    assert login.problem_name(answer) == "unknown-state"
    assert "_auth_user_id" not in browser.session
    assert not Listener.objects.exists()


def test_a_state_is_good_for_ten_minutes(
    browser: Client, sandbox_settings: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = login.callback_query(browser, sandbox_settings)
    later = timezone.now() + timedelta(minutes=11)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)

    assert login.problem_name(browser.get("/callback/", back)) == "unknown-state"


def test_a_used_code_gets_its_page(browser: Client, sandbox_settings: Sandbox) -> None:
    used = login.callback_query(browser, sandbox_settings)["code"]
    browser.get(
        "/callback/", {"code": used, "state": next(iter(browser.session["login_attempts"]))}
    )
    fresh = login.callback_query(browser, sandbox_settings)

    answer = browser.get("/callback/", {**fresh, "code": used})

    assert (answer.status_code, login.problem_name(answer)) == (400, "expired-code")


@pytest.mark.parametrize(
    ("fault", "status", "problem"),
    [
        ("premium_required", 403, "not-premium"),
        ("not_listed", 403, "not-allow-listed"),
        ("forbidden", 403, "refused"),
        ("bad_gateway", 503, "spotify-down"),
        ("unavailable_text", 503, "spotify-down"),
        ("not_json", 503, "spotify-down"),
        ("reset", 503, "spotify-down"),
        ("quota_exceeded", 503, "quota"),
        ("rate_limited_text", 503, "quota"),
    ],
)
def test_each_refusal_of_spotify_has_its_page(
    browser: Client, sandbox_settings: Sandbox, fault: str, status: int, problem: str
) -> None:
    sandbox_settings.fault(fault, endpoint="me", count=1)

    answer = login.log_in(browser, sandbox_settings)

    assert (answer.status_code, login.problem_name(answer)) == (status, problem)
    assert "What to do next" in answer.content.decode()
    assert not Listener.objects.exists()
    assert "_auth_user_id" not in browser.session


def test_a_blocked_quota_says_until_when(browser: Client, sandbox_settings: Sandbox) -> None:
    sandbox_settings.fault("quota_exceeded", endpoint="me", count=1, retry_after=7200)

    answer = login.log_in(browser, sandbox_settings)

    assert answer["Retry-After"] == "7200"
    assert "data-local-time" in answer.content.decode()


def test_inside_the_window_spotify_is_not_asked_again(
    browser: Client, sandbox_settings: Sandbox
) -> None:
    sandbox_settings.fault("quota_exceeded", endpoint="me", count=1, retry_after=7200)
    login.log_in(browser, sandbox_settings)
    sandbox_settings.control("calls", clear=True)

    answer = login.log_in(browser, sandbox_settings)

    assert login.problem_name(answer) == "quota"
    assert "me" not in sandbox_settings.control("calls")


def test_a_wrong_client_secret_has_its_page(
    browser: Client, sandbox_settings: Sandbox, settings: Any
) -> None:
    settings.SPOTIFY_CLIENT_SECRET = "not-it"

    answer = login.log_in(browser, sandbox_settings)

    assert (answer.status_code, login.problem_name(answer)) == (502, "bad-client")


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:1", "/login/"],
)
def test_a_login_never_leads_to_another_site(
    browser: Client, sandbox_settings: Sandbox, elsewhere: str
) -> None:
    assert login.log_in(browser, sandbox_settings, next=elsewhere)["Location"] == "/"


def test_logging_out_takes_a_post(browser: Client, sandbox_settings: Sandbox) -> None:
    login.log_in(browser, sandbox_settings)

    assert browser.get("/logout/").status_code == 405
    assert browser.post("/logout/")["Location"] == "/login/"
    assert "_auth_user_id" not in browser.session


def test_the_admin_s_login_is_ours(browser: Client) -> None:
    answer = browser.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0] == "/login/?next=%2Fadmin%2F"
    assert answer.status_code == 200


def test_who_is_no_admin_is_told_so_and_not_sent_in_circles(browser: Client, bob: Listener) -> None:
    browser.force_login(bob)

    answer = browser.get("/admin/", follow=True)

    assert "for admins only" in answer.content.decode()


def test_this_machine_by_another_name_moves_to_the_name_spotify_knows(
    browser: Client, settings: Any
) -> None:
    settings.SPOTIFY_REDIRECT_URI = "http://127.0.0.1:8000/callback/"

    answer = browser.get("/login/?next=/top/", headers={"host": "localhost:8000"})

    assert answer["Location"] == "http://127.0.0.1:8000/login/?next=/top/"


def test_the_login_page_says_what_is_read_and_kept(browser: Client) -> None:
    page = browser.get("/login/").content.decode()

    assert "Read from Spotify" in page
    assert 'href="/privacy/"' in page
    assert browser.get("/privacy/").status_code == 200
