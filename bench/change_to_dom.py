"""`change_to_dom`: from a change in the sandbox's player to the changed page in Chromium.

Five listeners watch their pages of one whole instance, as `make run` starts it. Fifty changes: half
are tracks that end by themselves, half are skips at any moment. Our part begins when Spotify has
answered and ends with the new title in the page.
"""

import math
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis
from playwright.sync_api import Page

from bench.harness.instance import Instance
from bench.harness.sandbox_client import ANOUK, CAFE, MIRA, THEO, YUKI
from bench.support import live_page

CAST = (MIRA, THEO, ANOUK, YUKI, CAFE)
ROUNDS = 5  # of each kind, for each listener
LEAD_SECONDS = 9.0  # before its end: the poller has looked meanwhile
FLAT_P95_SECONDS = 4.75  # what a flat poll every five seconds shows at best
Times = list[tuple[float, live_page.Change]]  # when the player changed, and what came of it


def measure() -> Iterator[dict[str, Any]]:
    if not live_page.CHROMIUM:
        return
    with tempfile.TemporaryDirectory(prefix="bench-now-") as folder:
        instance = Instance(folder=Path(folder) / "instance")
        try:
            instance.start()
            natural, forced = _measure_changes(instance)
            published = _publish_seconds(instance.redis_url)
        finally:
            instance.stop()
    yield _row("natural changes", _waits(natural), FLAT_P95_SECONDS, goal=1.5)
    yield _row("forced skips", _waits(forced), FLAT_P95_SECONDS, goal=5.5)
    ours = [change.shown_at - change.answered_at for _, change in natural + forced]
    yield {
        "bench": "change_to_dom",
        "case": f"poll answered to page, {len(ours)} changes",
        "value": round(p95(ours) * 1000, 1),
        "unit": "ms, p95",
        "baseline": f"a bare PUBLISH to a subscriber: {published * 1000:.2f} ms, p95",
        "ratio": round(p95(ours) / published, 1),
        "goal": 150,
        "holds": p95(ours) < 0.150,
    }


def _measure_changes(instance: Instance) -> tuple[Times, Times]:
    dice = random.Random(4)
    tracks = _distinct_names(instance.control("tracks", limit=20 * ROUNDS * len(CAST))["tracks"])
    with live_page.browser() as chromium:
        pages = {
            account_id: live_page.open_now_page(chromium, instance, account_id)
            for account_id in CAST
        }
        queues = {account_id: tracks[number :: len(CAST)] for number, account_id in enumerate(CAST)}
        queues = {account_id: queue[: 2 * ROUNDS + 2] for account_id, queue in queues.items()}
        for account_id, queue in queues.items():
            ids = [track["id"] for track in queue]
            instance.control(
                "player", account_id=account_id, do="play", track_id=ids[0], queue=ids[1:]
            )
            live_page.wait_for_title(pages[account_id], queue[0]["name"])
        natural, forced = [], []
        for number in range(1, ROUNDS + 1):
            names = {account_id: queue[number]["name"] for account_id, queue in queues.items()}
            lengths = {
                account_id: queue[number - 1]["duration_ms"] for account_id, queue in queues.items()
            }
            natural += _end_by_themselves(instance, pages, names, lengths, dice)
        for number in range(ROUNDS + 1, 2 * ROUNDS + 1):
            names = {account_id: queue[number]["name"] for account_id, queue in queues.items()}
            forced += _skip(instance, pages, names, dice)
    return natural, forced


def _distinct_names(tracks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One of each name: the page tells them apart by it."""
    return list({track["name"]: track for track in tracks}.values())


def _end_by_themselves(
    instance: Instance,
    pages: dict[str, Page],
    names: dict[str, str],
    lengths: dict[str, int],
    dice: random.Random,
) -> Times:
    ends = {}
    for account_id, page in pages.items():
        live_page.clear_changes(page)
        time.sleep(dice.random())
        asked_at = time.time()
        position_ms = lengths[account_id] - int(LEAD_SECONDS * 1000)
        instance.control("player", account_id=account_id, do="seek", progress_ms=position_ms)
        ends[account_id] = (asked_at + time.time()) / 2 + LEAD_SECONDS
    return [
        (ends[account_id], live_page.wait_for_title(page, names[account_id]))
        for account_id, page in pages.items()
    ]


def _skip(
    instance: Instance, pages: dict[str, Page], names: dict[str, str], dice: random.Random
) -> Times:
    skipped = {}
    for account_id, page in pages.items():
        live_page.clear_changes(page)
        time.sleep(dice.random() * 2)
        skipped[account_id] = time.time()
        instance.control("player", account_id=account_id, do="skip")
    return [
        (skipped[account_id], live_page.wait_for_title(page, names[account_id]))
        for account_id, page in pages.items()
    ]


def _waits(times: Times) -> list[float]:
    return [change.shown_at - changed_at for changed_at, change in times]


def _row(case: str, waits: list[float], baseline: float, *, goal: float) -> dict[str, Any]:
    return {
        "bench": "change_to_dom",
        "case": f"{case}, {len(waits)}, median {sorted(waits)[len(waits) // 2]:.2f} s",
        "value": round(p95(waits), 3),
        "unit": "s, p95",
        "baseline": f"a flat poll every 5 s: {baseline} s, p95",
        "ratio": round(p95(waits) / baseline, 2),
        "goal": goal,
        "holds": p95(waits) < goal,
    }


def _publish_seconds(url: str) -> float:
    client = redis.Redis.from_url(url)
    with client.pubsub(ignore_subscribe_messages=True) as subscriber:  # type: ignore[no-untyped-call]
        subscriber.subscribe("bench")
        subscriber.get_message(timeout=1)
        took = []
        for _ in range(200):
            began = time.perf_counter()
            client.publish("bench", b"x" * 800)
            while subscriber.get_message(timeout=1) is None:
                pass
            took.append(time.perf_counter() - began)
    return p95(took)


def p95(values: list[float]) -> float:
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]
