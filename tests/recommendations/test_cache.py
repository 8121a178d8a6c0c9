"""One computation per key, an hour long, and none lost without Redis."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recommendations import cache
from spotifyweb import clients


def test_a_stampede_computes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for patience in ("WAIT_SECONDS", "LOCK_SECONDS"):
        monkeypatch.setattr(cache, patience, 600)
    computed, ready = [], threading.Barrier(12)

    def slow() -> bytes:
        computed.append(1)
        time.sleep(0.3)
        return b"answer"

    def ask(_: int) -> tuple[bytes, bool]:
        ready.wait()
        return cache.get_or_compute("rec:k", slow)

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, range(12)))
    assert len(computed) == 1
    assert {body for body, _ in answers} == {b"answer"}
    assert sum(hit for _, hit in answers) == 11


def test_who_waits_too_long_computes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "WAIT_SECONDS", 0.1)
    clients.redis_client().set("rec:k:lock", b"somebody who died", px=5000)
    assert cache.get_or_compute("rec:k", lambda: b"mine") == (b"mine", False)


def test_a_failed_computation_leaves_no_lock() -> None:
    def fails() -> bytes:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        cache.get_or_compute("rec:k", fails)
    assert clients.redis_client().keys("rec:*") == []
    assert cache.get_or_compute("rec:k", lambda: b"b") == (b"b", False)


def test_an_answer_lasts_an_hour() -> None:
    cache.get_or_compute("rec:k", lambda: b"b")
    assert 3000 < int(str(clients.redis_client().ttl("rec:k"))) <= 3600


def test_without_redis_every_answer_is_computed_and_none_waits_for_it(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("redis.retry.sleep", slept.append)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    away = clients.redis_client.__wrapped__()
    for _ in range(2):
        assert cache.get_or_compute("k", lambda: b"computed", cache=away) == (b"computed", False)
    assert slept
    assert sum(slept) < 1


def test_nothing_is_left_of_a_listener_who_is_gone() -> None:
    for user_id in ("alice", "bob"):
        cache.get_or_compute(cache.answer_key("next", user_id, "t"), lambda: b"b")
        cache.invalidate(user_id)
    cache.erase("alice")
    left = list(clients.redis_client().scan_iter("rec:*"))
    assert len(left) == 2
    assert all(key.startswith(cache.prefix("bob").encode()) for key in left)


def test_no_key_names_a_listener() -> None:
    assert "alice" not in cache.answer_key("next", "alice", "t") + cache.generation_key("alice")


def test_an_answer_that_rests_on_something_else_is_a_miss() -> None:
    old, new = cache.version_stamp(b"1"), cache.version_stamp(b"2")
    cache.get_or_compute("rec:k", lambda: b"old", stamp=old)
    assert cache.get_or_compute("rec:k", lambda: b"new", stamp=new) == (
        b"new",
        False,
    )
    assert cache.get_or_compute("rec:k", lambda: b"no", stamp=new) == (b"new", True)


def test_counts_of_a_day_leave_out_what_came_before() -> None:
    client, now = clients.redis_client(), datetime.now(UTC)
    assert cache.day_counts(now=now) == cache.DayCounts(hits=0, misses=0)
    client.mset({cache.HITS: 70, cache.MISSES: 30})  # of the days before

    for _ in range(4):
        cache.get_or_compute("rec:k", lambda: b"answer")

    counts = cache.day_counts(now=now)
    assert counts == cache.DayCounts(hits=3, misses=1)
    assert counts.hit_rate == 0.75
    assert cache.day_counts(now=now + timedelta(hours=25)) == cache.DayCounts(hits=0, misses=0)


def test_keys_of_former_versions_are_deleted_once_and_nothing_else() -> None:
    client = clients.redis_client()
    client.set("recommendations:0123456789abcdef:turn", 7)  # without an end
    client.set("recommendations:0123456789abcdef:answer", b"old", ex=3600)
    client.set(cache.generation_key("alice"), 3)
    client.set(cache.HITS, 5)
    assert cache.delete_former_keys() == 2
    assert client.keys("recommendations:*") == []
    assert client.get(cache.generation_key("alice")) == b"3"
    assert client.get(cache.HITS) == b"5"
    assert cache.delete_former_keys() == 0
