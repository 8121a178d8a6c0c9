"""`recommendations_hit`: a stored answer through the whole stack, with token and throttle, against
the drafted design beside it. One worker each, 16 connections, the two in turns."""

import os
import shutil
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench.harness import published_models
from bench.support import plays
from bench.support.environment import isolated_environment
from bench.support.server import PRODUCT, QUIET, Load, serve, wrk

DRAFT = "bench.support.drafted_api:app"
TURNS = 3
SECONDS = 3
GOAL = 5.0


def measure() -> Iterator[dict[str, Any]]:
    if not shutil.which("wrk"):
        raise SystemExit("recommendations_hit needs wrk (Debian: apt-get install wrk)")
    os.environ["API_RATE"] = "100000000/min"  # counted, never reached
    with isolated_environment() as folder:
        path, headers = prepare(folder)
        ours, drafted = measure_load(path, headers)
    ratio = ours.per_second / drafted.per_second
    yield row(ours.per_second, "requests/s", drafted.per_second, ratio, holds=ratio >= GOAL)
    calmer = drafted.p99_ms / ours.p99_ms
    yield row(ours.p99_ms, "ms p99", drafted.p99_ms, calmer, holds=calmer >= 1, goal=1.0)


def row(
    value: float, unit: str, baseline: float, ratio: float, *, holds: bool, goal: float = GOAL
) -> dict[str, Any]:
    return {
        "bench": "recommendations_hit",
        "value": round(value, 2),
        "unit": unit,
        "baseline": f"drafted FastAPI design {baseline:.2f}",
        "ratio": round(ratio, 2),
        "goal": goal,
        "holds": holds,
    }


def prepare(folder: Path) -> tuple[str, dict[str, str]]:
    """Publish a small build; return a path with a stored answer and a listener's headers."""
    from spotifyweb.accounts import api_tokens
    from spotifyweb.accounts.models import ApiToken, Listener
    from spotifyweb.warehouse.scratch import Scratch

    with Scratch() as scratch:
        [user_id] = plays.generate(scratch, plays=3_000, listeners=1, tracks=200)
        published_models.publish(
            folder / "warehouse", "bench", scratch, [user_id], as_of=plays.AS_OF
        )
        [(track_id,)] = scratch.tuples("select track_id from activation order by 1 limit 1", [])
    token = api_tokens.create(
        Listener.objects.local(user_id),
        name="bench",
        scopes=[ApiToken.Scope.RECOMMENDATIONS],
        now=datetime.now(UTC),
    )
    return f"/api/v1/recommendations/{track_id}", {"Authorization": f"Bearer {token}"}


def measure_load(path: str, headers: dict[str, str]) -> tuple[Load, Load]:
    """Return the median load of both designs; both answer with the same document."""
    ours, drafted = [], []
    with serve(PRODUCT) as web, serve("uvicorn", DRAFT, *QUIET) as drafted_web:
        our_url, url = web.url, drafted_web.url
        store_for_the_draft(path, fetch(our_url + path, headers))
        for _ in range(TURNS):
            for warm in (fetch(our_url + path, headers), fetch(url + path, {})):
                assert b'"cache_hit":true' in warm, warm  # ours also trusts the token anew
            ours.append(wrk(our_url + path, seconds=SECONDS, headers=headers))
            drafted.append(wrk(url + path, seconds=SECONDS))
    return middle(ours), middle(drafted)


def fetch(url: str, headers: dict[str, str]) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return bytes(answer.read())


def store_for_the_draft(path: str, body: bytes) -> None:
    from spotifyweb import clients

    clients.redis_client().set("rec:" + path.rpartition("/")[2], body)


def middle(loads: list[Load]) -> Load:
    if any(load.failures for load in loads):
        raise ValueError(f"{sum(load.failures for load in loads)} answers were not 200")
    return Load(
        per_second=median(load.per_second for load in loads),
        p99_ms=median(load.p99_ms for load in loads),
        failures=0,
    )
