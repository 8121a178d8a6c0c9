"""The whole way on real engines: Kafka, S3, Postgres; DuckDB and Snowflake's double behind it.

Ten thousand events, the broker restarted once in their middle: gold equals what was sent.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from bench.harness.kafka import Kafka
from spotifyweb.events import TOPICS
from spotifyweb.sandbox.listeners import habits
from spotifyweb.sandbox.listeners.people import person
from tests.engines.postgres import Postgres
from tests.engines.s3 import SeaweedFS
from tests.support.machine import SECRETS

pytestmark = pytest.mark.engines

ROOT = Path(__file__).parents[2]
USERS, DAYS, SEED = 5, 20, 7
UNTIL = datetime(2026, 6, 1, 12, tzinfo=UTC)
HALF = UNTIL - timedelta(days=DAYS // 2)


class House:
    """`manage.py` with the environment of a company."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.environment = os.environ | SECRETS | {"DATA_DIR": str(folder)} | environment

    def manage(self, *command: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stderr[-3000:]}"
        return json.loads(done.stdout) if "--json" in command else {}

    def simulate(self, *, days: int, until: datetime, users: int = USERS) -> dict[str, Any]:
        window = ["--days", str(days), "--until", until.isoformat()]
        return self.manage(
            "simulate", "--users", str(users), "--seed", str(SEED), *window, "--json"
        )

    def rows(self, sql: str) -> list[dict[str, Any]]:
        code = f"import json; print(json.dumps(clients.warehouse().rows({sql!r}), default=str))"
        answer = self.shell(f"from spotifyweb import clients; {code}")
        found: list[dict[str, Any]] = json.loads(answer.strip().splitlines()[-1])
        return found

    def shell(self, code: str) -> str:
        """Return what the code prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout


def restart(broker: Kafka, *, after: int) -> None:
    """Down for three seconds while somebody produces: when so many records are there."""
    with closing(Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "watch"})) as reader:
        while records(reader) <= after:
            time.sleep(0.05)
    broker.stop()
    time.sleep(3)
    broker.start()


def records(reader: Consumer, prefix: str = "") -> int:
    """How many records the topics have now."""
    found, topics = reader.list_topics(timeout=60).topics, [f"{prefix}{topic}" for topic in TOPICS]
    parts = [TopicPartition(topic, part) for topic in topics for part in found[topic].partitions]
    return sum(reader.get_watermark_offsets(part, timeout=60)[1] for part in parts)


def truth(users: int = USERS, days: int = DAYS) -> Counter[tuple[str, str]]:
    """Plays by listener and track or episode, straight from the generator."""
    found: Counter[tuple[str, str]] = Counter()
    for one in map(person, range(users)):
        music, spoken = habits.history(one, UNTIL - timedelta(days=days), UNTIL, seed=SEED)
        found.update((one.account_id, play.track.track_id) for play in music if play.is_play)
        found.update((one.account_id, play.episode.episode_id) for play in spoken if play.is_play)
    return found


@pytest.fixture(scope="module")
def landed(
    folder: Path, kafka_broker: Kafka, seaweed: SeaweedFS, postgres_server: Postgres
) -> dict[str, str]:
    """Events produced in two halves around a restart of the broker, and landed on S3."""
    environment = {
        "DATABASE_URL": postgres_server.url,
        "EVENT_LOG_URL": f"kafka://{kafka_broker.bootstrap}",
        "LAKE_URL": "s3://lake/house",
        **seaweed.environment,
    }
    house = House(folder / "house", **environment)
    house.manage("prepare")
    first = house.simulate(days=DAYS // 2, until=HALF)
    restarting = threading.Thread(
        target=restart, args=(kafka_broker,), kwargs={"after": first["events"]}
    )
    restarting.start()
    _simulate_around_a_restart(house)
    restarting.join()
    with closing(
        Consumer({"bootstrap.servers": kafka_broker.bootstrap, "group.id": "watch"})
    ) as it:
        sent = records(it)
    assert sent >= 10_000
    consumed = house.manage("consume", "--json")
    assert (consumed["records"], consumed["rejects"]) == (sent, 0)
    return environment


def _simulate_around_a_restart(house: House) -> None:
    """Send the second half, once more where a busy machine starts its broker too late for it."""
    try:
        house.simulate(days=DAYS // 2, until=UNTIL)
    except AssertionError as error:
        assert "could not reach Kafka" in str(error)
        house.simulate(days=DAYS // 2, until=UNTIL)


@pytest.mark.parametrize("engine", ["duckdb", "snowflake"])
def test_gold_equals_what_was_sent(
    engine: str, landed: dict[str, str], folder: Path, request: pytest.FixtureRequest
) -> None:
    environment = dict(landed)
    if engine == "snowflake":
        environment["WAREHOUSE_URL"] = request.getfixturevalue("fake_snowflake")
    house = House(folder / "house", **environment)
    outcome = house.manage("transform", "--json")
    assert outcome["status"] == "published"
    sent = truth()
    found = house.rows(
        "select user_id, release_track_id, plays from gold.user_releases where plays > 0"
    )
    assert {(row["user_id"], row["release_track_id"]): row["plays"] for row in found} == sent
    songs = house.rows("select user_id, plays from gold.user_tracks where plays > 0")
    assert len(songs) <= len(sent)  # several ids of one recording count together
    assert sum(row["plays"] for row in songs) == sent.total()


def test_consuming_again_finds_nothing(landed: dict[str, str], folder: Path) -> None:
    assert House(folder / "house", **landed).manage("consume", "--json")["records"] == 0
