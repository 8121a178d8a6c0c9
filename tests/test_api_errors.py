"""Whatever goes wrong below /api/, the answer is JSON with one sentence under `detail`."""

from typing import Any

import pytest
from django.test import Client, RequestFactory

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.api import errors
from tests.recommendations import asgi

ERASURES = "/api/v1/erasures"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(alice: Listener) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def detail_of(answer: Any, status: int) -> str:
    """The only thing in it."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
    told: dict[str, Any] = answer.json()
    assert set(told) == {"detail"} and isinstance(told["detail"], str) and told["detail"]
    return str(told["detail"])


def test_an_unknown_address(browser: Client) -> None:
    for visitor in (browser, Client()):
        detail_of(visitor.get("/api/v1/nothing"), 404)
    assert browser.get("/nothing/")["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("address", "order", "field"),
    [
        (ERASURES, {}, "kind"),
        (ERASURES, {"kind": "x"}, "kind"),
        (ERASURES, {"kind": "play", "preview": "x"}, "preview"),
        ("/api/v1/separations", {}, "event_ids"),
        ("/api/v1/separations", {"event_ids": [1]}, "event_ids"),
        ("/api/v1/corrections", {}, "kind"),
        ("/api/v1/corrections", {"kind": "x", "action": "split", "subject": "x"}, "kind"),
        ("/api/v1/corrections", {"kind": "track", "action": "x", "subject": "x"}, "action"),
        ("/api/v1/corrections", {"kind": "track", "action": "join", "subject": "x"}, "other"),
        (
            "/api/v1/corrections",
            {"kind": "track", "action": "split", "subject": "\x00"},
            "subject",
        ),
    ],
)
def test_fields_that_are_wrong_are_named(
    browser: Client, address: str, order: dict[str, Any], field: str
) -> None:
    assert field in detail_of(browser.post(address, order, "application/json"), 400)


def test_bodies_and_methods_that_are_wrong(browser: Client) -> None:
    for body in ("{", "[]", "null", '"x"'):
        detail_of(browser.post(ERASURES, body, "application/json"), 400)
    detail_of(browser.post(ERASURES, "<x/>", "text/xml"), 415)
    detail_of(browser.put(ERASURES, {}, "application/json"), 405)
    detail_of(Client().get(ERASURES), 401)


def test_a_query_of_more_fields_than_are_read(browser: Client) -> None:
    """The page of the error read the query, too, and became an error of ours."""
    query = "&".join(f"a{number}=1" for number in range(1001))
    assert browser.get(f"/?{query}").status_code == 400
    detail_of(browser.get(f"/api/v1/stats/overview?{query}"), 400)


def test_a_fault_of_ours() -> None:
    answer = errors.server_error(RequestFactory().get("/api/v1/x"))
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/json")


async def test_a_body_that_is_too_large() -> None:
    from spotifyweb.asgi import application

    answer = await asgi.get(application, ERASURES, headers={"content-length": "99999999"})
    assert (answer.status, answer.headers[b"Content-Type"]) == (413, b"application/json")
    assert answer.body.startswith(b'{"detail"')
