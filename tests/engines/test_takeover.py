"""What the other host does when one is killed (-9) and nobody starts it again, and how soon."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from bench.harness.kafka import Kafka
from bench.harness.sandbox_client import ANOUK, MIRA, THEO, YUKI
from nowplaying.poll_interval import TICK_SECONDS
from nowplaying.tasks import LOCK_SECONDS
from spotifyweb.celery import lease
from spotifyweb.celery.beat import STANDBY_SECONDS
from tests.engines.cluster import Cluster, cluster
from tests.engines.hosts import Host
from tests.engines.postgres import Postgres
from tests.engines.processes import Process, beat, celery, kill, lease_holder, wait_until
from tests.engines.s3 import SeaweedFS

pytestmark = [pytest.mark.engines, pytest.mark.long, pytest.mark.faults]

LISTENERS = (MIRA, THEO, ANOUK, YUKI)
BUSY_SECONDS = 8  # until a busy machine has begun what is due
WATCHED_SECONDS = 40
SHORTEST_SECONDS = 3  # players are polled every five seconds at most, if no track ends


@pytest.fixture(scope="module")
def running(
    folder: Path, kafka_broker: Kafka, seaweed: SeaweedFS, postgres_server: Postgres
) -> Iterator[Cluster]:
    """Two hosts with a web each; the rest is started by the tests."""
    engines = (kafka_broker, seaweed, postgres_server)
    with cluster("takeover", folder, engines, kinds=("web",)) as found:
        tracks = [track["id"] for track in found.sandbox.control("tracks", limit=400)["tracks"]]
        for number, who in enumerate(LISTENERS):
            mine = tracks[number::4]
            found.sandbox.player(who, "play", track_id=mine[0], queue=mine[1:])
        found.log_in(*LISTENERS)
        yield found


def now(host: Host) -> AbstractContextManager[Process]:
    return celery(host, "worker", "-Q", "now", "--pool", "threads", "-n", "now@%h")


def test_the_player_of_a_killed_poll_is_polled_by_the_other_host(running: Cluster) -> None:
    """Once the lock of that poll has run out, with the next tick; the other players at once."""
    one, two = running.hosts
    with ExitStack() as stack:
        stack.enter_context(beat(two))
        first = stack.enter_context(now(one))
        wait_until(lambda: running.state.polled_since(0).keys() == {*LISTENERS})
        running.sandbox.fault("slow", endpoint="player", account_id=MIRA, seconds=30, count=1)
        wait_until(lambda: running.sandbox.control("faults")["faults"][0]["hits"] == 1)
        stack.enter_context(now(two))
        time.sleep(BUSY_SECONDS)
        killed_at = time.monotonic()
        kill(first)
        wait_until(lambda: running.state.polled_since(killed_at).keys() == {*LISTENERS})
        running.sandbox.control("faults", clear=True)
        polled_at = running.state.polled_since(killed_at)
        waited = {who: round(at - killed_at, 1) for who, at in polled_at.items()}
    print(f"seconds until a poll: {waited}")  # noqa: T201 -- `-s` shows them
    assert waited[MIRA] < LOCK_SECONDS + TICK_SECONDS + BUSY_SECONDS


def test_two_workers_poll_each_player_as_often_as_one_does(running: Cluster) -> None:
    one, two = running.hosts
    with ExitStack() as stack:
        for host in (one, two):
            stack.enter_context(beat(host))
            stack.enter_context(now(host))
        began = time.monotonic()
        wait_until(lambda: running.state.polled_since(began).keys() == {*LISTENERS})
        time.sleep(WATCHED_SECONDS)
    gaps = [gap for who in LISTENERS for gap in running.state.gaps(who, since=began)]
    print(f"seconds between polls: {sorted(round(gap, 1) for gap in gaps)}")  # noqa: T201
    assert len(gaps) > 10
    assert min(gaps) > SHORTEST_SECONDS


def test_another_host_ticks_once_the_lease_of_a_killed_beat_has_run_out(running: Cluster) -> None:
    one, two = running.hosts
    with ExitStack() as stack:
        beats = [stack.enter_context(beat(host)) for host in (one, two)]
        stack.enter_context(now(two))
        wait_until(lambda: lease_holder(running.redis_url) in [each.pid for each in beats])
        leader = lease_holder(running.redis_url)
        time.sleep(BUSY_SECONDS)
        killed_at = time.monotonic()
        kill(next(each for each in beats if each.pid == leader))
        wait_until(lambda: lease_holder(running.redis_url) not in (0, leader))
        ticks_at = time.monotonic()
        wait_until(lambda: bool(running.state.polled_since(ticks_at)))
        waited = ticks_at - killed_at
    print(f"seconds until another beat ticks: {waited:.1f}")  # noqa: T201
    assert waited < lease.SECONDS + STANDBY_SECONDS + BUSY_SECONDS
