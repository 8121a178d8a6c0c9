"""A Kafka for sinks: librdkafka's double, with topics of four partitions."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from confluent_kafka import Producer

from spotifyweb import clients
from spotifyweb.eventlog.kafka import KafkaLog
from spotifyweb.eventlog.kafka_properties import Cluster


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    double = Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 1, "log_level": 0})
    first = next(iter(double.list_topics(timeout=60).brokers.values()))
    yield f"{first.host}:{first.port}"
    del double


@pytest.fixture
def log(broker: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[KafkaLog]:
    prefix = f"{uuid4().hex}."
    double = Producer({"bootstrap.servers": broker, "log_level": 0})
    for topic in ("user_plays", "user_plays_dlq"):
        double.list_topics(prefix + topic, timeout=60)
    log = KafkaLog(Cluster(bootstrap=broker, topic_prefix=prefix))
    monkeypatch.setattr(clients, "event_log", lambda: log)
    yield log
    log.close()
