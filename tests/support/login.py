"""Log in as a browser does: the login page, the sandbox's consent, the callback.

`session_of` and `browser_of` make what a login leaves, where the login is not the story.
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.test import Client

from bench.harness.sandbox_client import MIRA, Sandbox
from spotifyweb.accounts.models import Listener


def start_login(browser: Client, **form: str) -> str:
    """Press "Log in with Spotify"; returns where it leads."""
    answer = browser.post("/login/", form)
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def callback_query(
    browser: Client, sandbox: Sandbox, account_id: str = MIRA, **form: str
) -> dict[str, str]:
    """Return the query of the callback without following it."""
    return sandbox.consent(start_login(browser, **form), account_id)


def log_in(browser: Client, sandbox: Sandbox, account_id: str = MIRA, **form: str) -> Any:
    return browser.get("/callback/", callback_query(browser, sandbox, account_id, **form))


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def problem_name(answer: Any) -> str:
    """Return the name of the login problem that a page shows."""
    text = answer.content.decode()
    assert "data-problem=" in text, text
    return str(text.split('data-problem="')[1].split('"')[0])


def session_of(somebody: Listener) -> str:
    """Create a session of somebody and return its cookie.

    `Client.force_login` writes a session four times over: a tenth of what tests of pages cost.
    """
    session = SessionStore()
    session[SESSION_KEY] = str(somebody.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = somebody.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def browser_of(somebody: Listener) -> Client:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session_of(somebody)
    return client
