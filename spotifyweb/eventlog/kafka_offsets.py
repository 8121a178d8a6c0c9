"""Offsets of a Kafka topic: committed ones, what lies behind them, and where a replay begins."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn, TypeVar

from confluent_kafka import OFFSET_INVALID, Consumer, KafkaError, KafkaException, TopicPartition

from spotifyweb.eventlog.base import LogDropped, Start
from spotifyweb.eventlog.kafka_client import Connector
from spotifyweb.eventlog.kafka_consumer import MOMENT_SECONDS, WAIT_SECONDS, Ends
from spotifyweb.eventlog.kafka_properties import Cluster

MOVES = {  # groups and partitions pass from broker to broker, and a new topic has none yet
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
}

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Pending:
    """Of each partition: what is to be read, what was removed unread, whose offset is gone."""

    partitions: list[int] = field(default_factory=list)
    ends: Ends = field(default_factory=dict)
    lost: Ends = field(default_factory=dict)
    expired: set[int] = field(default_factory=set)


class Offsets:
    """The offsets of one group at one cluster. KafkaException goes to the caller."""

    def __init__(self, cluster: Cluster, connector: Connector) -> None:
        self._cluster, self._connector = cluster, connector

    def pending(self, reader: Consumer, topic: str, partition: int | None = None) -> Pending:
        """Return what there is to read. Raises LogDropped once for what was removed unread."""
        found = self.measure(reader, topic, partition)
        if found.lost:
            self._skip_removed(reader, topic, found.lost)
        return found

    def measure(self, reader: Consumer, topic: str, partition: int | None = None) -> Pending:
        """Return of each partition what there is to read, was removed unread, or is read again."""
        found = Pending()
        for part in self.committed(reader, topic, partition):
            found.partitions.append(part.partition)
            low, high = self._watermarks(reader, part)
            if part.offset == OFFSET_INVALID or part.offset > high:  # or the topic was made anew
                found.expired.add(part.partition)
                part.offset = low
            if part.offset < low:
                found.lost[part.partition] = (part.offset, low)
            first = max(low, part.offset)
            if first < high:
                found.ends[part.partition] = (first, high)
        return found

    def landed(self, reader: Consumer, topic: str, start: Start) -> Ends:
        """Return of each partition what was committed and is still there, from a place on."""
        committed = self.committed(reader, topic, start.partition)
        begins = _begins(reader, committed, start.at)
        ends = {}
        for part in committed:
            low, high = self._watermarks(reader, part)
            first = max(low, begins.get(part.partition, high))
            if first < part.offset <= high:
                ends[part.partition] = (first, part.offset)
        return ends

    def committed(
        self, reader: Consumer, topic: str, partition: int | None = None
    ) -> list[TopicPartition]:
        """Return the committed offset of one partition, or of each."""
        name, ask = self._cluster.topic(topic), self._connector.ask
        found = ask(
            reader, lambda seconds: reader.list_topics(name, timeout=seconds), WAIT_SECONDS
        ).topics[name]
        if found.error:
            raise KafkaException(found.error)
        numbers = [number for number in found.partitions if partition in (None, number)]
        if not numbers:
            return []
        asked = [TopicPartition(name, number) for number in numbers]
        return _retry_while_brokers_move(
            lambda: ask(
                reader, lambda seconds: reader.committed(asked, timeout=seconds), WAIT_SECONDS
            )
        )

    def _watermarks(self, reader: Consumer, part: TopicPartition) -> tuple[int, int]:
        """Return the first offset that is there, and the one behind the last."""
        return _retry_while_brokers_move(
            lambda: self._connector.ask(
                reader,
                lambda seconds: reader.get_watermark_offsets(part, timeout=seconds),
                WAIT_SECONDS,
            )
        )

    def _skip_removed(self, reader: Consumer, topic: str, lost: Ends) -> NoReturn:
        """Commit past what was removed. Raises LogDropped; the next drain begins behind it."""
        name = self._cluster.topic(topic)
        commit(reader, [TopicPartition(name, part, low) for part, (_, low) in lost.items()])
        count = sum(low - first for first, low in lost.values())
        raise LogDropped(
            f"Kafka removed {count:,} events of {topic} before they were read, so they are lost."
            " Run the sink more often than the topic's retention, or raise the retention",
            dropped=count,
        )


def commit(reader: Consumer, offsets: list[TopicPartition]) -> None:
    """Commit these offsets. Raises KafkaException."""
    for answer in _retry_while_brokers_move(
        lambda: reader.commit(offsets=offsets, asynchronous=False)
    ):
        if answer.error:
            raise KafkaException(answer.error)


def _begins(
    reader: Consumer, parts: Sequence[TopicPartition], at: datetime | int
) -> dict[int, int]:
    """Return the first offset of each partition from there on; none where nothing follows."""
    if isinstance(at, int):
        return {part.partition: at for part in parts}
    moment = int(at.timestamp() * 1000)
    asked = [TopicPartition(part.topic, part.partition, moment) for part in parts]
    found = _retry_while_brokers_move(lambda: _offsets_for_times(reader, asked)) if asked else []
    return {part.partition: part.offset for part in found if part.offset >= 0}


def _offsets_for_times(reader: Consumer, asked: list[TopicPartition]) -> list[TopicPartition]:
    found = reader.offsets_for_times(asked, timeout=WAIT_SECONDS)
    for part in found:
        if part.error:
            raise KafkaException(part.error)
    return found


def _retry_while_brokers_move(call: Callable[[], Answer]) -> Answer:
    """Repeat the call until the broker that has the answer gives it, for at most WAIT_SECONDS."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return call()
        except KafkaException as error:
            if error.args[0].code() not in MOVES or time.monotonic() > deadline:
                raise
            time.sleep(MOMENT_SECONDS)
