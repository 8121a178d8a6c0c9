"""`sockets`: a thousand open pages on one web process: memory of each, and messages a second.

Two hundred listeners with five tabs each, real sockets through uvicorn, sessions, origin check and
the channel layer in Valkey. The baseline is a bare application under the same server that only
holds its sockets and sends to all of them in a loop, with messages of the same size.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import websockets

from bench.support import server
from bench.support.environment import isolated_environment

LISTENERS, TABS, ROUNDS = 200, 5, 5
SOCKETS = LISTENERS * TABS
TOGETHER = 20  # sockets that open at the same time
GOAL_KB, GOAL_RATE = 100, 500  # a thousand pages in 100 MB
BARE = "bench.support.bare_socket:application"
Push = Callable[[list[Any], int], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    kb_per_socket: float
    messages_per_second: float


def measure() -> Iterator[dict[str, Any]]:
    with isolated_environment():
        cookies = _cookies()
        with server.serve(server.PRODUCT) as web:
            ours = asyncio.run(_hold(web, "/ws/now/", cookies, _push_all))
        with server.serve("uvicorn", BARE, *server.QUIET) as web:
            bare = asyncio.run(_hold(web, "/", [""] * SOCKETS, _say_to_all))
    yield _row("memory of an open socket", "kB", ours.kb_per_socket, bare.kb_per_socket, GOAL_KB)
    yield _row(
        "messages to pages",
        "1/s",
        ours.messages_per_second,
        bare.messages_per_second,
        GOAL_RATE,
        more_is_better=True,
    )


def _cookies() -> list[str]:
    """One session per listener, used by all of their tabs."""
    from django.conf import settings
    from django.test import Client

    from spotifyweb.accounts.models import Connection, Listener

    settings.ALLOWED_HOSTS.append("testserver")
    cookies = []
    for number in range(LISTENERS):
        client = Client()
        listener = Listener.objects.create(
            user_id=f"u{number}", display_name=f"U{number}", connection=Connection.CONNECTED
        )
        client.force_login(listener)
        cookies += [f"sessionid={client.cookies['sessionid'].value}"] * TABS
    return cookies


async def _hold(web: server.Server, path: str, cookies: list[str], push: Push) -> Held:
    url = f"ws://127.0.0.1:{web.port}{path}"
    warm = [await _open(url, cookies[0]) for _ in range(TOGETHER)]
    before_kb = _resident_kb(web.pid)
    sockets = []
    for start in range(0, SOCKETS, TOGETHER):
        some = cookies[start : start + TOGETHER]
        sockets += await asyncio.gather(*[_open(url, cookie) for cookie in some])
    per_socket_kb = (_resident_kb(web.pid) - before_kb) / SOCKETS
    for connection in warm:
        await connection.close()
    seconds = await _seconds(sockets, push)
    await asyncio.gather(*[connection.close() for connection in sockets])
    return Held(
        kb_per_socket=round(per_socket_kb, 1),
        messages_per_second=round(SOCKETS * ROUNDS / seconds),
    )


async def _open(url: str, cookie: str) -> Any:
    """Open a socket and wait for its first state, where it gets one."""
    page = await websockets.connect(
        url,
        additional_headers={"Cookie": cookie},
        origin=url.replace("ws:", "http:").partition("/ws/")[0],  # type: ignore[arg-type]
        open_timeout=30,
    )
    if cookie:
        await page.recv()
    return page


async def _seconds(sockets: list[Any], push: Push) -> float:
    async def read(page: Any) -> None:
        for _ in range(ROUNDS):
            await asyncio.wait_for(page.recv(), 120)

    began = time.perf_counter()
    readers = [asyncio.create_task(read(connection)) for connection in sockets]
    for number in range(ROUNDS):
        await push(sockets, number)
    await asyncio.gather(*readers)
    return time.perf_counter() - began


async def _push_all(_: list[Any], number: int) -> None:
    """Send each listener a changed track, as the poller does."""
    from channels.layers import get_channel_layer

    layer = get_channel_layer()
    for group, state in await asyncio.to_thread(_states, number):
        await layer.group_send(group, {"type": "playback.state", "state": state})


def _states(number: int) -> list[tuple[str, dict[str, Any]]]:
    from django.utils import timezone

    from nowplaying import live_pages, state_payload
    from nowplaying.models import Playback
    from spotifyweb.accounts.models import Listener

    now = timezone.now()
    item = {"track_id": str(number), "track_name": "A song", "duration_ms": 1, "url": "x" * 60}
    return [
        (
            live_pages.group_of(listener.pk),
            state_payload.state_of(
                Playback(listener=listener, kind="track", item=item, observed_at=now, due_at=now),
                now=now,
            ),
        )
        for listener in Listener.objects.all()
    ]


async def _say_to_all(sockets: list[Any], _: int) -> None:
    await sockets[0].send("x" * 900)


def _resident_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def _row(
    case: str,
    unit: str,
    value: float,
    bare: float,
    goal: float,
    *,
    more_is_better: bool = False,
) -> dict[str, Any]:
    return {
        "bench": "sockets",
        "case": f"{case}, {SOCKETS} open",
        "value": value,
        "unit": unit,
        "baseline": f"a bare application under the same server: {bare}",
        "ratio": round(value / bare, 2) if bare else None,
        "goal": goal,
        "holds": value >= goal if more_is_better else value <= goal,
    }
