"""`spotify_calls`: calls to Spotify for one listener on a typical day, on a simulated clock.

Three hours of music in tracks of about 210 s with no page open, 21 hours of silence, over real
sockets to the sandbox whose clock jumps from poll to poll. A poll every five seconds makes 17,280.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.harness.processes import free_port
from bench.support.environment import isolated_environment

FLAT = 86_400 // 5
MORNING = datetime(2026, 5, 1, 0, tzinfo=UTC)
TRACK_MS = 210_000
DAY = (("stop", 10.0), ("play", 3.0), ("stop", 11.0))  # what the player does, for how many hours


def measure() -> Iterator[dict[str, Any]]:
    from spotifyweb.sandbox.server import BackgroundServer
    from spotifyweb.sandbox.state import SandboxState

    port = free_port()
    state = SandboxState()
    server = BackgroundServer(state, port=port)
    server.start()
    os.environ |= {
        "SPOTIFY_API_URL": f"{server.url}/v1/",
        "SPOTIFY_ACCOUNTS_URL": f"{server.url}/accounts",
    }
    try:
        with isolated_environment():
            calls = _day(server.url, state)
    finally:
        server.stop()
    yield {
        "bench": "spotify_calls",
        "value": calls,
        "unit": "calls per listener and day",
        "baseline": f"a flat poll every 5 s: {FLAT:,}",
        "ratio": round(FLAT / calls, 1),
        "goal": 8,
        "holds": calls * 8 <= FLAT,
    }


def _day(url: str, state: Any) -> int:
    from bench.harness.polled_listener import PolledListener
    from bench.harness.sandbox_client import MIRA, Sandbox

    sandbox = Sandbox(url=url, state=state)
    sandbox.clock(now=MORNING.isoformat(), speed=0)
    watch = PolledListener.begin(sandbox, MIRA)
    before: int = sum(sandbox.control("calls").values())
    queue = _tracks(sandbox)
    for do, hours in DAY:
        more = {"track_id": queue[0], "queue": queue[1:]} if do == "play" else {}
        sandbox.player(MIRA, do, **more)
        watch.poll_when_due(watch.now() + timedelta(hours=hours))
    after: int = sum(sandbox.control("calls").values())
    return after - before


def _tracks(sandbox: Any) -> list[str]:
    """More than three hours of the tracks whose length is nearest to 210 s."""
    known = sandbox.control("tracks", limit=5_000)["tracks"]
    nearest = sorted(known, key=lambda track: abs(int(track["duration_ms"]) - TRACK_MS))
    return [str(track["id"]) for track in nearest[:60]]
