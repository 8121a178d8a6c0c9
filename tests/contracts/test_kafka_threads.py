"""One KafkaLog serves all threads of a worker: what one does takes nothing from another."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer

from spotifyweb.eventlog import Batch
from spotifyweb.eventlog.kafka import KafkaLog
from spotifyweb.eventlog.kafka_properties import Cluster
from tests.contracts.test_event_log import BIG, kafka, topic  # noqa: F401  the log on Kafka alone

RECORDS, THREADS, ROUNDS = 400, 16, 40
SMALL = BIG | {"max_records": 20}


@pytest.fixture
def log(request: pytest.FixtureRequest) -> Iterator[KafkaLog]:
    found = KafkaLog(Cluster(bootstrap=request.getfixturevalue("kafka")[0]))
    yield found
    found.close()


@pytest.fixture
def quick_switches() -> Iterator[None]:
    """Let threads meet anywhere."""
    seconds = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(seconds)


def batches_of(drain: Iterator[Batch]) -> list[Batch]:
    return list(drain)


def test_a_drain_leaves_alone_what_another_reads(log: KafkaLog, topic: str) -> None:  # noqa: F811
    """Sinks of one process read a partition each, at the same time."""
    log.append(topic, [(f"listener {number}", b"%d" % number) for number in range(RECORDS)])
    lags = log.partition_lags(topic)
    drains = [log.drain(topic, partition=part, **SMALL) for part, lag in lags.items() if lag]
    assert len(drains) > 1
    begun = [next(drain) for drain in drains]
    with ThreadPoolExecutor(len(drains)) as threads:
        rest = [batch for batches in threads.map(batches_of, drains) for batch in batches]
    read = Counter(value for batch in (*begun, *rest) for value in batch.values)
    assert read == Counter(b"%d" % number for number in range(RECORDS))


def test_a_commit_and_a_count_disturb_no_drain(log: KafkaLog, topic: str) -> None:  # noqa: F811
    log.append(topic, [("listener", b"%d" % number) for number in range(RECORDS)])
    drain = log.drain(topic, **SMALL)
    log.commit(next(drain))
    assert log.lag(topic) == RECORDS - SMALL["max_records"]
    assert sum(map(len, drain)) == RECORDS - SMALL["max_records"]


def test_threads_append_at_once(
    log: KafkaLog,
    topic: str,  # noqa: F811
    quick_switches: None,
) -> None:
    together = threading.Barrier(THREADS)

    def append(number: int) -> int:
        together.wait()
        return sum(log.append(topic, [(f"{number}", b"%d" % turn)]) for turn in range(ROUNDS))

    with ThreadPoolExecutor(THREADS) as threads:
        assert sum(threads.map(append, range(THREADS))) == THREADS * ROUNDS
    assert sum(map(len, log.drain(topic, **BIG))) == THREADS * ROUNDS


def test_one_thread_needs_one_producer_and_one_reader(
    log: KafkaLog,
    topic: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: Counter[object] = Counter()
    connect = log._connector.connect

    def count(kind: Any, options: dict[str, Any]) -> Any:
        made[kind] += 1
        return connect(kind, options)

    monkeypatch.setattr(log._connector, "connect", count)
    for _ in range(3):
        log.append(topic, [("listener", b"1")])
        for batch in log.drain(topic, **BIG):
            log.commit(batch)
    assert made == {Producer: 1, Consumer: 2}  # one of them for offsets alone
