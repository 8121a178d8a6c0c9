"""A hundred thousand events while the broker is killed three times and the sink ten times.

The lake holds each of them once, and gold equals what was sent.
"""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import Consumer

from bench.harness.kafka import Kafka
from spotifyweb import clients
from spotifyweb.lake import DATASETS
from tests.engines.postgres import Postgres
from tests.engines.s3 import SeaweedFS
from tests.engines.test_story import ROOT, UNTIL, House, records, truth

pytestmark = [pytest.mark.engines, pytest.mark.long]

USERS, DAYS = 10, 180
BROKER_KILLS = 3
SINK_KILLS = (3, 3, 4)  # the first of each while the broker is down
PREFIX = "killed."
FOLDERS = [f"killed/bronze/{dataset}/" for dataset in DATASETS.values()]


@pytest.fixture
def house(
    folder: Path, kafka_broker: Kafka, seaweed: SeaweedFS, postgres_server: Postgres
) -> House:
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute("create database killed")
    found = House(
        folder / "killed",
        DATABASE_URL=postgres_server.url.removesuffix("postgres") + "killed",
        EVENT_LOG_URL=f"kafka://{kafka_broker.bootstrap}",
        EVENT_LOG_TOPIC_PREFIX=PREFIX,
        LAKE_URL="s3://lake/killed",
        SINK_MAX_RECORDS="1000",  # so that a drain takes a while
        **seaweed.environment,
    )
    found.manage("prepare")
    return found


def objects(seaweed: SeaweedFS) -> int:
    """Count the lake's objects of events."""
    return sum(len(seaweed.keys(folder)) for folder in FOLDERS)


@contextmanager
def sink_at_work(house: House, seaweed: SeaweedFS) -> Iterator[None]:
    """A sink that has written its first object, killed at the end of the block."""
    before = objects(seaweed)
    sink = subprocess.Popen(
        [sys.executable, "manage.py", "consume"],
        cwd=ROOT,
        env=house.environment,
        stderr=subprocess.DEVNULL,
    )
    while objects(seaweed) == before and sink.poll() is None:
        time.sleep(0.02)
    yield
    assert sink.poll() is None, "it ended before it was killed"
    sink.kill()
    sink.wait()
    let_locks_expire()


def let_locks_expire() -> None:
    """Let the minute pass for which a killed sink holds its partition."""
    redis = clients.redis_client()
    for held in redis.scan_iter("lock:sink:*"):
        redis.delete(held)


def test_killed_again_and_again_each_event_arrives_once(
    house: House, kafka_broker: Kafka, seaweed: SeaweedFS
) -> None:
    chance, sent = random.Random(1), 0
    days = DAYS // BROKER_KILLS
    watcher = {"bootstrap.servers": kafka_broker.bootstrap, "group.id": "watch", "log_level": 0}
    with closing(Consumer(watcher)) as seen:
        for turn, kills in enumerate(SINK_KILLS):
            until = UNTIL - timedelta(days=(BROKER_KILLS - 1 - turn) * days)
            with ThreadPoolExecutor(1) as thread:
                produced = thread.submit(house.simulate, days=days, until=until, users=USERS)
                while records(seen, PREFIX) <= sent:
                    time.sleep(0.02)
                with sink_at_work(house, seaweed):
                    kafka_broker.stop(kill=True)
                    time.sleep(2)
                kafka_broker.start()
                for _ in range(kills - 1):
                    with sink_at_work(house, seaweed):
                        time.sleep(chance.uniform(0, 0.3))
                sent += produced.result()["events"]
    assert sent >= 100_000
    house.manage("consume")
    assert house.manage("consume", "--json")["records"] == 0
    landed = Counter(
        row["event_id"] for folder in FOLDERS for row in seaweed.rows(folder, "event_id")
    )
    assert len(landed) == landed.total() == sent
    assert house.manage("transform", "--json")["status"] == "published"
    query = "select user_id, release_track_id, plays from gold.user_releases where plays > 0"
    found = {(row["user_id"], row["release_track_id"]): row["plays"] for row in house.rows(query)}
    assert found == truth(USERS, DAYS)
