"""The event log of one machine: a Redis stream per topic, which holds exactly what has not landed.

The sink is the only reader, and it reads in order. So a commit trims the stream, the stream itself
is the committed offset, and a reader that was killed leaves nothing to take over. A consumer group
would keep a second list of pending entries and write each to the append-only file (docs/adr/0006).
"""

import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, cast

import redis

from spotifyweb.eventlog.base import Batch, LogError, RecordPredicate, Start, every_record
from spotifyweb.eventlog.batches import rebatch
from spotifyweb.valkey import address
from spotifyweb.valkey.address import Sentinels

log = logging.getLogger(__name__)

PIPELINE = 500
CHUNK = 1000
SYNCED = "synced"  # a key that is written so that there is something to wait for
SYNC_WAIT_MS = 3_000  # appendfsync everysec takes two seconds at worst; with "no" it never comes
NOT_IN_TIME = [0, 0]
MAX_DEAD_LETTERS = 10_000  # for a first look; the lake keeps them all
RETRYABLE = ("OOM", "LOADING", "BUSY", "READONLY", "MISCONF", "MASTERDOWN", "CLUSTERDOWN")

Entry = tuple[bytes, list[bytes]]  # id, [b"k", key, b"v", value]


class RedisStreamsLog:
    """The log on Redis streams. A topic has one partition, 0; offsets are padded ids that sort."""

    def __init__(
        self, client: "redis.Redis", *, has_replica: bool = False, files: Path | None = None
    ) -> None:
        self._client, self._has_replica, self._files = client, has_replica, files
        # Answers as they come: making a dict of each record costs as much as reading it.
        client.set_response_callback("XRANGE", lambda answer, **_: answer or [])
        client.set_response_callback("XREVRANGE", lambda answer, **_: answer or [])

    @classmethod
    def from_url(cls, url: str, *, files: Path | None = None) -> "RedisStreamsLog":
        """Return the log at that address; `files` is the folder of its append-only files, if here.

        There they are synced by their names, too: while a disk takes seconds to sync, WAITAOF of
        Valkey 9.1 confirms what is not on disk yet.
        """
        client = address.client(url, socket_timeout=30, socket_connect_timeout=2)
        return cls(client, has_replica=Sentinels.of(url) is not None, files=files)

    def create_topics(self, topics: Sequence[str]) -> None:
        """Check that the server answers: a stream appears with its first record."""
        with _translate_errors(f"create {len(topics)} topics"):
            self._client.ping()

    def append(self, topic: str, records: Iterable[tuple[str, bytes]]) -> int:
        limit = ("MAXLEN", "~", MAX_DEAD_LETTERS) if topic.endswith("_dlq") else ()
        count, rest = 0, iter(records)
        while part := list(islice(rest, PIPELINE)):
            pipeline = self._client.pipeline(transaction=False)
            for key, value in part:
                command = ("XADD", stream_key(topic), *limit, "*", "k", key, "v", value)
                pipeline.execute_command(*command)  # type: ignore[no-untyped-call]
            with _translate_errors(f"append to {topic}"):
                count += len(pipeline.execute())
        return count

    def sync(self) -> None:
        """Wait for the append-only file and, behind Sentinels, for the one that may take over.

        A server that has no such file, or is older than WAITAOF (Redis 7.2), promises no more than
        without it.
        """
        pipeline = self._client.pipeline(transaction=False)
        pipeline.set(SYNCED, 1)  # it waits for what this very connection wrote last
        pipeline.execute_command("WAITAOF", 1, 0, SYNC_WAIT_MS)  # type: ignore[no-untyped-call]
        if self._has_replica:
            pipeline.wait(1, SYNC_WAIT_MS)
        with _translate_errors("write to disk"):
            mark, files, *replicas = pipeline.execute(raise_on_error=False)
            if isinstance(mark, redis.RedisError):
                raise mark
            if self._files:
                _sync_files(self._files)
        if files == NOT_IN_TIME:
            log.warning("the event log did not confirm a write to disk within %s ms", SYNC_WAIT_MS)
        if replicas == [0]:
            log.warning("no replica confirmed the newest events: a failover now would lose them")

    def drain(
        self,
        topic: str,
        *,
        partition: int | None = None,  # noqa: ARG002
        max_records: int,
        max_bytes: int,
    ) -> Iterator[Batch]:
        with _translate_errors(f"read {topic}"):
            newest = self._raw("XREVRANGE", stream_key(topic), "+", "-", "COUNT", 1)
        if not newest:
            return
        count = min(CHUNK, max_records)
        runs = (_run(topic, part) for part in self._parts(topic, until=newest[0][0], count=count))
        yield from rebatch(runs, max_records=max_records, max_bytes=max_bytes)

    def replay(
        self,
        topic: str,  # noqa: ARG002
        start: Start,  # noqa: ARG002
        *,
        max_records: int,  # noqa: ARG002
        max_bytes: int,  # noqa: ARG002
    ) -> Iterator[Batch]:
        """Yield nothing: a commit trims the stream, so what has landed is in the lake alone."""
        return iter(())

    def commit(self, batch: Batch) -> None:
        ms, _, sequence = batch.offsets[-1].partition("-")
        with _translate_errors(f"commit {batch.topic}"):
            # Exact: the approximate form leaves whatever does not fill an inner node.
            minid = f"{int(ms)}-{int(sequence) + 1}"
            self._client.execute_command("XTRIM", stream_key(batch.topic), "MINID", "=", minid)  # type: ignore[no-untyped-call]

    def renew_offset(self, topic: str, partition: int) -> None:
        """Do nothing: the stream itself is the offset."""

    def lag(self, topic: str) -> int:
        with _translate_errors(f"measure {topic}"):
            return cast(int, self._client.xlen(stream_key(topic)))

    def partition_lags(self, topic: str) -> Mapping[int, int]:
        return {0: self.lag(topic)}

    def erase_key(self, topic: str, key: str, *, where: RecordPredicate = every_record) -> int:
        erased, sought = 0, key.encode()
        for part in self._parts(topic, until=b"+", count=CHUNK):
            ids = [
                entry_id
                for entry_id, fields in part
                if fields[1] == sought and where(fields[3], _appended_ms(entry_id))
            ]
            if ids:
                with _translate_errors(f"erase from {topic}"):
                    erased += cast(int, self._client.xdel(stream_key(topic), *ids))
        return erased

    def truncate_committed(self, topic: str) -> bool:  # noqa: ARG002
        """Do nothing: a commit trims the stream."""
        return True

    def retention(self, topic: str) -> timedelta:  # noqa: ARG002
        """Return zero: an erasure removes single records, of dead letters too."""
        return timedelta()

    def close(self) -> None:
        self._client.close()

    def _parts(self, topic: str, *, until: bytes, count: int) -> Iterator[list[Entry]]:
        start = b"-"
        while True:
            with _translate_errors(f"read {topic}"):
                part = self._raw("XRANGE", stream_key(topic), start, until, "COUNT", count)
            if not part:
                return
            yield part
            start = b"(" + part[-1][0]

    def _raw(self, *command: Any) -> list[Entry]:
        return cast(list[Entry], self._client.execute_command(*command))  # type: ignore[no-untyped-call]


def stream_key(topic: str) -> str:
    """Return the stream's key: the same server also holds the cache and the task queue."""
    return f"log:{topic}"


def _appended_ms(entry_id: bytes) -> int:
    return int(entry_id.partition(b"-")[0])


def _run(topic: str, entries: Sequence[Entry]) -> Batch:
    ids = [entry_id.decode().split("-") for entry_id, _ in entries]
    return Batch(
        topic=topic,
        partition=0,
        offsets=[f"{ms.zfill(15)}-{sequence.zfill(8)}" for ms, sequence in ids],
        keys=[fields[1] for _, fields in entries],
        values=[fields[3] for _, fields in entries],
        appended_ms=[int(ms) for ms, _ in ids],
    )


def _sync_files(folder: Path) -> None:
    """Sync the append-only files. One that is gone was rewritten to others, which Valkey syncs."""
    for path in folder.glob("*.aof"):
        with suppress(FileNotFoundError), path.open("rb") as file:
            os.fsync(file.fileno())


@contextmanager
def _translate_errors(what: str) -> Iterator[None]:
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
        raise LogError(f"the event log could not {what}: {error}") from error
    except redis.RedisError as error:
        retry = str(error).startswith(RETRYABLE)
        raise LogError(f"the event log could not {what}: {error}", retry=retry) from error
