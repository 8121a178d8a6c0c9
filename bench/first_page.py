"""`first_page`: the overview over 100,000 plays, against a page that reads nothing."""

from collections.abc import Iterator
from typing import Any

from bench.support import lifetime
from bench.support.environment import isolated_environment

PLAYS = 100_000
ROUNDS = 30
GOAL_MS = 100


def measure() -> Iterator[dict[str, Any]]:
    with isolated_environment():
        from spotifyweb import asgi

        page = lifetime.log_in(lifetime.warehouse(PLAYS))
        page("/export/")
        asgi.freeze_loaded_objects()  # as the server does
        empty = lifetime.p95(
            [lifetime.milliseconds(lambda: page("/export/")) for _ in range(ROUNDS)]
        )
        first = lifetime.milliseconds(lambda: page("/"))
        warm = lifetime.p95([lifetime.milliseconds(lambda: page("/")) for _ in range(ROUNDS)])
    yield {
        "bench": "first_page",
        "value": round(warm, 1),
        "unit": f"ms p95 of server time for /, {PLAYS:,} plays; {first:.0f} ms after a build",
        "baseline": f"a page of the same frame that reads nothing: {empty:.1f} ms",
        "ratio": round(warm / empty, 1),
        "goal": f"under {GOAL_MS} ms",
        "holds": warm < GOAL_MS,
    }
