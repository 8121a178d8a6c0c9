"""A listener leaves a house with a history: no byte of their id is left, in no file at all."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from confluent_kafka import Consumer, TopicPartition

from bench.harness.kafka import Kafka
from bench.harness.processes import free_port, start_valkey
from spotifyweb.sandbox.listeners.people import person
from tests.engines.s3 import SeaweedFS
from tests.engines.test_story import House

pytestmark = pytest.mark.engines

WHO, OTHER = person(0).account_id, person(1).account_id
PREFIX = "erasing."
SECOND_PASS = (
    "from datetime import timedelta; from django.utils import timezone; "
    "from spotifyweb.privacy import execution; "
    "from spotifyweb.privacy.models import ErasureRequest; "
    "execution.resume_all(clock=lambda: timezone.now() + timedelta(minutes=5)); "
    "assert ErasureRequest.objects.exclude(second_pass_at=None).count() == 1; "
)
LATER = SECOND_PASS + (
    "from ingestion import tasks; "
    "ErasureRequest.objects.update(first_pass_at=timezone.now()); tasks.transform(); "
    "assert ErasureRequest.objects.exclude(done_at=None).count() == 1; "
    "from django.db import connection; "
    "connection.cursor().execute('pragma wal_checkpoint(truncate)')"
)
A_DAY = (
    "import json; from django.utils import timezone; from spotifyweb import clients; "
    "from spotifyweb.privacy import execution, preview; "
    "from spotifyweb.accounts.models import Listener; "
    "listener, now = Listener.objects.get(user_id={who!r}), timezone.now(); "
    "day = now.date() - timezone.timedelta(days=1); "
    "found = preview.preview_period(listener, day, day, warehouse=clients.warehouse(), now=now); "
    "found.request.save(); assert found.plays > 0; "
    "execution.first_pass(found.request, clock=timezone.now); "
    "print(json.dumps([str(found.request.since), str(found.request.until)]))"
)


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    port = free_port()
    place = folder / f"leaving-{port}"
    (place / "valkey").mkdir(parents=True)
    valkey = start_valkey(place / "valkey", port)
    redis = f"redis://127.0.0.1:{port}/0"
    sqlite = f"sqlite:///{place}/db.sqlite3"
    yield House(place, REDIS_URL=redis, EVENT_LOG_URL=redis, DATABASE_URL=sqlite)
    valkey.kill()
    valkey.wait()


def holding(house: House, user_id: str) -> list[str]:
    place = Path(house.environment["DATA_DIR"])
    files = [file for file in place.rglob("*") if file.is_file()]
    return [str(file.relative_to(place)) for file in files if user_id.encode() in file.read_bytes()]


def test_no_file_holds_who_left(house: House) -> None:
    house.manage("migrate", "-v", "0")
    house.manage("simulate", "--users", "2", "--days", "3", "--seed", "1", "--json")
    house.manage("pipeline", "--json")
    assert {place.split("/")[0] for place in holding(house, WHO)} >= {"lake", "warehouse"}

    removed = house.manage("erase_listener", WHO, "--json")["removed"]
    house.manage("shell", "-v", "0", "-c", LATER)

    assert removed["stored records"] > 10
    assert holding(house, WHO) == []
    assert "warehouse" in {place.split("/")[0] for place in holding(house, OTHER)}
    plays = house.rows("select distinct user_id from silver.silver_plays")
    assert plays == [{"user_id": OTHER}]


@pytest.fixture
def company(house: House, kafka_broker: Kafka, seaweed: SeaweedFS) -> House:
    """The same house with its events in Kafka and its lake on S3."""
    house.environment |= {
        "EVENT_LOG_URL": f"kafka://{kafka_broker.bootstrap}",
        "EVENT_LOG_TOPIC_PREFIX": PREFIX,  # others count the records of the same broker
        "LAKE_URL": "s3://lake/erasing",
        **seaweed.environment,
    }
    return house


def kept(broker: Kafka) -> int:
    """How many plays and skips the broker would hand out again."""
    reader = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "sink"})
    ends = [
        reader.get_watermark_offsets(TopicPartition(topic, part), timeout=10)
        for topic in (f"{PREFIX}user_plays", f"{PREFIX}user_skips")
        for part in reader.list_topics(topic, timeout=10).topics[topic].partitions
    ]
    reader.close()
    return sum(high - low for low, high in ends)


def test_a_day_goes_from_s3_and_kafka_and_does_not_come_back(
    company: House, kafka_broker: Kafka
) -> None:
    """A day of the listener, whose zone is not UTC."""
    company.manage("prepare")
    company.manage("simulate", "--users", "2", "--days", "3", "--seed", "1", "--json")
    company.manage("pipeline", "--json")
    before = plays(company)
    assert kept(kafka_broker) > 0

    since, until = map(datetime.fromisoformat, json.loads(company.shell(A_DAY.format(who=WHO))))
    company.manage("transform", "--json")

    gone = before - plays(company)
    inside = {play for play in before if play.who == WHO and since <= play.start < play.end < until}
    assert inside and inside <= gone
    assert all(play.who == WHO and play.start < until and play.end > since for play in gone)

    assert kept(kafka_broker) == 0
    company.manage("simulate", "--users", "2", "--days", "3", "--seed", "1", "--json")
    assert company.manage("consume", "--json")["records"] > 0
    company.manage("transform", "--json")
    assert not gone & plays(company)


class Played(NamedTuple):
    who: str
    start: datetime
    end: datetime


def plays(house: House) -> set[Played]:
    def moment(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    found = house.rows("select user_id, started_at, played_at from silver.silver_plays")
    return {
        Played(row["user_id"], moment(row["started_at"]), moment(row["played_at"])) for row in found
    }
