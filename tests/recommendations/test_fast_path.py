"""The two ways to one answer: Django's, and the stored bytes in front of it."""

import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.test import Client

from recommendations import cache
from recommendations.fast_path import credentials
from recommendations.fast_path.middleware import FastPathMiddleware, _digest, _next_request
from spotifyweb import clients, recent_listens
from spotifyweb.accounts import api_tokens
from spotifyweb.accounts.models import ApiToken, Connection, Listener
from spotifyweb.privacy import registry
from tests.recommendations import asgi
from tests.recommendations.invented_plays import track_id

URL = f"/api/v1/recommendations/{track_id(58)}"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("warehouse")]


class Counting:
    """Django, and how often it was asked."""

    def __init__(self) -> None:
        self.django, self.asked = get_asgi_application(), 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        await self.django(scope, receive, send)


@pytest.fixture
def django() -> Counting:
    return Counting()


@pytest.fixture
async def hits(django: Counting) -> AsyncIterator[FastPathMiddleware]:
    made = FastPathMiddleware(django)
    yield made
    made.close()


def with_token(user_id: str, scope: str = ApiToken.Scope.RECOMMENDATIONS) -> dict[str, str]:
    listener, _ = Listener.objects.get_or_create(
        user_id=user_id, defaults={"connection": Connection.CONNECTED}
    )
    made = api_tokens.create(listener, name="t", scopes=[scope], now=datetime.now(UTC))
    return {"Authorization": f"Bearer {made}"}


def with_session(user_id: str) -> tuple[Client, dict[str, str]]:
    listener, _ = Listener.objects.get_or_create(
        user_id=user_id, defaults={"connection": Connection.CONNECTED}
    )
    client = Client()
    client.force_login(listener)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    return client, {"Cookie": f"theme=dark; {settings.SESSION_COOKIE_NAME}={key}"}


@pytest.mark.parametrize("kind", ["token", "session"])
async def test_both_ways_give_the_same_answer(
    hits: FastPathMiddleware, django: Counting, kind: str
) -> None:
    if kind == "token":
        headers = await sync_to_async(with_token)("alice")
    else:
        headers = (await sync_to_async(with_session)("alice"))[1]
    first = await asgi.get(hits, URL, headers=headers)
    by_django = await asgi.get(django, URL, headers=headers)
    asked = django.asked
    by_hits = await asgi.get(hits, URL, headers=headers)
    assert django.asked == asked
    assert (first.status, by_django.status, by_hits.status) == (200, 200, 200)
    assert cache.MISS in first.body
    assert cache.HIT in by_hits.body
    assert by_hits.body == by_django.body
    assert by_hits.headers == by_django.headers


async def test_a_session_key_is_no_bearer_token(hits: FastPathMiddleware, django: Counting) -> None:
    _, headers = await sync_to_async(with_session)("alice")
    assert (await asgi.get(hits, URL, headers=headers)).status == 200
    learned = await sync_to_async(with_token)("bob")
    assert (await asgi.get(hits, URL, headers=learned)).status == 200
    key = headers["Cookie"].rpartition("=")[2]
    for token in (key, f"session:{key}"):
        forged = {"Authorization": f"Bearer {token}"}
        assert (await asgi.get(hits, URL, headers=forged)).status == 401


async def test_stored_bytes_are_plain_whatever_was_compressed_before(
    hits: FastPathMiddleware, django: Counting
) -> None:
    plain = {**await sync_to_async(with_token)("alice"), "Accept-Encoding": "identity"}
    browser = {**plain, "Accept-Encoding": "gzip, deflate, br, zstd"}
    compressed = await asgi.get(hits, URL, headers=browser)
    assert compressed.headers[b"Content-Encoding"] == b"gzip"
    by_django = await asgi.get(django, URL, headers=plain)
    asked = django.asked
    stored = [await asgi.get(hits, URL, headers=headers) for headers in (browser, plain)]
    assert django.asked == asked
    assert stored == [by_django, by_django]
    assert gzip.decompress(compressed.body) == by_django.body.replace(cache.HIT, cache.MISS)


async def test_a_revoked_token_is_refused_at_once(hits: FastPathMiddleware) -> None:
    headers = await sync_to_async(with_token)("alice")
    for _ in range(3):
        assert (await asgi.get(hits, URL, headers=headers)).status == 200
    await sync_to_async(lambda: ApiToken.objects.get().delete())()
    assert (await asgi.get(hits, URL, headers=headers)).status == 401


async def test_a_logged_out_session_is_refused_at_once(hits: FastPathMiddleware) -> None:
    client, headers = await sync_to_async(with_session)("alice")
    for _ in range(3):
        assert (await asgi.get(hits, URL, headers=headers)).status == 200
    await sync_to_async(client.post)("/logout/")
    assert (await asgi.get(hits, URL, headers=headers)).status in (401, 403)


@pytest.mark.parametrize("kind", ["token", "session"])
async def test_a_disallowed_listener_is_refused_at_once(
    hits: FastPathMiddleware, alice: Listener, kind: str
) -> None:
    if kind == "token":
        headers = await sync_to_async(with_token)("bob")
    else:
        headers = (await sync_to_async(with_session)("bob"))[1]
    for _ in range(3):
        assert (await asgi.get(hits, URL, headers=headers)).status == 200
    admins, _ = await sync_to_async(with_session)(alice.user_id)
    bob = await Listener.objects.aget(user_id="bob")
    form = {"action": "disallow", "_selected_action": [bob.pk]}
    await sync_to_async(admins.post)("/admin/accounts/listener/", form)
    assert (await asgi.get(hits, URL, headers=headers)).status in (401, 403)


@pytest.mark.parametrize("part", ["query", "Cookie", "Authorization"])
async def test_strangers_cannot_fill_the_memory(hits: FastPathMiddleware, part: str) -> None:
    sizes = [remembered.cache_info().currsize for remembered in (_next_request, _digest)]
    long = "sessionid=" + "x" * 10_000
    query, headers = (long, {}) if part == "query" else ("", {part: f"Bearer {long}"})
    await asgi.get(hits, URL, query=query, headers=headers)
    assert [remembered.cache_info().currsize for remembered in (_next_request, _digest)] == sizes


async def test_a_token_without_the_scope_never_gets_the_stored_bytes(
    hits: FastPathMiddleware,
) -> None:
    good = await sync_to_async(with_token)("alice")
    for _ in range(2):
        assert (await asgi.get(hits, URL, headers=good)).status == 200
    other = await sync_to_async(with_token)("alice", ApiToken.Scope.STATS)
    for _ in range(2):
        assert (await asgi.get(hits, URL, headers=other)).status == 403


async def test_nobody_gets_anothers_bytes(hits: FastPathMiddleware) -> None:
    bodies = {}
    for user_id in ("alice", "bob"):
        headers = await sync_to_async(with_token)(user_id)
        for _ in range(3):
            bodies[user_id] = (await asgi.get(hits, URL, headers=headers)).body
    assert bodies["alice"] != bodies["bob"]


async def test_both_ways_count_into_one_throttle(
    hits: FastPathMiddleware, django: Counting, monkeypatch: Any
) -> None:
    monkeypatch.setitem(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "listener", "6/day")
    headers = await sync_to_async(with_token)("alice")
    statuses = [(await asgi.get(hits, URL, headers=headers)).status for _ in range(4)]
    statuses += [(await asgi.get(django, URL, headers=headers)).status for _ in range(2)]
    assert statuses == [200] * 6
    refused = await asgi.get(hits, URL, headers=headers)
    assert refused.status == 429
    assert b"Retry-After" in refused.headers


async def test_a_miss_in_front_of_django_counts_once(
    hits: FastPathMiddleware, monkeypatch: Any
) -> None:
    monkeypatch.setitem(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "listener", "4/day")
    headers = await sync_to_async(with_token)("alice")
    addresses = [f"/api/v1/recommendations/{track_id(number)}" for number in (58, 59, 60, 61, 62)]
    answers = [await asgi.get(hits, address, headers=headers) for address in addresses]
    assert [answer.status for answer in answers] == [200] * 4 + [429]
    assert all(cache.MISS in answer.body for answer in answers[:4])


async def test_another_host_is_for_django_to_refuse(hits: FastPathMiddleware) -> None:
    headers = await sync_to_async(with_token)("alice")
    for _ in range(2):
        assert (await asgi.get(hits, URL, headers=headers)).status == 200
    wrong = await asgi.get(hits, URL, headers={**headers, "host": "evil.example"})
    assert wrong.status == 400


async def test_feedback_turns_the_stored_answer(hits: FastPathMiddleware) -> None:
    client, headers = await sync_to_async(with_session)("alice")
    for _ in range(2):
        answer = await asgi.get(hits, URL, headers=headers)
    assert cache.HIT in answer.body
    await sync_to_async(client.post)(URL + "/feedback", {"verdict": "up"})
    assert cache.MISS in (await asgi.get(hits, URL, headers=headers)).body


@pytest.mark.parametrize("query", ["", f"context={track_id(3)}"])
async def test_a_new_play_turns_the_stored_answer(hits: FastPathMiddleware, query: str) -> None:
    headers = await sync_to_async(with_token)("alice")
    for stored in (cache.MISS, cache.HIT):
        assert stored in (await asgi.get(hits, URL, query=query, headers=headers)).body
    row = {"track_id": track_id(3), "played_at": datetime.now(UTC).isoformat()}
    entry = orjson.dumps(row)
    key = recent_listens.list_key("alice")
    await sync_to_async(lambda: clients.redis_client().lpush(key, entry))()
    for stored in (cache.MISS, cache.HIT):
        assert stored in (await asgi.get(hits, URL, query=query, headers=headers)).body


async def test_a_broken_cache_means_slower_not_broken(hits: FastPathMiddleware) -> None:
    headers = await sync_to_async(with_token)("alice")
    for _ in range(2):
        assert (await asgi.get(hits, URL, headers=headers)).status == 200
    hits.close()
    away = "redis://127.0.0.1:1/0"
    with_door = clients.redis_client
    settings.REDIS_URL, kept = away, settings.REDIS_URL
    try:
        clients.redis_client.cache_clear()
        answer = await asgi.get(hits, URL, headers=headers)
    finally:
        settings.REDIS_URL = kept
        with_door.cache_clear()
    assert answer.status == 200
    assert cache.MISS in answer.body


def admitted(headers: dict[str, str]) -> str:
    """Where it is noted that this token was let in."""
    return credentials.key(credentials.token_digest(headers["Authorization"].split()[1]))


async def test_a_credential_stays_admitted_for_half_a_minute_after_django_let_it_in(
    hits: FastPathMiddleware, django: Counting
) -> None:
    """Being asked for again makes that no longer; what is gone since then is refused."""
    headers = await sync_to_async(with_token)("alice")
    for _ in range(2):
        assert (await asgi.get(hits, URL, headers=headers)).status == 200
    door: Any = clients.redis_client()
    key = admitted(headers)
    assert 0 < door.ttl(key) <= 30
    door.expire(key, 9)
    await sync_to_async(lambda: ApiToken.objects.all()._raw_delete("default"))()  # no signal
    asked = django.asked
    assert (await asgi.get(hits, URL, headers=headers)).status == 200
    assert (django.asked, door.ttl(key) <= 9) == (asked, True)
    door.delete(key)  # as it ends by itself
    for _ in range(2):
        assert (await asgi.get(hits, URL, headers=headers)).status == 401
    assert not door.exists(key)


async def test_whoever_is_forgotten_is_admitted_no_more(hits: FastPathMiddleware) -> None:
    """Bob's token and session at once, and alice's not."""
    bobs = [await sync_to_async(with_token)("bob"), (await sync_to_async(with_session)("bob"))[1]]
    alices = await sync_to_async(with_token)("alice")
    for headers in (*bobs, alices):
        assert (await asgi.get(hits, URL, headers=headers)).status == 200
    door: Any = clients.redis_client()
    assert len(door.keys(credentials.key("*"))) == 3
    await sync_to_async(registry.erase_all)("bob", None, ())
    assert door.keys(credentials.key("*")) == [admitted(alices).encode()]
