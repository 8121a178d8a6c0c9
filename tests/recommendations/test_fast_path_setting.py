"""RECOMMENDATIONS_FAST_PATH: the same answers with it and without, and no import without."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.asgi import get_asgi_application

from recommendations.fast_path.middleware import FastPathMiddleware
from tests.recommendations import asgi
from tests.recommendations.invented_plays import track_id
from tests.recommendations.test_fast_path import with_session, with_token

pytestmark = pytest.mark.slow
URL = f"/api/v1/recommendations/{track_id(58)}"
VARYING = {b"Retry-After", b"Set-Cookie"}  # by the second
IMPORTED = """
import sys, spotifyweb.asgi
print([name for name in sys.modules if name.startswith("recommendations.fast_path")])
"""


@pytest.fixture
async def ways() -> AsyncIterator[tuple[Any, Any]]:
    """The application with the fast path and without it."""
    django = get_asgi_application()
    with_it = FastPathMiddleware(django)
    yield with_it, django
    with_it.close()


async def stored_answers(
    ways: tuple[Any, Any], headers: dict[str, str], path: str = URL, query: str = ""
) -> list[asgi.Answer]:
    """Each way's answer once both have been asked before."""
    for app in (*ways, *ways):
        await asgi.get(app, path, query=query, headers=headers)
    return [await asgi.get(app, path, query=query, headers=headers) for app in ways]


def comparable(answer: asgi.Answer) -> tuple[int, dict[bytes, bytes], bytes]:
    headers = {name: value for name, value in answer.headers.items() if name not in VARYING}
    return answer.status, headers, answer.body


async def tag_of(app: Any, headers: dict[str, str]) -> str:
    """The entity tag that Django gives, or any where it gives none."""
    answer = await asgi.get(app, URL, headers=headers)
    return answer.headers.get(b"ETag", b'"any"').decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        (URL, "", 200),
        (URL, "limit=3&numbers=true&strategy=cooccurrence", 200),
        (URL, "limit=0", 400),
        (f"/api/v1/recommendations/{'Z' * 22}", "", 200),
        ("/api/v1/recommendations/x/y/z", "", 404),
    ],
)
@pytest.mark.parametrize("kind", ["token", "session"])
async def test_both_settings_answer_alike(
    ways: tuple[Any, Any], kind: str, path: str, query: str, status: int
) -> None:
    if kind == "token":
        headers = await sync_to_async(with_token)("alice")
    else:
        headers = (await sync_to_async(with_session)("alice"))[1]
    fast, plain = await stored_answers(ways, headers, path, query)
    assert fast.status == status
    assert comparable(fast) == comparable(plain)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("warehouse")
async def test_conditional_requests_are_answered_alike(ways: tuple[Any, Any]) -> None:
    headers = await sync_to_async(with_token)("alice")
    headers["If-None-Match"] = await tag_of(ways[1], headers)
    fast, plain = await stored_answers(ways, headers)
    assert fast.status in (200, 304)
    assert comparable(fast) == comparable(plain)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
async def test_strangers_are_refused_alike(ways: tuple[Any, Any], headers: dict[str, str]) -> None:
    fast, plain = await stored_answers(ways, headers)
    assert fast.status == 401
    assert comparable(fast) == comparable(plain)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("warehouse")
async def test_too_many_calls_are_refused_alike(
    ways: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: Any = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    monkeypatch.setitem(rates, "listener", "2/day")
    fast, plain = await stored_answers(ways, await sync_to_async(with_token)("alice"))
    assert fast.status == 429
    assert b"Retry-After" in fast.headers
    assert b"Retry-After" in plain.headers
    assert fast.body[:30] == plain.body[:30]  # then the seconds that are left


@pytest.mark.parametrize("value", ["0", "1"])
def test_nothing_imports_the_fast_path_where_it_is_off(value: str) -> None:
    environment = {**os.environ, "RECOMMENDATIONS_FAST_PATH": value}
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTED], env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    modules = ran.stdout.strip().splitlines()[-1]
    assert (modules == "[]") is (value == "0")
