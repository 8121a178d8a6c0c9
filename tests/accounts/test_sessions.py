"""The browsers in which a listener is logged in, and logging out in all of them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from spotifyweb import signals
from spotifyweb.accounts import sessions
from spotifyweb.accounts.models import Listener

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"
)
END = "/settings/sessions/end/"


def browser_of(listener: Listener, agent: str, *, days_ago: int = 0) -> Client:
    browser = Client()
    browser.force_login(listener)
    session = browser.session
    session[sessions.SINCE] = (timezone.now() - timedelta(days=days_ago)).isoformat()
    session[sessions.AGENT] = agent
    session.save()
    return browser


def test_a_login_says_when_and_where(mira: Listener, browser: Client) -> None:
    since = datetime.fromisoformat(browser.session[sessions.SINCE])
    assert timezone.now() - since < timedelta(minutes=5)
    page = browser.get("/settings/", headers={"User-Agent": FIREFOX}).text
    assert page.index("Firefox on Windows") < page.index("This browser") < page.index("since")


def test_the_page_lists_ones_own_without_their_keys(alice: Listener, bob: Listener) -> None:
    phone = browser_of(alice, PHONE, days_ago=3)
    desk = browser_of(alice, FIREFOX)
    browser_of(bob, "curl/8")
    page = desk.get("/settings/", headers={"User-Agent": FIREFOX}).text
    assert (
        page.index("Firefox on Windows") < page.index("This browser") < page.index("Safari on iP")
    )
    assert page.count("This browser") == 1 and "Unknown browser" not in page
    assert not any(str(one.session.session_key) in page for one in (phone, desk))


def test_all_are_logged_out_and_their_sockets_closed(alice: Listener, bob: Listener) -> None:
    ended: list[str] = []

    def remember(keys: list[str], **_: Any) -> None:
        ended.extend(keys)

    signals.sessions_ended.connect(remember)
    here, there, others = browser_of(alice, FIREFOX), browser_of(alice, PHONE), Client()
    others.force_login(bob)
    assert here.post(END)["Location"] == "/login/"
    assert there.get("/settings/").status_code == here.get("/settings/").status_code == 302
    assert others.get("/settings/").status_code == 200
    assert len(ended) == 2 and Session.objects.count() == 1


def test_a_session_of_before_has_no_time(alice: Listener) -> None:
    browser = Client()
    browser.force_login(alice)
    assert "since" not in browser.get("/settings/").text.split("Log out everywhere")[0][-900:]
    assert browser.get(END).status_code == 405


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Windows"),
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0 Safari/537.36 Edg/141.0", "Edge on Linux"),
        ("curl/8.5.0", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_browsers_have_the_names_that_people_know(agent: str, name: str) -> None:
    assert sessions.browser_name(agent) == name
