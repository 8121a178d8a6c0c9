"""`sink`: events per second from the log to verified Parquet, on Redis streams and on Kafka.

The limit is a loop that only reads and acknowledges. The naive way reads, json.loads and writes one
Parquet file per 100 events by pandas. The best of three rounds counts, for each way, in turns.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import orjson
import pandas

from bench.harness import kafka
from bench.support.environment import isolated_environment
from spotifyweb.events import Play

if TYPE_CHECKING:
    from spotifyweb.eventlog import EventLog

EVENTS = 200_000
NAIVE_EVENTS, NAIVE_FILE = 10_000, 100
ROUNDS = 3
TOPIC = "user_plays"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
JARS = Path("var/kafka/libs")


def measure() -> Iterator[dict[str, Any]]:
    records = [record(number) for number in range(EVENTS)]
    with isolated_environment() as folder:
        from spotifyweb import clients

        bare, ours = _rounds(clients.event_log(), folder, records, _bare_redis)
        clients.event_log().append(TOPIC, records[:NAIVE_EVENTS])
        naive = _rate(NAIVE_EVENTS, lambda: _naive(folder / "naive"))
        yield _row("redis", ours, bare, "XREADGROUP 2000 + XACK alone", goal=0.5)
        yield _row("redis", ours, naive, "json.loads, pandas, a file per 100 events", goal=20)
        with broker(folder) as bootstrap:
            if bootstrap:
                yield from _on_kafka(bootstrap, folder, records)


def _on_kafka(
    bootstrap: str, folder: Path, records: list[tuple[str, bytes]]
) -> Iterator[dict[str, Any]]:
    from spotifyweb.eventlog.kafka import KafkaLog
    from spotifyweb.eventlog.kafka_properties import Cluster

    log = KafkaLog(Cluster(bootstrap=bootstrap))
    log.create_topics([TOPIC, f"{TOPIC}_dlq"])
    log.lag(TOPIC)  # a new broker needs a moment to find out who keeps the offsets
    bare, ours = _rounds(log, folder, records, lambda: _bare_kafka(bootstrap))
    yield _row("kafka", ours, bare, "consume(10000) alone", goal=0.6)
    log.append(TOPIC, records[:NAIVE_EVENTS])
    naive = _rate(NAIVE_EVENTS, lambda: _naive_kafka(bootstrap, folder / "naive-kafka"))
    yield _row("kafka", ours, naive, "json.loads, pandas, a file per 100 events", goal=20)
    log.close()


def _rounds(
    log: "EventLog", folder: Path, records: list[tuple[str, bytes]], bare: Callable[[], int]
) -> tuple[float, float]:
    """Return the best rates of the bare loop and of the sink."""
    rates: list[tuple[float, float]] = []
    for turn in range(ROUNDS):
        log.append(TOPIC, records)
        read = _rate(EVENTS, bare)
        lake = folder / f"{type(log).__name__}-{turn}"
        rates.append((read, _rate(EVENTS, partial(_sink, log, lake))))
    return max(rate for rate, _ in rates), max(rate for _, rate in rates)


def _rate(events: int, work: Callable[[], int]) -> float:
    began = time.perf_counter()
    done = work()
    seconds = time.perf_counter() - began
    assert done == events, f"{done} of {events} events"
    return events / seconds


def _sink(log: "EventLog", folder: Path) -> int:
    from django.conf import settings

    from ingestion.pipeline import sink, sink_writer
    from spotifyweb.lake import LocalLake

    limits = sink_writer.Limits(
        max_records=settings.SINK_MAX_RECORDS, max_bytes=settings.SINK_MAX_BYTES
    )
    return sink.drain_topic(TOPIC, log=log, store=LocalLake(folder), limits=limits, now=NOW).records


def _bare_redis() -> int:
    import redis

    client, stream, count = redis.Redis.from_url(os.environ["REDIS_URL"]), f"log:{TOPIC}", 0
    client.xgroup_create(stream, "bare", id="0")
    while found := cast(Any, client.xreadgroup("bare", "reader", {stream: ">"}, count=2000)):
        entries = found[0][1]
        client.xack(stream, "bare", *(entry_id for entry_id, _ in entries))
        count += len(entries)
    client.xgroup_destroy(stream, "bare")
    return count


def _bare_kafka(bootstrap: str) -> int:
    reader, count = _assigned_consumer(bootstrap), 0
    while count < EVENTS:
        count += len(reader.consume(min(10_000, EVENTS - count), timeout=10))
    reader.close()
    return count


def _assigned_consumer(bootstrap: str) -> Any:
    from confluent_kafka import Consumer, TopicPartition

    options = {"bootstrap.servers": bootstrap, "group.id": "sink", "enable.auto.commit": False}
    reader = Consumer(options | {"auto.offset.reset": "earliest"})
    parts = reader.list_topics(TOPIC).topics[TOPIC].partitions
    reader.assign(reader.committed([TopicPartition(TOPIC, part) for part in parts]))
    return reader


def _naive(folder: Path) -> int:
    import redis

    folder.mkdir()
    client, stream, count = redis.Redis.from_url(os.environ["REDIS_URL"]), f"log:{TOPIC}", 0
    client.xgroup_create(stream, "naive", id="0")
    while found := cast(Any, client.xreadgroup("naive", "reader", {stream: ">"}, count=NAIVE_FILE)):
        entries = found[0][1]
        count += _file(folder / f"{count}.parquet", [fields[b"v"] for _, fields in entries])
        client.xack(stream, "naive", *(entry_id for entry_id, _ in entries))
    return count


def _naive_kafka(bootstrap: str, folder: Path) -> int:
    folder.mkdir()
    reader, count = _assigned_consumer(bootstrap), 0
    while count < NAIVE_EVENTS:
        messages = reader.consume(NAIVE_FILE, timeout=10)
        count += _file(folder / f"{count}.parquet", [message.value() for message in messages])
        reader.commit(asynchronous=False)
    reader.close()
    return count


def _file(path: Path, values: list[bytes]) -> int:
    """As durable as the sink: synced before its events are acknowledged."""
    rows = [json.loads(value) for value in values]
    with path.open("wb") as file:
        pandas.DataFrame(rows).to_parquet(file)
        os.fsync(file.fileno())
    return len(rows)


def _row(log: str, ours: float, against: float, baseline: str, *, goal: float) -> dict[str, Any]:
    ratio = ours / against
    return {
        "bench": "sink",
        "log": log,
        "value": round(ours),
        "unit": "events/s",
        "baseline": f"{baseline}: {against:,.0f} events/s",
        "ratio": round(ratio, 2),
        "goal": goal,
        "holds": ratio >= goal,
    }


def record(number: int, *, listeners: int = 50) -> tuple[str, bytes]:
    user_id = f"listener-{number % listeners}"
    play = Play(
        user_id=user_id,
        played_at=NOW - timedelta(seconds=number),
        track_id=f"{number % 5000:022}",
        track_name=f"The song with number {number % 5000}",
        artist_name=f"Band {number % 400}",
        album_name=f"Album {number % 900}",
        duration_ms=180_000 + number % 60_000,
        ms_played=170_000,
        device_type="Smartphone",
        source="recently_played",
    )
    return user_id, orjson.dumps(play.to_json())


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """Yield a real Kafka: that of TEST_KAFKA_BOOTSTRAP, or one from jars that are there already."""
    if bootstrap := os.environ.get("TEST_KAFKA_BOOTSTRAP"):
        yield bootstrap
        return
    jars = Path(os.environ.get("TEST_KAFKA_JARS", JARS))
    if kafka.missing_tools() or not any(jars.glob("kafka_*.jar")):
        sys.stderr.write("sink on Kafka: skipped, no broker here (make test-full fetches one)\n")
        yield ""
        return
    broker = kafka.Kafka(folder=folder / "kafka", libs=jars.absolute())
    broker.format()
    broker.start()
    try:
        yield broker.bootstrap
    finally:
        broker.stop(kill=True)
