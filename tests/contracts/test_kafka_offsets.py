"""Offsets are asked for again while a partition passes to another broker, or has none yet.

A broker that restarts reports this, and so does a topic that was made a moment ago.
"""

from typing import Any, cast

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from spotifyweb.eventlog.kafka_client import Connector
from spotifyweb.eventlog.kafka_offsets import Offsets
from spotifyweb.eventlog.kafka_properties import Cluster

PARTITION = TopicPartition("user_plays", 0)


class Reader:
    """A consumer whose first answers are these errors."""

    def __init__(self, *errors: int) -> None:
        self.errors = list(errors)

    def get_watermark_offsets(self, *_: Any, **__: Any) -> tuple[int, int]:
        if self.errors:
            raise KafkaException(KafkaError(self.errors.pop(0)))
        return 3, 8

    def poll(self, _: float) -> None:
        """Nothing was reported."""


def watermarks(*errors: int) -> tuple[int, int]:
    cluster = Cluster(bootstrap="a:9092")
    return Offsets(cluster, Connector(cluster))._watermarks(
        cast(Consumer, Reader(*errors)), PARTITION
    )


def test_a_partition_without_a_leader_is_asked_again() -> None:
    moving = (KafkaError.LEADER_NOT_AVAILABLE, KafkaError.NOT_LEADER_FOR_PARTITION)
    assert watermarks(*moving, KafkaError._TRANSPORT) == (3, 8)


def test_a_refusal_is_raised_at_once() -> None:
    with pytest.raises(KafkaException, match="authorization"):
        watermarks(KafkaError.TOPIC_AUTHORIZATION_FAILED)
