"""The API is what its documentation says, asked at random."""

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


def documented() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator(patterns=urls.urlpatterns).get_schema(  # type: ignore[no-untyped-call]
        public=True
    )
    return made


def test_every_endpoint_is_documented_with_an_example() -> None:
    paths = documented()["paths"]
    assert set(paths) == {
        "/api/v1/recommendations",
        "/api/v1/recommendations/{track_id}",
        "/api/v1/recommendations/{track_id}/feedback",
    }
    answer = paths["/api/v1/recommendations/{track_id}"]["get"]["responses"]["200"]
    assert answer["content"]["application/json"]["examples"]


@pytest.fixture
def token(alice: Listener) -> dict[str, str]:
    made = api_tokens.create(
        alice, name="fuzz", scopes=[*ApiToken.Scope.values], now=datetime.now(UTC)
    )
    return {"Authorization": f"Bearer {made}"}


SCHEMA: Any = schemathesis.openapi.from_dict(documented())


@pytest.mark.parametrize(
    "operation", [each.ok() for each in SCHEMA.get_all_operations()], ids=lambda each: each.label
)
def test_no_question_breaks_it(operation: Any, warehouse: Any, token: dict[str, str]) -> None:
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
