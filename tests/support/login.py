"""Log in as a browser does: the login page, the sandbox's consent, the callback."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.test import Client

from bench.harness.sandbox_client import MIRA, Sandbox


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
