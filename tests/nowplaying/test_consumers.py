"""Sockets through the whole ASGI application: who hears what, and when a socket ends."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth import logout
from django.http import HttpRequest
from django.utils import timezone

from nowplaying import live_pages
from nowplaying.consumers import GONE, NOT_LOGGED_IN, TOO_OFTEN
from nowplaying.models import Playback
from spotifyweb import clients, middleware, signals
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.lake import Suppression
from spotifyweb.privacy import erasure_requests, registry
from tests.nowplaying.sockets import Socket
from tests.support.login import session_of

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Awaitable[Socket]]


def push(somebody: Listener, name: str) -> None:
    playback, _ = Playback.objects.get_or_create(
        listener=somebody, defaults={"due_at": timezone.now()}
    )
    playback.kind, playback.is_playing = "track", True
    playback.item = {"track_id": name, "track_name": name, "content_type": "track"}
    playback.started_at = playback.observed_at = timezone.now()
    playback.save()
    live_pages.push_state(playback, now=timezone.now())


async def heard(socket: Socket) -> str:
    """The title of the next state."""
    message = await socket.heard()
    assert message["type"] == "state"
    return str(message["state"]["title"])


@pytest.fixture
async def enter() -> AsyncIterator[Open]:
    from spotifyweb.asgi import application  # it makes the middleware, so after the settings

    opened = []

    async def open_socket(
        somebody: Listener | None, *, origin: str = "http://127.0.0.1", session: str = ""
    ) -> Socket:
        if somebody and not session:
            session = await sync_to_async(session_of)(somebody)
        headers = [(b"origin", origin.encode()), (b"host", b"127.0.0.1")]
        headers.append((b"cookie", f"sessionid={session}".encode()))
        socket = Socket(application, "/ws/now/", headers)
        opened.append(socket)
        return socket

    yield open_socket
    for socket in opened:
        await socket.disconnect()
    await get_channel_layer().flush()


async def test_the_state_comes_at_once_and_then_each_change(enter: Open, alice: Listener) -> None:
    await sync_to_async(push)(alice, "before")
    socket = await enter(alice)
    assert await socket.connect()
    assert await heard(socket) == "before"
    await sync_to_async(push)(alice, "after")
    assert await heard(socket) == "after"


async def test_every_tab_gets_a_change_and_another_listener_gets_nothing(
    enter: Open, alice: Listener, charlie: Listener
) -> None:
    tabs = [await enter(alice), await enter(alice)]
    charlies = await enter(charlie)
    for socket in (*tabs, charlies):
        await socket.connect()
        assert await heard(socket) == "Nothing is playing"
    await sync_to_async(push)(alice, "hers")
    assert [await heard(tab) for tab in tabs] == ["hers", "hers"]
    assert await charlies.hears_nothing()


async def test_a_socket_without_a_session_is_closed_with_the_code_for_the_login(
    enter: Open,
) -> None:
    socket = await enter(None)
    await socket.connect()
    await socket.say("alive")  # a page that has not heard of it yet
    assert await socket.closed() == NOT_LOGGED_IN
    assert await socket.hears_nothing()
    assert not socket.future.done() or socket.future.exception() is None


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "http://127.0.0.1:9999",  # whatever else this machine serves
        "https://127.0.0.1",
        "http://localhost",
    ],
)
async def test_another_site_cannot_open_a_listeners_socket(
    enter: Open, alice: Listener, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe = "channels_redis.pubsub.RedisSingleShardConnection.subscribe"
    monkeypatch.setattr(subscribe, None)  # Redis hears nothing of strangers
    socket = await enter(alice, origin=origin)
    assert not await socket.connect()


@pytest.mark.parametrize(
    ("scheme", "host", "origin"),
    [
        ("ws", "127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("ws", "LOCALHOST:80", "http://localhost"),
        ("wss", "[::1]:443", "https://[::1]"),
        ("ws", "127.0.0.1:9", "https://music.example.org"),  # behind a proxy that renames the host
    ],
)
def test_the_origin_of_this_very_site_is_known(
    settings: Any, scheme: str, host: str, origin: str
) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://music.example.org"]
    headers = [(b"host", host.encode()), (b"origin", origin.encode())]
    assert middleware.is_same_origin({"scheme": scheme, "headers": headers})


def test_a_host_that_was_rebound_to_this_machine_is_not_this_site() -> None:
    headers = [(b"host", b"evil.example"), (b"origin", b"http://evil.example")]
    assert not middleware.is_same_origin({"scheme": "ws", "headers": headers})


async def test_a_socket_at_an_unknown_address_is_closed_without_a_word(
    caplog: pytest.LogCaptureFixture,
) -> None:
    from spotifyweb.asgi import application

    headers = [(b"origin", b"http://127.0.0.1"), (b"host", b"127.0.0.1")]
    socket = Socket(application, "/ws/nothing/here/", headers)
    assert not await socket.connect()
    await socket.send_input({"type": "websocket.disconnect", "code": 1006})  # type: ignore[no-untyped-call]
    await socket.wait(timeout=60)  # type: ignore[no-untyped-call]  # raises what the application raised
    assert not caplog.records


async def test_a_listener_opens_so_many_sockets_in_a_minute(
    enter: Open, alice: Listener, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "socket": "1/hour"}
    first, second = await enter(alice), await enter(alice)
    await first.connect()
    await second.connect()
    assert (await first.heard())["type"] == "state"
    assert await second.closed() == TOO_OFTEN


async def test_logging_out_ends_that_browsers_sockets_only(enter: Open, alice: Listener) -> None:
    session, other = [await sync_to_async(session_of)(alice) for _ in range(2)]
    here, there = await enter(alice, session=session), await enter(alice, session=other)
    for socket in (here, there):
        await socket.connect()
        await heard(socket)
    await sync_to_async(log_out)(alice, session)
    assert await here.closed() == GONE
    assert await there.hears_nothing()


def log_out(somebody: Listener, session: str) -> None:
    from django.contrib.sessions.backends.cached_db import SessionStore

    request = HttpRequest()
    request.session = SessionStore(session)
    request.user = somebody
    logout(request)


async def test_disconnecting_spotify_ends_all_sockets_at_once_whatever_is_kept(
    enter: Open, alice: Listener
) -> None:
    await sync_to_async(push)(alice, "hers")
    socket = await enter(alice)
    await socket.connect()
    await heard(socket)
    await sync_to_async(erasure_requests.close_account)(
        alice, erasure_requests.Retention.KEEP, now=timezone.now()
    )
    told = (await socket.heard())["state"]
    assert (told["title"], told["trouble"]) == ("Nothing is playing", "disconnected")
    assert await socket.closed() == GONE


async def test_erasing_a_part_shows_what_is_left_and_ends_no_socket(
    enter: Open, alice: Listener
) -> None:
    await sync_to_async(push)(alice, "erased")
    socket = await enter(alice)
    await socket.connect()
    assert await heard(socket) == "erased"
    erased = Suppression(user_id=alice.user_id, source="player")
    await sync_to_async(registry.erase_part)(alice, erased)
    assert await heard(socket) == "Nothing is playing"
    await sync_to_async(push)(alice, "after")
    assert await heard(socket) == "after"


async def test_a_sign_of_life_brings_what_was_missed(
    enter: Open, alice: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nowplaying.consumers.CHATTY_SECONDS", 0)
    socket = await enter(alice)
    await socket.connect()
    await heard(socket)
    await Listener.objects.filter(pk=alice.pk).aupdate(connection=Connection.NEEDS_LOGIN)
    await socket.say("alive")
    message = await socket.heard()
    assert message["state"]["trouble"] == "needs_login"
    await Listener.objects.filter(pk=alice.pk).aupdate(is_active=False)
    await socket.say("alive")
    assert await socket.closed() == GONE


async def test_whatever_a_page_says_does_no_harm_and_is_not_answered_in_a_hurry(
    enter: Open, alice: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nowplaying.consumers.CHATTY_SECONDS", 3600)
    socket = await enter(alice)
    await socket.connect()
    await heard(socket)
    for nonsense in ("{", '{"type": "pages.close"}', "x" * 10_000):
        await socket.say(nonsense)
    assert await socket.hears_nothing()


async def test_an_open_page_renews_its_listeners_presence(enter: Open, alice: Listener) -> None:
    socket = await enter(alice)
    await socket.connect()
    await heard(socket)
    await sync_to_async(push)(alice, "sent after the mark")
    await heard(socket)
    assert live_pages.is_watched(clients.redis_client(), alice.pk)


async def test_a_published_build_reaches_every_page_also_one_that_was_away(
    enter: Open, alice: Listener, bob: Listener
) -> None:
    sockets = [await enter(alice), await enter(bob)]
    for socket in sockets:
        await socket.connect()
        await heard(socket)
    await sync_to_async(signals.build_published.send)(sender=object, build_id="b1")
    for socket in sockets:
        assert await socket.heard() == {"type": "build", "build_id": "b1"}
    away = await enter(alice)
    await away.connect()
    assert (await away.heard())["state"]["build_id"] == "b1"
