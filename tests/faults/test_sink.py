"""The sink is killed, cut off and filled up: nothing is lost, nothing lands twice, nothing sticks.

`FAULT_ROUNDS=20` repeats the kills that often.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from confluent_kafka import Producer
from redis.backoff import NoBackoff
from redis.retry import Retry

from bench.harness.processes import free_port, start_valkey
from ingestion.pipeline.sink_writer import SinkResult
from spotifyweb import clients, locks
from spotifyweb.eventlog import EventLog, LogError
from spotifyweb.eventlog.kafka import KafkaLog
from spotifyweb.eventlog.kafka_properties import Cluster
from spotifyweb.eventlog.redis_streams import RedisStreamsLog
from spotifyweb.lake import LakeError, LocalLake
from tests.faults.draining import ids, plays, rejected, sink
from tests.faults.sinking import POINTS
from tests.support.lake_rows import append_events, event_ids

pytestmark = pytest.mark.faults
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))


@dataclass
class Sinks:
    """The process of `sinking.py`, with a database of its own."""

    process: "subprocess.Popen[str]"

    def start(self, store: Path, log: str, **order: Any) -> int:
        """A sink that is at work; returns its process id."""
        known = {"point": "", "file_limit": 0, "max_records": 500, "lake": str(store), "log": log}
        assert self.process.stdin
        print(json.dumps(known | order), file=self.process.stdin, flush=True)
        pid: int = self._line()["pid"]
        return pid

    def ended(self) -> tuple[int, str]:
        """Its exit code and what it said."""
        said = self._line()
        error = said.get("error", "")
        return (said if "exit" in said else self._line())["exit"], error

    def _line(self) -> dict[str, Any]:
        assert self.process.stdout
        line: dict[str, Any] = json.loads(self.process.stdout.readline())
        return line


@pytest.fixture(scope="module")
def sinks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sinks]:
    folder = tmp_path_factory.mktemp("sinks")
    env = os.environ | {"DATABASE_URL": f"sqlite:///{folder}/db.sqlite3", "DATA_DIR": str(folder)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.sinking"],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = Sinks(process=process)
    assert found._line() == {"ready": True}
    yield found
    process.kill()
    process.communicate()


@dataclass
class Logs:
    url: str
    door: EventLog


@pytest.fixture(params=["redis", "kafka"])
def log(request: pytest.FixtureRequest) -> Iterator[Logs]:
    """A log that nobody used before; Kafka is librdkafka's double, in this process."""
    if request.param == "redis":
        yield Logs("redis://", clients.event_log())
        return
    double = Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 1, "log_level": 0})
    broker = next(iter(double.list_topics(timeout=60).brokers.values()))
    for topic in ("user_plays", "user_plays_dlq"):
        double.list_topics(topic, timeout=60)
    door = KafkaLog(Cluster(bootstrap=f"{broker.host}:{broker.port}"))
    yield Logs(f"kafka://{broker.host}:{broker.port}", door)
    door.close()
    del double


def a_minute_passes() -> None:
    """What a killed process held runs out."""
    held = [locks.key(f"sink:user_plays:{partition}") for partition in range(4)]
    clients.redis_client().delete(*held)


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(ROUNDS))
@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_the_next_sink_lands_everything_once(
    point: str, turn: int, sinks: Sinks, log: Logs, tmp_path: Path
) -> None:
    store, first, later = LocalLake(tmp_path / "lake"), plays(900), plays(300, first=900)
    append_events(first, log.door)
    log.door.append("user_plays", [("listener-1", b"no event")])
    sinks.start(store.root, log.url, point=point, max_records=400 + turn)
    assert sinks.ended() == (-signal.SIGKILL, "")
    append_events(later, log.door)
    a_minute_passes()
    sinks.start(store.root, log.url)
    assert sinks.ended() == (0, "")
    assert event_ids(store, "plays") == ids(first + later)
    assert rejected(store) == [b"no event"]
    assert log.door.lag("user_plays") == 0


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_killed_at_any_moment_again_and_again(
    turn: int, sinks: Sinks, log: Logs, tmp_path: Path
) -> None:
    store, chance = LocalLake(tmp_path / "lake"), random.Random(turn)
    played = plays(4000)
    for part in range(0, 4000, 1000):
        append_events(played[part : part + 1000], log.door)
        pid = sinks.start(store.root, log.url, max_records=chance.randint(50, 300))
        time.sleep(chance.uniform(0, 0.1))
        with suppress(ProcessLookupError):  # it was faster
            os.kill(pid, signal.SIGKILL)
        sinks.ended()
        a_minute_passes()
    sinks.start(store.root, log.url)
    assert sinks.ended() == (0, "")
    assert event_ids(store, "plays") == ids(played)


def test_a_full_lake_stops_the_sink_and_loses_nothing(sinks: Sinks, tmp_path: Path) -> None:
    store = LocalLake(tmp_path / "lake")
    append_events(plays(4000))
    sinks.start(store.root, "redis://", max_records=4000, file_limit=100_000)
    code, said = sinks.ended()
    assert code == 3 and "could not write bronze/plays" in said and "File too large" in said
    assert event_ids(store, "plays") == [] and not list((store.root / ".drafts").iterdir())
    sinks.start(store.root, "redis://")
    assert sinks.ended() == (0, "") and event_ids(store, "plays") == ids(plays(4000))


@pytest.mark.django_db
def test_a_lake_that_refuses_stops_the_sink_and_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file where the folder should be")
    append_events(plays(10))
    with pytest.raises(LakeError, match="could not write bronze/plays") as caught:
        sink(LocalLake(tmp_path / "lake"), clients.event_log())
    assert caught.value.retry
    (tmp_path / "lake").unlink()
    assert sink(LocalLake(tmp_path / "lake"), clients.event_log()).records == 10


@pytest.mark.django_db
def test_a_log_that_is_down_is_a_clear_error(tmp_path: Path) -> None:
    down = RedisStreamsLog.from_url(f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(LogError, match="could not measure user_plays"):
        sink(LocalLake(tmp_path), down)
    assert not locks.is_held("sink:user_plays:0")


@pytest.mark.django_db
@pytest.mark.parametrize("turn", range(ROUNDS))
def test_valkey_killed_in_mid_drain_and_started_again(
    turn: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, folder, store = free_port(), tmp_path / "valkey", LocalLake(tmp_path / "lake")
    folder.mkdir()
    server = start_valkey(folder, port)
    own = redis.Redis(port=port, retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(clients, "redis_client", lambda: own)
    log = RedisStreamsLog(own)
    append_events(plays(2000), log)
    log.sync()  # a kill loses what is not in the file yet

    def kill(result: SinkResult) -> None:
        if result.objects == 1 + turn % 3:
            server.kill()
            server.wait()

    with pytest.raises((LogError, redis.RedisError)):
        sink(store, log, on_batch=kill)
    server = start_valkey(folder, port)
    _until_loaded(own)
    a_minute_passes()
    sink(store, log)
    assert event_ids(store, "plays") == ids(plays(2000)) and log.lag("user_plays") == 0
    log.close()
    server.kill()
    server.wait()


def _until_loaded(client: "redis.Redis") -> None:
    while True:
        try:
            client.ping()
            return
        except redis.BusyLoadingError:
            time.sleep(0.01)
