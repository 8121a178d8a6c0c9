"""The event log on Kafka: idempotent producers, and readers that join no group.

A sink holds a lock of each partition that it reads, so it shares them with nobody: it assigns them
to itself from the committed offsets and drains to the high watermark. Joining a group would cost
seconds.

All threads of a process share one KafkaLog. Each append has a producer to itself, and each drain a
reader: of a shared one, another's assignment would take its records away in the middle.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import Any, TypeVar

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

from spotifyweb.eventlog import kafka_consumer, kafka_offsets, kafka_retention
from spotifyweb.eventlog.base import (
    EXPIRED,
    REPLAY,
    Batch,
    RecordPredicate,
    Start,
    every_record,
)
from spotifyweb.eventlog.batches import rebatch
from spotifyweb.eventlog.kafka_client import Connector
from spotifyweb.eventlog.kafka_consumer import WAIT_SECONDS, Ends
from spotifyweb.eventlog.kafka_offsets import Offsets
from spotifyweb.eventlog.kafka_properties import Cluster

log = logging.getLogger(__name__)

IDLE_PRODUCERS = 4  # as many as a worker's threads use at once, mostly
PRODUCER: dict[str, Any] = {
    "enable.idempotence": True,
    "acks": "all",
    "delivery.timeout.ms": int(WAIT_SECONDS * 1000),
    "delivery.report.only.error": True,
    "partitioner": "murmur2_random",  # where every other client looks for the key
    "compression.type": "lz4",
    "linger.ms": 10,
}
READER: dict[str, Any] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",  # what is removed meanwhile is not skipped
    "enable.partition.eof": True,
    "fetch.wait.max.ms": 20,  # a new drain waits for the last one's open fetch
    "queued.max.messages.kbytes": 16 * 1024,
    "fetch.queue.backoff.ms": 5,  # by default a full queue pauses for a second
}
Client = TypeVar("Client", Producer, Consumer)


class KafkaLog:
    """The log on Kafka.

    Records of a listener share a partition; offsets are padded to sort as text.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._connector = Connector(cluster)
        self._translate = self._connector.translate
        self._offsets = Offsets(cluster, self._connector)
        self._admin: AdminClient | None = None
        self._shared_reader: Consumer | None = None  # for all threads: it is never assigned
        self._producers: deque[Producer] = deque(maxlen=IDLE_PRODUCERS)  # that are free
        self._readers: dict[str, deque[Consumer]] = {}  # of a topic, that are free

    def create_topics(self, topics: Sequence[str]) -> None:
        """Create the missing ones: without any, no right to create is needed."""
        admin = self._administrator()
        with self._translate(f"create {len(topics)} topics"):
            found = admin.list_topics(timeout=WAIT_SECONDS)
            missing = [topic for topic in topics if self._cluster.topic(topic) not in found.topics]
            new_topics = [self._new_topic(topic, brokers=len(found.brokers)) for topic in missing]
            for made in admin.create_topics(new_topics).values() if new_topics else ():
                _ignore_existing(made)

    def append(self, topic: str, records: Iterable[tuple[str, bytes]]) -> int:
        failures: list[KafkaError] = []
        producer = self._free_producer()  # kept unless it fails: after some errors it repeats them
        with self._translate(f"append to {topic}"):
            count = _produce_all(producer, self._cluster.topic(topic), records, failures)
            unacknowledged = producer.flush(WAIT_SECONDS * 2)
        if unacknowledged or failures:
            producer.purge()
            raise self._connector.error(
                f"{unacknowledged + len(failures)} of {count} records were not acknowledged by"
                f" {topic}",
                failures[0] if failures else KafkaError(KafkaError._TIMED_OUT),
            )
        self._producers.append(producer)
        return count

    def sync(self) -> None:
        """Do nothing: what is acknowledged is on all replicas."""

    def drain(
        self, topic: str, *, partition: int | None = None, max_records: int, max_bytes: int
    ) -> Iterator[Batch]:
        with self._translate(f"read {topic}"):
            pending = self._offsets.pending(self._offset_reader(), topic, partition)
        for batch in self._read(topic, pending.ends, max_records=max_records, max_bytes=max_bytes):
            is_expired = batch.partition in pending.expired
            yield replace(batch, repetition=EXPIRED) if is_expired else batch

    def replay(
        self, topic: str, start: Start, *, max_records: int, max_bytes: int
    ) -> Iterator[Batch]:
        with self._translate(f"read {topic}"):
            ends = self._offsets.landed(self._offset_reader(), topic, start)
        for batch in self._read(topic, ends, max_records=max_records, max_bytes=max_bytes):
            yield replace(batch, repetition=REPLAY)

    def _read(self, topic: str, ends: Ends, *, max_records: int, max_bytes: int) -> Iterator[Batch]:
        with self._assigned_reader(topic, ends) as reader:
            runs = kafka_consumer.runs(reader, topic, ends, at_most=max_records)
            yield from rebatch(runs, max_records=max_records, max_bytes=max_bytes)

    def commit(self, batch: Batch) -> None:
        name = self._cluster.topic(batch.topic)
        after = TopicPartition(name, batch.partition, int(batch.offsets[-1]) + 1)
        with self._translate(f"commit {batch.topic}"):
            kafka_offsets.commit(self._offset_reader(), [after])

    def renew_offset(self, topic: str, partition: int) -> None:
        with self._translate(f"commit {topic}"):
            reader = self._offset_reader()
            found = self._offsets.committed(reader, topic, partition)
            if known := [part for part in found if part.offset != OFFSET_INVALID]:
                kafka_offsets.commit(reader, known)

    def lag(self, topic: str) -> int:
        return sum(self.partition_lags(topic).values())

    def partition_lags(self, topic: str) -> Mapping[int, int]:
        with self._translate(f"measure {topic}"):
            found = self._offsets.measure(self._offset_reader(), topic)
        lags = {partition: high - first for partition, (first, high) in found.ends.items()}
        lost = {partition: low - first for partition, (first, low) in found.lost.items()}
        return {
            partition: lags.get(partition, 0) + lost.get(partition, 0)
            for partition in found.partitions
        }

    def erase_key(self, topic: str, key: str, *, where: RecordPredicate = every_record) -> int:  # noqa: ARG002
        """Return 0: Kafka removes no single records, so the sink suppresses them when they land."""
        return 0

    def truncate_committed(self, topic: str) -> bool:
        if self._cluster.is_shared:
            return False
        with self._translate(f"forget what has landed of {topic}"):
            committed = self._offsets.committed(self._offset_reader(), topic)
            landed = [part for part in committed if part.offset != OFFSET_INVALID]
            admin = self._administrator()
            asked = admin.delete_records(landed, request_timeout=WAIT_SECONDS) if landed else {}
            refusals = [done.exception() for done in asked.values()]
        if refusal := next(filter(None, refusals), None):
            log.warning(
                "Kafka keeps committed records of %s until their retention ends: %s", topic, refusal
            )
        return refusal is None

    def retention(self, topic: str) -> timedelta:
        name = self._cluster.topic(topic)
        found = kafka_retention.of_topic(self._administrator(), name)
        return found or timedelta(days=self._cluster.days(topic)) + kafka_retention.SEGMENT

    def close(self) -> None:
        for producer in self._producers:
            producer.flush(WAIT_SECONDS)
        shared = [self._shared_reader] if self._shared_reader else []
        for reader in chain(shared, *self._readers.values()):
            reader.close()
        self._admin, self._shared_reader, self._readers = None, None, {}
        self._producers.clear()

    def _free_producer(self) -> Producer:
        """Return a producer that no other thread has."""
        return _take(self._producers, lambda: self._connector.connect(Producer, PRODUCER))

    def _administrator(self) -> AdminClient:
        if self._admin is None:  # it answers as long as it is held
            self._admin = self._connector.connect(AdminClient, {})
        return self._admin

    @contextmanager
    def _assigned_reader(self, topic: str, ends: Ends) -> Iterator[Consumer]:
        """Lend a reader that no other thread has, assigned to these partitions."""
        name, free = self._cluster.topic(topic), self._readers.setdefault(topic, deque())
        with self._translate(f"read {topic}"):
            reader = _take(free, self._new_reader)
            reader.assign([TopicPartition(name, part, first) for part, (first, _) in ends.items()])
        try:
            yield reader
        finally:
            reader.unassign()
            free.append(reader)

    def _offset_reader(self) -> Consumer:
        """Return the reader that asks for offsets and commits them."""
        reader = self._shared_reader or self._new_reader()
        self._shared_reader = reader
        return reader

    def _new_reader(self) -> Consumer:
        options = {"group.id": self._cluster.group} | READER
        return self._connector.connect(Consumer, options)

    def _new_topic(self, topic: str, *, brokers: int) -> NewTopic:
        return NewTopic(
            self._cluster.topic(topic),
            num_partitions=self._cluster.partitions,
            replication_factor=self._cluster.replication or min(3, brokers),
            config=kafka_retention.properties(days=self._cluster.days(topic)),
        )


def _take(free: deque[Client], make: Callable[[], Client]) -> Client:
    """Return one of what is free, else a new one. An idle producer is false: it has a length."""
    try:
        return free.pop()
    except IndexError:
        return make()


def _produce_all(
    producer: Producer,
    topic: str,
    records: Iterable[tuple[str, bytes]],
    failures: list[KafkaError],
) -> int:
    count = 0
    for key, value in records:
        _produce(producer, topic, key, value, failures)
        count += 1
    return count


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


def _ignore_existing(made: Any) -> None:
    try:
        made.result(WAIT_SECONDS)
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise
