"""The event log: append, drain, commit, lag. One protocol, Kafka and Redis streams behind it.

`drain` hands out batches from the committed offset to the high watermark seen at its start and
then ends; `commit` says that a batch has landed. Nothing is committed that was not handed back.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RecordPredicate = Callable[[bytes, int], bool]


class LogError(Exception):
    """The log did not do what was asked; `retry` says whether trying again can help."""

    def __init__(self, message: str, *, retry: bool = True) -> None:
        super().__init__(message)
        self.retry = retry


class LogDropped(LogError):
    """Events were removed before they were read. Said once: the next drain goes on behind them."""

    def __init__(self, message: str, *, dropped: int) -> None:
        super().__init__(message, retry=False)
        self.counts = {"dropped": dropped}


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Contiguous records of one partition. Offsets sort as text in the order of the log."""

    topic: str
    partition: int
    offsets: Sequence[str]
    keys: Sequence[bytes]
    values: Sequence[bytes]
    appended_ms: Sequence[int]  # Unix time of each record by the log's clock

    def __len__(self) -> int:
        return len(self.values)

    @property
    def size(self) -> int:
        """Bytes of all values."""
        return sum(map(len, self.values))

    @property
    def appended_at(self) -> datetime:
        """Of the first record: a replay gives the same."""
        return EPOCH + timedelta(milliseconds=self.appended_ms[0])

    def head(self, count: int) -> "Batch":
        """The first `count` records."""
        return self._part(slice(None, count))

    def tail(self, count: int) -> "Batch":
        """All but the first `count` records."""
        return self._part(slice(count, None))

    def _part(self, part: slice) -> "Batch":
        return Batch(
            topic=self.topic,
            partition=self.partition,
            offsets=self.offsets[part],
            keys=self.keys[part],
            values=self.values[part],
            appended_ms=self.appended_ms[part],
        )


def every_record(value: bytes, appended_ms: int) -> bool:  # noqa: ARG001
    """Every record is to go."""
    return True


class EventLog(Protocol):
    def create_topics(self, topics: Sequence[str]) -> None:
        """Create what is missing; safe to repeat."""

    def append(self, topic: str, records: Iterable[tuple[str, bytes]]) -> int:
        """Append (key, value) records; returns how many, all of them acknowledged.

        Raises LogError when any was not acknowledged: then append all again, events are idempotent.
        """

    def sync(self) -> None:
        """What was appended before, by whomever, outlasts a power cut when this returns, as far as
        the server can promise it. It takes a moment: ask once, before a cursor or a ledger says so.
        """

    def drain(self, topic: str, *, max_records: int, max_bytes: int) -> Iterator[Batch]:
        """Batches of at most that size, until what was in the log at the start is handed out."""

    def commit(self, batch: Batch) -> None:
        """The batch has landed: never hand it out again; room it took may be freed.

        Batches of one partition are committed in the order in which they were handed out.
        """

    def lag(self, topic: str) -> int:
        """How many records are appended and not committed."""

    def erase_key(self, topic: str, key: str, *, where: RecordPredicate = every_record) -> int:
        """Remove records with that key that have not landed; returns how many were removed.

        `where` is asked with each one's value and its time of appending in Unix milliseconds.

        A log that cannot remove (Kafka) returns 0: what lands later is filtered by erasures.
        """

    def truncate_committed(self, topic: str) -> None:
        """Keep nothing that has landed, whosever it is: the lake has it. For erasures, so a server
        that refuses is no failure: there it goes when its time is over.
        """

    def close(self) -> None:
        """Flush and let go of connections."""
