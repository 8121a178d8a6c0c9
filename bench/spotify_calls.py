"""`spotify_calls`: calls to Spotify for one listener on a typical day, on a simulated clock.

Two hours of music, half an hour of them watched, 22 hours of silence, over real sockets to the
sandbox whose clock jumps from look to look. A poll every five seconds makes 17,280.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench._machine import machine
from tests.machine import free_port

FLAT = 86_400 // 5
MORNING = datetime(2026, 5, 1, 0, tzinfo=UTC)
DAY = (  # what the player does, for how many hours, whether a page is open
    ("stop", 11.0, False),
    ("play", 1.5, False),
    ("play", 0.5, True),
    ("stop", 11.0, False),
)


def measure() -> Iterator[dict[str, Any]]:
    from spotifyweb.sandbox.serving import Background
    from spotifyweb.sandbox.world import World

    port = free_port()
    world = World()
    server = Background(world, port=port)
    server.start()
    os.environ |= {
        "SPOTIFY_API_URL": f"{server.url}/v1/",
        "SPOTIFY_ACCOUNTS_URL": f"{server.url}/accounts",
    }
    try:
        with machine():
            calls = _day(server.url, world)
    finally:
        server.stop()
    yield {
        "bench": "spotify_calls",
        "value": calls,
        "unit": "calls per listener and day",
        "baseline": f"a flat poll every 5 s: {FLAT:,}",
        "ratio": round(FLAT / calls, 1),
        "goal": 12,
        "holds": calls * 12 <= FLAT,
    }


def _day(url: str, world: Any) -> int:
    from tests.nowplaying.watch import Watch
    from tests.sandbox_server import MIRA, Sandbox

    sandbox = Sandbox(url=url, world=world)
    sandbox.clock(now=MORNING.isoformat(), speed=0)
    watch = Watch.begin(sandbox, MIRA)
    before: int = sum(sandbox.control("calls").values())
    for do, hours, watched in DAY:
        sandbox.player(MIRA, do)
        watch.poll_when_due(watch.now() + timedelta(hours=hours), watched=watched)
    after: int = sum(sandbox.control("calls").values())
    return after - before
