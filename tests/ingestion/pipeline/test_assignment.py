"""Several sinks share a topic: each partition has one holder at a time, and no record two rows."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from ingestion.pipeline import sink
from ingestion.pipeline.assignment import Assignment
from ingestion.pipeline.sink_writer import Limits, SinkResult
from spotifyweb import clients, locks
from spotifyweb.eventlog.kafka import KafkaLog
from spotifyweb.lake import LocalLake
from tests.faults.draining import ids, plays
from tests.support.lake_rows import append_events, event_ids

pytestmark = pytest.mark.django_db


def drain(log: KafkaLog, store: LocalLake, *, size: int = 1000) -> SinkResult:
    limits = Limits(max_records=size, max_bytes=1 << 25)
    now = datetime.now(UTC)
    return sink.drain_topic("user_plays", log=log, store=store, limits=limits, now=now)


def test_a_sink_takes_what_nobody_holds(log: KafkaLog, tmp_path: Path) -> None:
    store = LocalLake(tmp_path)
    append_events(plays(300), log)
    first, *others = [part for part, lag in log.partition_lags("user_plays").items() if lag]
    with locks.lock(f"sink:user_plays:{first}"):
        assert set(drain(log, store).offsets) == set(others)
        with pytest.raises(locks.LockHeld):
            drain(log, store)
    assert set(drain(log, store).offsets) == {first}
    assert event_ids(store, "plays") == ids(plays(300))


def test_a_partition_is_free_once_its_last_batch_is_committed(
    log: KafkaLog, tmp_path: Path
) -> None:
    append_events(plays(300), log)
    held: list[int] = []

    def count(_: SinkResult) -> None:
        names = [locks.is_held(f"sink:user_plays:{partition}") for partition in range(4)]
        held.append(sum(names))

    sink.drain_topic(
        "user_plays",
        log=log,
        store=LocalLake(tmp_path),
        limits=Limits(max_records=20, max_bytes=1 << 25),
        now=datetime.now(UTC),
        on_batch=count,
    )
    assert held[-1] == 1 and max(held) <= 4
    assert not any(locks.is_held(f"sink:user_plays:{partition}") for partition in range(4))


def test_sinks_side_by_side_land_every_record_once(log: KafkaLog, tmp_path: Path) -> None:
    store, others = LocalLake(tmp_path), KafkaLog(log._cluster)
    for turn in range(3):
        append_events(plays(600, first=600 * turn), log)
        with ThreadPoolExecutor(2) as sinks:
            done = [sinks.submit(_land, one, store) for one in (log, others)]
        assert sum(each.result() for each in done) == 600
    assert event_ids(store, "plays") == ids(plays(1800))
    others.close()


def _land(log: KafkaLog, store: LocalLake) -> int:
    with suppress(locks.LockHeld), closing(connection):
        return drain(log, store, size=50).records
    return 0


def test_no_partition_is_taken_after_the_end() -> None:
    with Assignment("user_plays") as assignment:
        assert assignment.hold(0) and assignment.hold(0) is None
    assert not clients.redis_client().exists(locks.key("sink:user_plays:0"))
    assert assignment.hold(1) is None
    assert not clients.redis_client().exists(locks.key("sink:user_plays:1"))
