"""Logging in as a browser does it: our page, the consent at the sandbox, the way back."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.test import Client

from tests.sandbox_server import MIRA, Sandbox


def set_out(browser: Client, **form: str) -> str:
    """Press "Log in with Spotify"; returns where it leads."""
    answer = browser.post("/login/", form)
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def come_back(
    browser: Client, sandbox: Sandbox, account_id: str = MIRA, **form: str
) -> dict[str, str]:
    """The query that Spotify sends back, not yet delivered."""
    return sandbox.consent(set_out(browser, **form), account_id)


def log_in(browser: Client, sandbox: Sandbox, account_id: str = MIRA, **form: str) -> Any:
    return browser.get("/callback/", come_back(browser, sandbox, account_id, **form))


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def problem_of(answer: Any) -> str:
    """The name of the problem page that this is."""
    text = answer.content.decode()
    assert "data-problem=" in text, text
    return str(text.split('data-problem="')[1].split('"')[0])
