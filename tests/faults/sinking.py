"""A process that starts sinks in order to lose them: `python -m tests.faults.sinking`.

One line of JSON asks for one sink, which runs in a child of its own; where it asks for it, the
child kills itself with SIGKILL at a named point. One line of JSON says how it ended.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "spotifyweb.settings"
    django.setup()

from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from ingestion.pipeline import sink as pipeline_sink
from ingestion.pipeline.sink_writer import Limits
from spotifyweb.eventlog import Batch, EventLog, LogError
from spotifyweb.eventlog.kafka import KafkaLog
from spotifyweb.eventlog.kafka_properties import Cluster
from spotifyweb.eventlog.redis_streams import RedisStreamsLog
from spotifyweb.lake import LakeError, LocalLake, local

POINTS = [
    "read",
    "claimed",
    "half a draft",
    "draft",
    "renamed",
    "rejects in the lake",
    "rejects in the log",
    "committed",
    "settled",
]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Log:
    """The log, and death before or after what it does."""

    def __init__(self, log: EventLog, point: str) -> None:
        self._log, self._point = log, point

    def drain(self, topic: str, **limits: Any) -> Iterator[Batch]:
        for batch in self._log.drain(topic, **limits):
            if self._point == "read":
                die()
            yield batch

    def append(self, topic: str, records: Iterable[tuple[str, bytes]]) -> int:
        if self._point == "rejects in the lake":
            die()
        count = self._log.append(topic, records)
        if self._point == "rejects in the log":
            die()
        return count

    def commit(self, batch: Batch) -> None:
        self._log.commit(batch)
        if self._point == "committed":
            die()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


def arm(point: str) -> None:
    """Death inside the lake and the claims."""
    if point == "half a draft":
        local._write_durably = _half
    if point == "draft":
        local._make_durably = lambda *_, **__: die()
    if point == "renamed":
        local._sync_folder = lambda folder: die() if list(folder.glob("*.parquet")) else None
    if point == "claimed":
        _kill_after("claim_batch")
    if point == "settled":
        _kill_after("release_claims")


def _kill_after(step: str) -> None:
    setattr(pipeline_sink, step, deadly(getattr(pipeline_sink, step)))


def deadly(step: Callable[..., Any]) -> Callable[..., Any]:
    def last_step(*asked: Any, **named: Any) -> Any:
        step(*asked, **named)
        die()

    return last_step


def log_at(url: str) -> EventLog:
    engine, _, address = url.partition("://")
    if engine == "kafka":
        return KafkaLog(Cluster(bootstrap=address))
    return RedisStreamsLog.from_url(os.environ["REDIS_URL"])


def _half(path: Path, data: bytes) -> None:
    path.write_bytes(data[: len(data) // 2])
    die()


def sink(order: dict[str, Any]) -> None:
    arm(order["point"])
    if order["file_limit"]:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_limit"], order["file_limit"]))
    pipeline_sink.drain_topic(
        "user_plays",
        log=cast(EventLog, Log(log_at(order["log"]), order["point"])),
        store=LocalLake(Path(order["lake"])),
        limits=Limits(max_records=order["max_records"], max_bytes=1 << 25),
        now=timezone.now(),
    )


def say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def child(order: dict[str, Any]) -> None:
    try:
        sink(order)
    except (LakeError, LogError) as error:
        say({"error": str(error)})
        os._exit(3)
    os._exit(0)


def main() -> None:
    call_command("migrate", verbosity=0)
    connections.close_all()
    say({"ready": True})
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            child(json.loads(line))
        say({"pid": pid})
        _, status = os.waitpid(pid, 0)
        say({"exit": os.waitstatus_to_exitcode(status)})


if __name__ == "__main__":
    main()
