"""The API's own description, turned against it: whatever is asked, no answer is a failure."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spotifyweb.accounts.models import Listener
from tests.support.login import browser_of

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)
NASTY = st.sampled_from(["", "0", "-1", "9" * 30, "1e9", "null", "%", "'; drop--", "2026-13-45"])


@pytest.fixture
def described(kavya: Listener) -> list[tuple[str, list[dict[str, Any]]]]:
    """Each address of the statistics with its parameters."""
    browser = browser_of(kavya)
    schema = browser.get("/api/schema/", headers={"accept": "application/json"}).json()
    return [
        (path, operations["get"].get("parameters", []))
        for path, operations in sorted(schema["paths"].items())
        if path.startswith("/api/v1/stats/") and "get" in operations
    ]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_nothing_asked_is_a_failure(
    kavya: Listener, described: list[Any], data: st.DataObject, seed: int
) -> None:
    path, parameters = random.Random(seed).choice(described)
    query: dict[str, str] = {}
    for parameter in parameters:
        choices = parameter["schema"].get("enum") or []
        known = st.sampled_from(choices) if choices else NASTY
        value = str(data.draw(st.one_of(known, NASTY, TEXT)))
        if parameter["in"] == "path":
            number = parameter["schema"]["type"] == "integer"
            path = path.replace(f"{{{parameter['name']}}}", "2026" if number else value or "x")
        elif data.draw(st.booleans()):
            query[parameter["name"]] = value
    browser = browser_of(kavya)
    browser.raise_request_exception = True
    response = browser.get(path.replace("/..", ""), query)
    assert response.status_code in (200, 301, 400, 404, 429), (path, query, response.status_code)
