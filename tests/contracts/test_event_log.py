"""What every event log promises, on Redis streams and on Kafka.

Kafka is the broker at TEST_KAFKA_BOOTSTRAP (`make test-full` starts one), else the cluster that
librdkafka brings along: the same protocol, in memory, with topics of four partitions.
"""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from bench.harness.processes import free_port
from spotifyweb import clients
from spotifyweb.eventlog import REPLAY, Batch, EventLog, LogDropped, LogError, Start
from spotifyweb.eventlog.kafka import KafkaLog
from spotifyweb.eventlog.kafka_properties import Cluster
from spotifyweb.eventlog.redis_streams import RedisStreamsLog

BIG = {"max_records": 10_000, "max_bytes": 1 << 25}


@pytest.fixture(scope="session")
def kafka() -> Iterator[tuple[str, bool]]:
    """Where it answers, and whether it is the double."""
    if bootstrap := os.environ.get("TEST_KAFKA_BOOTSTRAP"):
        yield bootstrap, False
        return
    cluster = Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 1, "log_level": 0})
    broker = next(iter(cluster.list_topics(timeout=60).brokers.values()))
    yield f"{broker.host}:{broker.port}", True
    del cluster


@pytest.fixture(params=["redis", "kafka"])
def log(request: pytest.FixtureRequest) -> Iterator[EventLog]:
    door: EventLog
    if request.param == "redis":
        door = RedisStreamsLog(clients.redis_client())
    else:
        door = KafkaLog(Cluster(bootstrap=request.getfixturevalue("kafka")[0]))
    yield door
    door.close()


@pytest.fixture
def topic(log: EventLog, request: pytest.FixtureRequest) -> str:
    """A topic that nobody used before."""
    name = f"t-{uuid4().hex}"
    if isinstance(log, KafkaLog) and request.getfixturevalue("kafka")[1]:
        # The double does not answer "create topics"; it creates what is asked for.
        Producer({"bootstrap.servers": log._cluster.bootstrap}).list_topics(name, timeout=60)
    log.create_topics([name])
    return name


def records(count: int, key: str = "alice") -> list[tuple[str, bytes]]:
    return [(key, f"{key} {number:05d}".encode()) for number in range(count)]


def drained(log: EventLog, topic: str, **limits: int) -> list[Batch]:
    return list(log.drain(topic, **(BIG | limits)))


def values(batches: list[Batch]) -> list[bytes]:
    return [value for batch in batches for value in batch.values]


def test_what_is_appended_is_handed_out_in_order(log: EventLog, topic: str) -> None:
    assert log.append(topic, records(1200)) == 1200
    (batch,) = drained(log, topic)
    assert list(batch.values) == [value for _, value in records(1200)]
    assert set(batch.keys) == {b"alice"} and batch.topic == topic and len(batch) == 1200
    assert list(batch.offsets) == sorted(set(batch.offsets))
    now = datetime.now(UTC)
    assert now - timedelta(minutes=1) < batch.appended_at <= now + timedelta(seconds=1)


def test_a_listener_keeps_their_order_and_their_partition(log: EventLog, topic: str) -> None:
    people = [f"person-{number}" for number in range(40)]
    log.append(topic, [records(5, person)[turn] for turn in range(5) for person in people])
    batches = drained(log, topic)
    for person in people:
        holding = [batch for batch in batches if person.encode() in batch.keys]
        assert len(holding) == 1
        heard = [value for value in holding[0].values if value.startswith(f"{person} ".encode())]
        assert heard == [value for _, value in records(5, person)]


def test_batches_keep_to_their_size_and_cover_everything(log: EventLog, topic: str) -> None:
    log.append(topic, records(1050))
    batches = drained(log, topic, max_records=100)
    assert [len(batch) for batch in batches] == [100] * 10 + [50]
    assert values(batches) == [value for _, value in records(1050)]
    log_of_bytes = drained(log, topic, max_bytes=1100)
    assert all(sum(map(len, batch.values)) <= 1100 for batch in log_of_bytes)
    assert values(log_of_bytes) == values(batches)


def test_a_record_larger_than_a_batch_is_handed_out_alone(log: EventLog, topic: str) -> None:
    log.append(topic, [("alice", b"x" * 5000), ("alice", b"y")])
    assert [len(batch) for batch in drained(log, topic, max_bytes=100)] == [1, 1]


def test_what_is_not_committed_is_handed_out_again_the_same(log: EventLog, topic: str) -> None:
    log.append(topic, records(10))
    (first,) = drained(log, topic)
    assert drained(log, topic) == [first]


def test_what_is_committed_is_not_handed_out_again(log: EventLog, topic: str) -> None:
    log.append(topic, records(30))
    for batch in log.drain(topic, max_records=20, max_bytes=1 << 20):
        log.commit(batch)
        break
    assert log.lag(topic) == 10
    (rest,) = drained(log, topic)
    assert list(rest.values) == [value for _, value in records(30)][20:]
    log.commit(rest)
    assert drained(log, topic) == [] and log.lag(topic) == 0
    log.append(topic, records(1))
    assert len(values(drained(log, topic))) == 1


def test_part_of_a_batch_can_be_committed(log: EventLog, topic: str) -> None:
    log.append(topic, records(10))
    (batch,) = drained(log, topic)
    log.commit(batch.head(4))
    assert drained(log, topic) == [batch.tail(4)]


def replayed(log: EventLog, topic: str, at: datetime | int) -> list[Batch]:
    return list(log.replay(topic, Start(at=at), **BIG))


def test_a_replay_hands_out_what_was_committed_and_is_still_there(
    log: EventLog, topic: str
) -> None:
    log.append(topic, records(30))
    (batch,) = drained(log, topic)
    log.commit(batch.head(20))
    found = replayed(log, topic, 5)
    assert values(found) in ([value for _, value in records(30)][5:20], [])
    assert [batch.repetition for batch in found] == [REPLAY] * isinstance(log, KafkaLog)
    assert values(drained(log, topic)) == [value for _, value in records(30)][20:]
    assert replayed(log, topic, 20) == [] and log.lag(topic) == 10


@pytest.mark.parametrize("log", ["kafka"], indirect=True)
def test_a_replay_begins_at_a_time(
    log: EventLog, topic: str, request: pytest.FixtureRequest
) -> None:
    if request.getfixturevalue("kafka")[1]:
        pytest.skip("the double knows no times")
    log.append(topic, records(10))
    time.sleep(0.01)
    later = datetime.now(UTC)
    log.append(topic, records(5))
    for batch in log.drain(topic, **BIG):
        log.commit(batch)
    assert values(replayed(log, topic, later)) == [value for _, value in records(5)]
    assert len(values(replayed(log, topic, later - timedelta(days=1)))) == 15
    assert replayed(log, topic, later + timedelta(days=1)) == []


def test_a_drain_ends_with_what_was_there_when_it_began(log: EventLog, topic: str) -> None:
    log.append(topic, records(20))
    drain = log.drain(topic, max_records=10, max_bytes=1 << 20)
    first = next(drain)
    log.append(topic, records(5))
    assert len(first) + sum(len(batch) for batch in drain) == 20
    assert log.lag(topic) == 25


def test_nothing_in_the_log_is_nothing_to_do(log: EventLog, topic: str) -> None:
    assert drained(log, topic) == [] and log.lag(topic) == 0 and log.append(topic, []) == 0


def test_topics_are_created_once_and_asking_again_is_safe(
    log: EventLog, topic: str, request: pytest.FixtureRequest
) -> None:
    log.append(topic, records(3))
    log.create_topics([topic])
    assert log.lag(topic) == 3


def test_what_is_synced_is_still_there(log: EventLog, topic: str) -> None:
    log.sync()
    log.append(topic, records(3))
    log.sync()
    assert len(values(drained(log, topic))) == 3


def test_any_bytes_come_back(log: EventLog, topic: str) -> None:
    odd = [("ålice\n", bytes(range(256))), ("ålice\n", b""), ("ålice\n", b"\x00")]
    log.append(topic, odd)
    (batch,) = drained(log, topic)
    assert list(zip(batch.keys, batch.values, strict=True)) == [
        (key.encode(), value) for key, value in odd
    ]


def test_erasing_a_listener_leaves_nothing_of_theirs_that_can_be_removed(
    log: EventLog, topic: str
) -> None:
    log.append(topic, records(3) + records(2, "bob"))
    erased = log.erase_key(topic, "alice")
    left = {key for batch in drained(log, topic) for key in batch.keys}
    assert (erased, left) in [(3, {b"bob"}), (0, {b"alice", b"bob"})]
    assert log.lag(topic) == 5 - erased


def test_what_has_landed_is_forgotten_and_the_rest_is_handed_out(
    log: EventLog, topic: str, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    log.truncate_committed(topic)
    log.append(topic, records(30))
    (batch,) = drained(log, topic)
    log.commit(batch.head(20))
    log.truncate_committed(topic)
    assert drained(log, topic) == [batch.tail(20)] and log.lag(topic) == 10
    if isinstance(log, KafkaLog):
        refuses = request.getfixturevalue("kafka")[1]  # the double cannot delete
        assert ("Kafka keeps committed records" in caplog.text) == refuses
        assert first_kept(log, topic, batch.partition) == (0 if refuses else 20)


def first_kept(log: KafkaLog, topic: str, partition: int) -> int:
    part = TopicPartition(topic, partition)
    return int(log._offset_reader().get_watermark_offsets(part, timeout=60)[0])


@pytest.mark.parametrize("log", ["kafka"], indirect=True)
def test_kafka_is_asked_to_delete_as_far_as_it_has_landed(
    log: EventLog, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append(topic, records(30))
    (batch,) = drained(log, topic)
    log.commit(batch.head(20))
    asked: list[tuple[int, int]] = []

    def noted(_: AdminClient, parts: list[TopicPartition], **__: float) -> dict[Any, Any]:
        asked.extend((part.partition, part.offset) for part in parts)
        return {}

    monkeypatch.setattr(AdminClient, "delete_records", noted)
    log.truncate_committed(topic)
    assert asked == [(batch.partition, 20)]


def test_a_log_that_is_down_says_that_trying_again_may_help(request: pytest.FixtureRequest) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    down = RedisStreamsLog.from_url(f"redis://{nowhere}/0")
    for action in (
        lambda: down.append("t", records(1)),
        lambda: drained(down, "t"),
        lambda: down.lag("t"),
        down.sync,
        lambda: down.create_topics(["t"]),
    ):
        with pytest.raises(LogError, match="could not") as caught:
            action()
        assert caught.value.retry


def test_kafka_that_is_down_says_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spotifyweb.eventlog.kafka_client.CONNECT_SECONDS", 0.5)
    down = KafkaLog(Cluster(bootstrap=f"127.0.0.1:{free_port()}"))
    with pytest.raises(LogError, match="nothing answers at the port") as unwritten:
        down.append("t", records(1))
    with pytest.raises(LogError, match="could not") as unread:
        down.lag("t")
    assert unwritten.value.retry and unread.value.retry


def test_what_kafka_removed_unread_is_told_once_with_its_number(
    request: pytest.FixtureRequest,
) -> None:
    bootstrap, is_double = request.getfixturevalue("kafka")
    if not is_double:
        pytest.skip("a real broker removes by age, in minutes at the earliest")
    log, topic = KafkaLog(Cluster(bootstrap=bootstrap)), f"t-{uuid4().hex}"
    Producer({"bootstrap.servers": bootstrap}).list_topics(topic, timeout=60)
    log.append(topic, records(10))
    (batch,) = drained(log, topic)
    log.commit(batch.head(4))
    for _ in range(14):  # the double keeps five megabytes of a partition
        log.append(topic, [("alice", os.urandom(1 << 19))])
    with pytest.raises(LogDropped, match=f"removed .* events of {topic}") as told:
        drained(log, topic)
    left = values(drained(log, topic))
    assert not told.value.retry
    assert told.value.counts == {"dropped": 6 + 14 - len(left)}
    assert 0 < len(left) < 14
    log.close()
