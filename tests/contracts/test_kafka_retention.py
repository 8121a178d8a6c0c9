"""Until when Kafka may hold a record that no erasure removed."""

import os
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from confluent_kafka import Producer

from spotifyweb.eventlog import kafka_retention
from spotifyweb.eventlog.kafka import KafkaLog
from spotifyweb.eventlog.kafka_properties import Cluster
from spotifyweb.eventlog.kafka_retention import SEGMENT


@pytest.fixture(scope="module")
def bootstrap() -> Iterator[str]:
    """The broker at TEST_KAFKA_BOOTSTRAP, else the double, which tells no properties."""
    if given := os.environ.get("TEST_KAFKA_BOOTSTRAP"):
        yield given
        return
    double = Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 1, "log_level": 0})
    broker = next(iter(double.list_topics(timeout=60).brokers.values()))
    yield f"{broker.host}:{broker.port}"
    del double


@pytest.fixture(autouse=True)
def wait_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a second for the double, which never answers, not half a minute."""
    if "TEST_KAFKA_BOOTSTRAP" not in os.environ:
        monkeypatch.setattr(kafka_retention, "WAIT_SECONDS", 1.0)


def test_it_is_the_topic_s_retention_and_the_time_until_a_segment_is_closed(
    bootstrap: str,
) -> None:
    name = f"t-{uuid4().hex}"
    made = KafkaLog(Cluster(bootstrap=bootstrap, retention_days=7))
    if "TEST_KAFKA_BOOTSTRAP" in os.environ:
        made.create_topics([name, f"{name}_dlq"])
    later = KafkaLog(Cluster(bootstrap=bootstrap, retention_days=7))
    assert later.retention(name) == timedelta(days=7) + SEGMENT
    assert later.retention(f"{name}_dlq") == timedelta(days=4) + SEGMENT
    made.close()
    later.close()


def test_nothing_is_cut_off_that_others_may_not_have_read(bootstrap: str) -> None:
    shared = KafkaLog(Cluster(bootstrap=bootstrap, is_shared=True, retention_days=4))
    assert not shared.truncate_committed("user_plays")
    shared.close()
