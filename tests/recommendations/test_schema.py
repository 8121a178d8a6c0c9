"""The API is what its documentation says, asked at random."""

import functools
import json
from datetime import UTC, datetime
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from schemathesis.checks import CHECKS  # noqa: F401 registers them

from recommendations import urls
from spotifyweb.accounts import api_tokens
from spotifyweb.accounts.models import ApiToken, Listener
from tests.recommendations.invented_plays import track_id

TRIES = 25
LABELS = [
    "GET /api/v1/recommendations",
    "GET /api/v1/recommendations/{track_id}",
    "POST /api/v1/recommendations/{track_id}/feedback",
    "DELETE /api/v1/recommendations/{track_id}/feedback",
]


@functools.cache
def documented() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator(patterns=urls.urlpatterns).get_schema(  # type: ignore[no-untyped-call]
        public=True
    )
    return made


@functools.cache
def operations() -> dict[str, Any]:
    """What the schema documents; read when a test runs, not when it is collected."""
    schema: Any = schemathesis.openapi.from_dict(documented())
    return {each.ok().label: each.ok() for each in schema.get_all_operations()}


def test_every_endpoint_is_documented_with_an_example() -> None:
    paths = documented()["paths"]
    assert set(paths) == {
        "/api/v1/recommendations",
        "/api/v1/recommendations/{track_id}",
        "/api/v1/recommendations/{track_id}/feedback",
    }
    assert set(operations()) == set(LABELS), "each is asked below"
    answer = paths["/api/v1/recommendations/{track_id}"]["get"]["responses"]["200"]
    assert answer["content"]["application/json"]["examples"]


@pytest.fixture
def token(alice: Listener) -> dict[str, str]:
    made = api_tokens.create(
        alice, name="fuzz", scopes=[*ApiToken.Scope.values], now=datetime.now(UTC)
    )
    return {"Authorization": f"Bearer {made}"}


@pytest.mark.parametrize("label", LABELS)
def test_no_question_breaks_it(label: str, warehouse: Any, token: dict[str, str]) -> None:
    operation = operations()[label]
    known = {200, 204, 400, 404, 405, 415}

    @hypothesis.given(case=operation.as_strategy())
    @hypothesis.settings(
        max_examples=TRIES,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    def ask(case: Any) -> None:
        asked = case.as_transport_kwargs(base_url="http://127.0.0.1")
        path = case.formatted_path
        if case.path_parameters and len(str(case.path_parameters["track_id"])) % 2:
            path = case.path.replace("{track_id}", track_id(58))
        response = Client(headers=token).generic(
            case.method,
            path,
            json.dumps(asked.get("json"), default=str),
            content_type="application/json",
            query_params=asked.get("params") or {},
        )
        assert response.status_code in known, (response.status_code, response.content)

    ask()
