"""The event log on Kafka: an idempotent producer, and a reader that joins no group.

The sink holds a lock, so it shares partitions with nobody: it assigns all of them to itself from
the committed offsets and drains to the high watermark. Joining a group would cost seconds.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from confluent_kafka import (
    OFFSET_INVALID,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from spotifyweb.eventlog import kafka_consumer
from spotifyweb.eventlog.base import Batch, LogDropped, LogError, RecordPredicate, every_record
from spotifyweb.eventlog.batches import rebatch
from spotifyweb.eventlog.kafka_consumer import MOMENT_SECONDS, WAIT_SECONDS, Ends, translate_errors

log = logging.getLogger(__name__)

GROUP = "sink"
PARTITIONS = 3
KEPT_DAYS = 30  # a sink that stands still for longer loses events: lag is shown, the loss told
COMMON: dict[str, str | int | float | bool] = {
    "log_level": 0,
    "socket.timeout.ms": 10_000,
    "reconnect.backoff.max.ms": 2_000,
}
COORDINATOR_ERRORS = {
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
}


class KafkaLog:
    """The log on Kafka.

    Records of a listener share a partition; offsets are padded to sort as text.
    """

    def __init__(self, *, bootstrap: str) -> None:
        self._common = COMMON | {"bootstrap.servers": bootstrap}
        self._producer: Producer | None = None
        self._readers: dict[str, Consumer] = {}

    def create_topics(self, topics: Sequence[str]) -> None:
        admin = AdminClient(self._common)
        with translate_errors(f"create {len(topics)} topics"):
            cluster = admin.list_topics(timeout=WAIT_SECONDS)
            missing = [topic for topic in topics if topic not in cluster.topics]
            new_topics = [_new_topic(topic, brokers=len(cluster.brokers)) for topic in missing]
            for made in admin.create_topics(new_topics).values() if new_topics else ():
                _ignore_existing(made)

    def append(self, topic: str, records: Iterable[tuple[str, bytes]]) -> int:
        failures: list[KafkaError] = []
        producer, count = self._writer(), 0
        for key, value in records:
            _produce(producer, topic, key, value, failures)
            count += 1
        unacknowledged = producer.flush(WAIT_SECONDS * 2)
        if unacknowledged or failures:
            self._producer = None  # a new one: after some errors this one only repeats them
            producer.purge()
            raise LogError(
                f"{unacknowledged + len(failures)} of {count} records were not acknowledged by"
                f" {topic}: {failures[0].str() if failures else 'no answer'}"
            )
        return count

    def sync(self) -> None:
        """Do nothing: what is acknowledged is on all replicas."""

    def drain(self, topic: str, *, max_records: int, max_bytes: int) -> Iterator[Batch]:
        with translate_errors(f"read {topic}"):
            reader = self._reader(topic)
            ends, lost = self._pending(reader, topic)
            if lost:
                _skip_removed(reader, topic, lost)
            reader.assign([TopicPartition(topic, part, first) for part, (first, _) in ends.items()])
        try:
            runs = kafka_consumer.runs(reader, topic, ends, at_most=max_records)
            yield from rebatch(runs, max_records=max_records, max_bytes=max_bytes)
        finally:
            reader.unassign()

    def commit(self, batch: Batch) -> None:
        after = TopicPartition(batch.topic, batch.partition, int(batch.offsets[-1]) + 1)
        with translate_errors(f"commit {batch.topic}"):
            reader = self._reader(batch.topic)
            (answer,) = _retry_while_coordinator_moves(
                lambda: reader.commit(offsets=[after], asynchronous=False)
            )
            if answer.error:
                raise KafkaException(answer.error)

    def lag(self, topic: str) -> int:
        return sum(self.partition_lags(topic).values())

    def partition_lags(self, topic: str) -> Mapping[int, int]:
        with translate_errors(f"measure {topic}"):
            pending, _ = self._pending(self._reader(topic), topic)
        return {partition: high - first for partition, (first, high) in pending.items()}

    def erase_key(self, topic: str, key: str, *, where: RecordPredicate = every_record) -> int:  # noqa: ARG002
        """Return 0: Kafka removes no single records, so the sink suppresses them when they land."""
        return 0

    def truncate_committed(self, topic: str) -> None:
        with translate_errors(f"forget what has landed of {topic}"):
            committed = self._committed(self._reader(topic), topic)
            landed = [part for part in committed if part.offset != OFFSET_INVALID]
            admin = AdminClient(self._common)  # it answers as long as it is held
            asked = admin.delete_records(landed, request_timeout=WAIT_SECONDS) if landed else {}
            refusals = [done.exception() for done in asked.values()]
        if refusal := next(filter(None, refusals), None):
            log.warning(
                "Kafka keeps committed records of %s until their retention ends: %s", topic, refusal
            )

    def close(self) -> None:
        if self._producer:
            self._producer.flush(WAIT_SECONDS)
        for reader in self._readers.values():
            reader.close()
        self._producer, self._readers = None, {}

    def _writer(self) -> Producer:
        if self._producer is None:
            self._producer = Producer(
                self._common
                | {
                    "enable.idempotence": True,
                    "acks": "all",
                    "delivery.timeout.ms": int(WAIT_SECONDS * 1000),
                    "delivery.report.only.error": True,
                    "partitioner": "murmur2_random",  # where every other client looks for the key
                    "compression.type": "lz4",
                    "linger.ms": 10,
                }
            )
        return self._producer

    def _reader(self, topic: str) -> Consumer:
        if topic not in self._readers:
            self._readers[topic] = Consumer(
                self._common
                | {
                    "group.id": GROUP,
                    "enable.auto.commit": False,
                    "enable.auto.offset.store": False,
                    "auto.offset.reset": "error",  # what is removed meanwhile is not skipped
                    "enable.partition.eof": True,
                    "fetch.wait.max.ms": 20,  # a new drain waits for the last one's open fetch
                    "queued.max.messages.kbytes": 16 * 1024,
                    "fetch.queue.backoff.ms": 5,  # by default a full queue pauses for a second
                }
            )
        return self._readers[topic]

    def _pending(self, reader: Consumer, topic: str) -> tuple[Ends, Ends]:
        """Return of each partition what there is to read, and what was removed unread."""
        pending, lost = {}, {}
        for part in self._committed(reader, topic):
            low, high = reader.get_watermark_offsets(part, timeout=WAIT_SECONDS)
            if OFFSET_INVALID != part.offset < low:
                lost[part.partition] = (part.offset, low)
            first = max(low, part.offset)
            if first < high:
                pending[part.partition] = (first, high)
        return pending, lost

    def _committed(self, reader: Consumer, topic: str) -> list[TopicPartition]:
        """Return of each partition the committed offset."""
        found = reader.list_topics(topic, timeout=WAIT_SECONDS).topics[topic]
        if found.error:
            raise KafkaException(found.error)
        asked = [TopicPartition(topic, partition) for partition in found.partitions]
        return _retry_while_coordinator_moves(lambda: reader.committed(asked, timeout=WAIT_SECONDS))


def _skip_removed(reader: Consumer, topic: str, lost: Ends) -> NoReturn:
    """Commit past what was removed. Raises LogDropped; the next drain begins at what is left."""
    behind = [TopicPartition(topic, partition, low) for partition, (_, low) in lost.items()]
    _retry_while_coordinator_moves(lambda: reader.commit(offsets=behind, asynchronous=False))
    count = sum(low - first for first, low in lost.values())
    raise LogDropped(
        f"Kafka removed {count:,} events of {topic} before they were read, so they are lost."
        " Run the sink more often than the topic's retention, or raise the retention",
        dropped=count,
    )


def _produce(
    producer: Producer, topic: str, key: str, value: bytes, failures: list[KafkaError]
) -> None:
    def failed(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            failures.append(error)

    while True:
        try:
            producer.produce(topic, value, key.encode(), on_delivery=failed)
            return
        except BufferError:  # the queue is full: wait for acknowledgements
            producer.poll(0.1)
        except KafkaException as error:
            failures.append(error.args[0])
            return


def _new_topic(topic: str, *, brokers: int) -> NewTopic:
    return NewTopic(
        topic,
        num_partitions=PARTITIONS,
        replication_factor=min(3, brokers),
        config={"retention.ms": str(KEPT_DAYS * 24 * 60 * 60 * 1000)},
    )


def _retry_while_coordinator_moves(
    call: Callable[[], list[TopicPartition]],
) -> list[TopicPartition]:
    """Repeat the call until the group coordinator's broker answers, for at most WAIT_SECONDS."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return call()
        except KafkaException as error:
            if error.args[0].code() not in COORDINATOR_ERRORS or time.monotonic() > deadline:
                raise
            time.sleep(MOMENT_SECONDS)


def _ignore_existing(made: Any) -> None:
    try:
        made.result(WAIT_SECONDS)
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise
