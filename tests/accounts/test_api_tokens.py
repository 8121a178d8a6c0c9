"""Personal tokens at the API: who one is, what one may, how often."""

import re
import tomllib
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from spotifyweb.accounts import api_tokens
from spotifyweb.accounts.models import ApiToken, Listener
from tests.docs.fences import ROOT

READ, RECOMMEND, WRITE = ApiToken.Scope.values[:3]


class Stats(APIView):
    def get(self, request: Request) -> Response:
        return Response({"listener": request.user.get_username()})

    def post(self, request: Request) -> Response:
        return Response(status=204)


class Feedback(Stats):
    scope = RECOMMEND
    scopes = {"POST": WRITE}


def call(view: type[APIView], method: str = "get", token: str = "", **headers: str) -> Any:
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return view.as_view()(getattr(APIRequestFactory(), method)("/", headers=headers))


@pytest.fixture
def kitchen(bob: Listener, now: datetime) -> str:
    return api_tokens.create(bob, name="Kitchen", scopes=[READ], now=now)


def test_a_token_acts_for_its_owner(alice: Listener, kitchen: str) -> None:
    answer = call(Stats, token=kitchen)

    assert (answer.status_code, answer.data) == (200, {"listener": "bob"})


@pytest.mark.parametrize("token", ["swt_wrong", "BQsomething", " "])
def test_an_unknown_token_is_told_so(kitchen: str, token: str) -> None:
    answer = call(Stats, Authorization=f"Bearer {token}")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert kitchen not in str(answer.data)


def test_without_a_token_one_has_to_say_who_one_is(db: None) -> None:
    assert call(Stats).status_code == 401


def test_another_kind_of_authorization_is_not_ours(db: None) -> None:
    assert call(Stats, Authorization="Basic Ym9iOmJvYg==").status_code == 401


def test_a_token_may_do_what_its_scopes_say(kitchen: str, bob: Listener, now: datetime) -> None:
    writer = api_tokens.create(bob, name="Both", scopes=[RECOMMEND, WRITE], now=now)

    assert call(Stats, "post", kitchen).status_code == 403
    assert call(Feedback, "get", kitchen).status_code == 403
    assert call(Feedback, "get", writer).status_code == 200
    assert call(Feedback, "post", writer).status_code == 204
    assert call(Stats, "get", writer).status_code == 403


def test_a_method_that_is_not_there_is_no_question_of_scopes(kitchen: str) -> None:
    """`curl -T` sends PUT, and the API answered that the token lacks a scope."""
    assert call(Stats, "put", kitchen).status_code == 405


def test_a_token_of_somebody_who_may_not_come_in_is_worth_nothing(
    kitchen: str, bob: Listener
) -> None:
    Listener.objects.filter(pk=bob.pk).update(is_active=False)

    assert call(Stats, token=kitchen).status_code == 401


def test_only_a_fingerprint_is_kept(kitchen: str) -> None:
    kept = ApiToken.objects.get()

    assert kept.digest == api_tokens.digest_of(kitchen)
    assert kitchen.removeprefix("swt_") not in str(kept.__dict__)
    assert kitchen.endswith(kept.last_four)


def test_its_use_is_noted_once_a_minute(kitchen: str, now: datetime) -> None:
    api_tokens.find(kitchen, now=now)
    api_tokens.find(kitchen, now=now + timedelta(seconds=30))
    assert ApiToken.objects.get().last_used_at == now

    api_tokens.find(kitchen, now=now + timedelta(seconds=61))
    assert ApiToken.objects.get().last_used_at == now + timedelta(seconds=61)


def test_too_many_calls_of_one_token_are_slowed_and_no_other_s(
    kitchen: str, bob: Listener, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.clear()
    monkeypatch.setattr(api_tokens.ListenerThrottle, "THROTTLE_RATES", {"listener": "2/min"})
    other = api_tokens.create(bob, name="Other", scopes=[READ], now=now)

    assert [call(Stats, token=kitchen).status_code for _ in range(3)] == [200, 200, 429]
    assert call(Stats, token=other).status_code == 200


def test_a_token_has_the_form_that_secret_scanners_look_for(kitchen: str) -> None:
    rules = tomllib.loads((ROOT / ".gitleaks.toml").read_text())["rules"]
    (rule,) = (rule for rule in rules if rule["id"] == "liner-api-token")
    assert re.fullmatch(rule["regex"], kitchen) and rule["keywords"] == [api_tokens.PREFIX]
