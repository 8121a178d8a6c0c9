"""Two hosts of one install on real engines, the sandbox that they ask, and its listeners."""

import itertools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis

from bench.harness.kafka import Kafka
from bench.harness.processes import free_port, start_valkey
from bench.harness.sandbox_client import Sandbox
from spotifyweb.sandbox.server import BackgroundServer
from spotifyweb.sandbox.state import SandboxState
from tests.engines.hosts import KINDS, Host
from tests.engines.postgres import Postgres
from tests.engines.processes import shell
from tests.engines.s3 import SeaweedFS
from tests.faults import players

PERIODS = """
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks
for name, seconds in {periods}.items():
    interval, _ = IntervalSchedule.objects.get_or_create(every=seconds, period="seconds")
    assert PeriodicTask.objects.filter(name=name).update(interval=interval), name
PeriodicTasks.update_changed()
"""
PENDING = """
from ingestion.models import HistoryImport
from nowplaying.models import Playback
from spotifyweb import clients, events
log = clients.event_log()
imports = HistoryImport.objects.exclude(status__in=("done", "failed")).count()
players = Playback.objects.with_pending_events().count()
print(imports + players + sum(log.lag(topic) for topic in events.TOPICS))
"""
ROWS = """
import json
from spotifyweb import clients
print(json.dumps(clients.warehouse().rows({sql!r}), default=str))
"""
Engines = tuple[Kafka, SeaweedFS, Postgres]


@dataclass(kw_only=True)
class RecordingState(SandboxState):
    """Notes when each player was polled, by the monotonic clock."""

    polls: list[tuple[float, str]] = field(default_factory=list)

    def next_fault(self, names: set[str], account_id: str) -> Any:
        if names == {"player"}:
            self.polls.append((time.monotonic(), account_id))
        return super().next_fault(names, account_id)

    def polled_since(self, moment: float) -> dict[str, float]:
        """Return when each player was first polled after a moment."""
        return {who: at for at, who in reversed(self.polls) if at > moment}

    def gaps(self, account_id: str, *, since: float = 0) -> list[float]:
        """Return the seconds between two polls of a player."""
        at = [moment for moment, who in self.polls if who == account_id and moment > since]
        return [after - before for before, after in itertools.pairwise(at)]


@dataclass
class Cluster:
    hosts: list[Host]
    sandbox: Sandbox
    state: RecordingState
    redis_url: str

    @property
    def valkey(self) -> "redis.Redis":
        return redis.Redis.from_url(self.redis_url, decode_responses=True)

    def log_in(self, *account_ids: str) -> dict[str, str]:
        """Log listeners in at one host after the other; returns their sessions."""
        return {
            account_id: players.log_in(self.hosts[number % 2], account_id)
            for number, account_id in enumerate(account_ids)
        }

    def title(self, account_id: str) -> str:
        """Return what a listener's player plays, by the sandbox's record."""
        return str(self.sandbox.record(account_id)["now"]["item"]["name"])

    def pending(self) -> int:
        """Count imports that are not done, players' events and records that have not landed."""
        return int(shell(self.hosts[0], PENDING))

    def rows(self, sql: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(shell(self.hosts[0], ROWS.format(sql=sql)))
        return found


@contextmanager
def cluster(
    name: str,
    folder: Path,
    engines: Engines,
    *,
    kinds: tuple[str, ...] = tuple(KINDS),
    periods: dict[str, int] | None = None,
) -> Iterator[Cluster]:
    """Start both hosts: our supervisor starts the first's processes again, systemd the second's."""
    own, port, sandbox_port = folder / name, free_port(), free_port()
    (own / "valkey").mkdir(parents=True)
    valkey = start_valkey(own / "valkey", port)
    state = RecordingState(seed=1)
    server = BackgroundServer(state, port=sandbox_port)
    server.start()
    shared = environment(name, own, engines) | {"REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    hosts = [
        Host(
            own / each, sandbox_port=sandbox_port, shared=shared, kinds=kinds, is_supervised=own_one
        )
        for each, own_one in (("one", True), ("two", False))
    ]
    try:
        for host in hosts:
            host.manage("prepare")
        shell(hosts[0], PERIODS.format(periods=periods or {}))
        for host in hosts:
            host.start()
        yield Cluster(hosts, Sandbox(url=server.url, state=state), state, shared["REDIS_URL"])
    finally:
        for host in hosts:
            host.end()
        server.stop()
        valkey.kill()
        valkey.wait()


def environment(name: str, folder: Path, engines: Engines) -> dict[str, str]:
    """Return what hosts have in common; on DuckDB they share the warehouse's folder."""
    kafka, seaweed, postgres = engines
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return {
        "DATABASE_URL": postgres.url.removesuffix("postgres") + name,
        "EVENT_LOG_URL": f"kafka://{kafka.bootstrap}",
        "EVENT_LOG_TOPIC_PREFIX": f"{name}.",
        "LAKE_URL": f"s3://lake/{name}",
        "WAREHOUSE_URL": f"duckdb:///{folder}/warehouse",
        "SINK_MAX_RECORDS": "1000",  # so that a drain takes a while
        "TRANSFORM_MIN_MINUTES": "2",
        "SPOTIFY_ALLOWED_LISTENERS": "*",
        "UPLOAD_RATE": "1000/hour",
        **seaweed.environment,
    }
