"""`sink_scaling`: four partitions of Kafka landed by two processes, against one.

Each process has a processor of its own, as a container of one CPU has; the broker shares them. Both
ways land the same events in turns, and the best of each counts. Once the lake is a local disk, and
once it takes a tenth of a second for each object, as object storage does.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.sink import TOPIC, broker, record
from bench.support.environment import isolated_environment

EVENTS = 200_000
ROUNDS = 3
PARTITIONS = 4
LAKES = {"local disk": (25_000, 0.0), "100 ms an object": (5_000, 0.1)}  # records, seconds of one


def measure() -> Iterator[dict[str, Any]]:
    with isolated_environment() as folder, broker(folder) as bootstrap:
        if not bootstrap:
            return
        sinks = [_start(bootstrap, cpu) for cpu in range(2)]
        try:
            for name, (records, seconds) in LAKES.items():
                order = {"records": records, "seconds": seconds, "lake": str(folder / name)}
                yield _row(name, *_rounds(bootstrap, order, sinks))
        finally:
            for sink in sinks:
                sink.kill()
                sink.communicate()


def _rounds(
    bootstrap: str, order: dict[str, Any], sinks: list["subprocess.Popen[str]"]
) -> tuple[float, float]:
    from spotifyweb.eventlog.kafka import KafkaLog
    from spotifyweb.eventlog.kafka_properties import Cluster

    log = KafkaLog(Cluster(bootstrap=bootstrap, partitions=PARTITIONS))
    log.create_topics([TOPIC, f"{TOPIC}_dlq"])
    records = [record(number, listeners=4_000) for number in range(EVENTS)]
    rates: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        found = []
        for count in (1, 2):
            log.append(TOPIC, records)
            found.append(_rate(sinks[:count], order))
        rates.append((found[0], found[1]))
    log.close()
    return max(one for one, _ in rates), max(two for _, two in rates)


def _rate(sinks: list["subprocess.Popen[str]"], order: dict[str, Any]) -> float:
    """Return the events a second until the last of the processes is done."""
    began = time.perf_counter()
    for sink in sinks:
        assert sink.stdin
        print(json.dumps(order), file=sink.stdin, flush=True)
    done = sum(_answer(sink) for sink in sinks)
    assert done == EVENTS, f"{done} of {EVENTS} events"
    return EVENTS / (time.perf_counter() - began)


def _answer(sink: "subprocess.Popen[str]") -> int:
    assert sink.stdout
    return int(json.loads(sink.stdout.readline()))


def _start(bootstrap: str, cpu: int) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.sink_scale", bootstrap, str(cpu)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert _answer(process) == 0
    return process


def _row(lake: str, one: float, two: float) -> dict[str, Any]:
    ratio = two / one
    return {
        "bench": "sink_scaling",
        "lake": lake,
        "value": round(two),
        "unit": "events/s",
        "baseline": f"one process: {one:,.0f} events/s; load {os.getloadavg()[0]:.1f}",
        "ratio": round(ratio, 2),
        "goal": 1.6,
        "holds": ratio >= 1.6,
    }


def serve(bootstrap: str, cpu: int) -> None:
    """Land the topic as each line of stdin orders, and answer with how many records."""
    import django

    os.sched_setaffinity(0, {cpu})
    django.setup()
    from datetime import UTC, datetime

    from ingestion.pipeline import sink, sink_writer
    from spotifyweb.eventlog.kafka import KafkaLog
    from spotifyweb.eventlog.kafka_properties import Cluster
    from spotifyweb.lake import LocalLake
    from spotifyweb.locks import LockHeld

    log = KafkaLog(Cluster(bootstrap=bootstrap, partitions=PARTITIONS))

    class Store(LocalLake):
        seconds = 0.0

        def put(self, key: str, data: bytes) -> None:
            time.sleep(self.seconds)
            super().put(key, data)

    print(0, flush=True)
    for line in sys.stdin:
        order, records = json.loads(line), 0
        store, limits = (
            Store(Path(order["lake"])),
            sink_writer.Limits(max_records=order["records"], max_bytes=1 << 25),
        )
        store.seconds = order["seconds"]
        try:
            drained = sink.drain_topic(
                TOPIC, log=log, store=store, limits=limits, now=datetime.now(UTC)
            )
            records = drained.records
        except LockHeld:
            pass
        print(records, flush=True)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
