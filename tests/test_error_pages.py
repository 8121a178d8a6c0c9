"""A request that is refused before any view sees it gets a page that says what to do."""

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
OTHER_TAB = {"Cookie": "csrftoken=" + "a" * 32}


@pytest.mark.parametrize(
    ("headers", "cure"),
    [
        ({}, "Allow cookies for this site"),
        (OTHER_TAB, "You logged in or out since this page was opened"),
        ({"Origin": "https://liner.example.org"}, "If you run it, check SITE_URL"),
    ],
)
def test_a_form_that_cannot_be_trusted_says_why(headers: dict[str, str], cure: str) -> None:
    answer = Client(enforce_csrf_checks=True).post("/login/", headers=headers)
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.text
    assert cure in answer.text
    asked = {"Accept": "application/json", **headers}  # as scripts do, which show the sentence
    answer = Client(enforce_csrf_checks=True).post("/login/", headers=asked)
    assert (answer.status_code, cure in answer.json()["message"]) == (403, True)


def test_a_site_of_https_that_was_opened_without_it_says_so(settings: Any) -> None:
    settings.CSRF_COOKIE_SECURE = True
    answer = Client(enforce_csrf_checks=True).post("/login/")
    assert "If you run it, check SITE_URL" in answer.text


def test_an_address_that_is_not_set_up_is_named_as_the_reason() -> None:
    page = Client().get("/history/?q=x", HTTP_HOST="nas.local:8000")
    assert page.status_code == 400
    assert "add its name to ALLOWED_HOSTS" in page.text
    answer = Client().get("/api/v1/stats/overview", HTTP_HOST="nas.local")
    assert (answer.status_code, answer.json()) == (400, {"detail": "Bad request."})
