"""The master of Valkey is killed or demoted and another takes over: all that uses it goes on.

A demoted one keeps its clients and refuses their writes (redis-py 435, celery 7946).
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from celery import Celery
from channels_redis.pubsub import RedisPubSubChannelLayer

from bench.harness.instance import ROOT
from bench.harness.processes import PATIENCE_SECONDS, free_port
from recommendations.fast_path.redis_pipeline import RedisPipeline
from spotifyweb.eventlog import LogError
from spotifyweb.eventlog.redis_streams import RedisStreamsLog
from spotifyweb.lake import LocalLake
from spotifyweb.monitoring import connection_hints
from spotifyweb.valkey import address
from spotifyweb.valkey.cache import FailOpenRedisCache
from tests.faults.draining import plays
from tests.support.lake_rows import append_events, event_ids
from tests.support.sentinels import Group

pytestmark = [pytest.mark.faults, pytest.mark.long]
either_way = pytest.mark.parametrize("lose_master", [Group.kill_master, Group.demote_master])


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Group]:
    found = Group(tmp_path_factory.mktemp("sentinels"))
    try:
        found.start()
        yield found
    finally:
        found.stop()


@pytest.fixture
def healed(group: Group) -> Iterator[Group]:
    """A group with both of its servers, also for the next test."""
    yield group
    group.start_again()


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def retried(call: Callable[[], object]) -> None:
    """Repeat what may fail while nobody is the master."""

    def works() -> bool:
        try:
            call()
        except (redis.RedisError, LogError):
            return False
        return True

    wait_until(works)


@pytest.fixture
def worker(group: Group, tmp_path: Path) -> Iterator[Path]:
    """A worker whose cache, locks, broker and event log are the Sentinels' master."""
    environment = os.environ | {"REDIS_URL": group.url, "DATA_DIR": str(tmp_path)}
    environment["DATABASE_URL"] = f"sqlite:///{tmp_path}/db.sqlite3"
    python = {"cwd": ROOT, "env": environment}
    subprocess.run([sys.executable, "manage.py", "prepare"], check=True, **python)  # type: ignore[call-overload]
    celery = [sys.executable, "-m", "celery", "-q", "-A", "spotifyweb", "worker"]
    command = [*celery, "-Q", "ingest", "--pool", "threads", "--loglevel", "WARNING"]
    process = subprocess.Popen(command, **python)  # type: ignore[call-overload]
    yield tmp_path / "lake"
    ended = process.poll()
    process.kill()
    process.wait()
    assert ended is None, "the worker lives"


@either_way
def test_a_worker_lands_events_before_and_after_a_failover(
    healed: Group, worker: Path, lose_master: Callable[[Group], int]
) -> None:
    broker = address.Broker.of(healed.url)
    app = Celery("tests", broker=broker.url, set_as_current=False)
    app.conf.broker_transport_options = broker.transport_options
    log, lake, sent = RedisStreamsLog.from_url(healed.url), LocalLake(worker), plays(40)

    def land(number: int) -> None:
        retried(lambda: append_events(sent[number : number + 20], log))
        log.sync()
        task = {"kwargs": {"at_once": True}, "queue": "ingest"}
        app.send_task("ingestion.consume_all", **task)
        wanted = {play.event_id for play in sent[: number + 20]}
        wait_until(lambda: set(event_ids(lake, "plays")) >= wanted)

    land(0)
    lose_master(healed)
    land(20)
    assert sorted(event_ids(lake, "plays")) == sorted(play.event_id for play in sent)


@either_way
async def test_channels_and_stored_answers_go_on(
    healed: Group, lose_master: Callable[[Group], int]
) -> None:
    layer = RedisPubSubChannelLayer(hosts=[address.channel_host(healed.url)])
    pipeline = RedisPipeline(healed.url)
    channel = await layer.new_channel()
    await layer.group_add("players", channel)
    await layer.group_send("players", {"type": "before"})
    assert await layer.receive(channel) == {"type": "before"}
    await pipeline.execute(("PING",))

    await asyncio.to_thread(lose_master, healed)

    received = asyncio.ensure_future(layer.receive(channel))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not received.done():
            try:
                await layer.group_send("players", {"type": "after"})
                await asyncio.wait([received], timeout=0.2)
            except redis.RedisError:
                await asyncio.sleep(0.1)
        assert received.result() == {"type": "after"}
        while True:
            try:
                assert await pipeline.execute(("PING",)) in ([b"PONG"], ["PONG"])
                break
            except (redis.RedisError, OSError):
                await asyncio.sleep(0.1)
    pipeline.close()
    [shard] = layer._get_layer()._shards
    known = shard._redis.connection_pool.sentinel_manager.sentinels
    await layer.flush()
    for sentinel in known:  # redis-py closes them from 8.1 on
        await sentinel.aclose()


@either_way
def test_the_cache_goes_on_and_is_empty_meanwhile(
    healed: Group, lose_master: Callable[[Group], int]
) -> None:
    cache = FailOpenRedisCache([healed.url], {})
    cache.set("mira", 1)
    assert cache.get("mira") == 1
    lose_master(healed)

    def answers() -> bool:
        cache.set("mira", 2)
        return bool(cache.get("mira") == 2)

    wait_until(answers)


def test_what_is_wrong_in_the_address_has_its_cure(group: Group) -> None:
    address.client(group.url).ping()
    nobody = f"127.0.0.1:{free_port()}"
    for wrong, cure in {
        group.url.replace("mymaster", "another"): "the name of the master",
        group.url.replace("=watch", "=wrong-secret"): "sentinel_password",
        group.url.replace(":right@", ":wrong-secret@"): "user and password in REDIS_URL",
        f"redis+sentinel://{nobody}/mymaster": "the hosts of the Sentinels",
    }.items():
        with pytest.raises(redis.RedisError) as caught:
            address.client(wrong).info("cluster")
        told = f"{caught.value} -> {connection_hints.hint(caught.value)}"
        print(told)  # noqa: T201 -- `-s` shows them
        assert cure in told and "wrong-secret" not in told
