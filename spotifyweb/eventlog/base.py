"""The event log: append, drain, commit, lag. One protocol, with Kafka and Redis streams behind it.

`drain` yields batches from the committed offset to the high watermark at its start, then ends;
`commit` says that a batch has landed. Nothing is committed that was not drained.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REPLAY, EXPIRED = "replay", "offset expired"  # why records are read that may have landed before
RecordPredicate = Callable[[bytes, int], bool]


class LogError(Exception):
    """The log did not do what was asked; `retry` says whether trying again can help.

    `hint` says what a person can do, where that is known.
    """

    def __init__(self, message: str, *, retry: bool = True, hint: str = "") -> None:
        super().__init__(message)
        self.retry = retry
        self.hint = hint


class LogDropped(LogError):
    """Events were removed before they were read. Raised once: the next drain begins behind them."""

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
    repetition: str = field(  # REPLAY or EXPIRED where its records may have landed before
        default="", compare=False
    )

    def __len__(self) -> int:
        return len(self.values)

    @property
    def size(self) -> int:
        """Return the bytes of all values."""
        return sum(map(len, self.values))

    @property
    def appended_at(self) -> datetime:
        """Return when the first record was appended, in UTC: a replay gives the same."""
        return EPOCH + timedelta(milliseconds=self.appended_ms[0])

    def without_values(self, *, but: Collection[int]) -> "Batch":
        """Return the same records with empty values, but for those at these indices."""
        values = [b""] * len(self)
        for index in but:
            values[index] = self.values[index]
        return replace(self, values=values)

    def head(self, count: int) -> "Batch":
        """Return the first `count` records."""
        return self._part(slice(None, count))

    def tail(self, count: int) -> "Batch":
        """Return all but the first `count` records."""
        return self._part(slice(count, None))

    def _part(self, part: slice) -> "Batch":
        return replace(
            self,
            offsets=self.offsets[part],
            keys=self.keys[part],
            values=self.values[part],
            appended_ms=self.appended_ms[part],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a replay begins: at a time, or at an offset, in one partition or in each."""

    at: datetime | int  # an aware time of appending, or an offset
    partition: int | None = None


def every_record(value: bytes, appended_ms: int) -> bool:  # noqa: ARG001
    """Return True: match every record."""
    return True


class EventLog(Protocol):
    def create_topics(self, topics: Sequence[str]) -> None:
        """Create the topics that are missing. Safe to repeat."""

    def append(self, topic: str, records: Iterable[tuple[str, bytes]]) -> int:
        """Append (key, value) records; return how many, all of them acknowledged.

        Raises LogError where any was not acknowledged: append all again, events are idempotent.
        """

    def sync(self) -> None:
        """Return once all that was appended survives a power cut, as far as the server promises.

        It takes a moment: call it once, before a cursor or a ledger relies on it.
        """

    def drain(
        self, topic: str, *, partition: int | None = None, max_records: int, max_bytes: int
    ) -> Iterator[Batch]:
        """Yield batches of at most that size, until what the log held at the start is read.

        Of one partition, or of all. Where the committed offset is gone, all that the log holds is
        read again, as EXPIRED.
        """

    def replay(
        self, topic: str, start: Start, *, max_records: int, max_bytes: int
    ) -> Iterator[Batch]:
        """Yield what was committed and is still there, from a place on, as batches of REPLAY.

        They are not committed again. A log that frees the room of what has landed yields none.
        """

    def commit(self, batch: Batch) -> None:
        """Commit a batch that has landed: it is not drained again, and its room may be freed.

        Batches of one partition are committed in the order in which they were drained.
        """

    def renew_offset(self, topic: str, partition: int) -> None:
        """Commit again what is committed: brokers forget offsets of which they hear nothing.

        For the holder of the partition alone, as another's newer commit would be undone.
        """

    def lag(self, topic: str) -> int:
        """Return how many records are appended and not committed."""

    def partition_lags(self, topic: str) -> Mapping[int, int]:
        """Return the lag of each partition; records that were removed unread count."""

    def erase_key(self, topic: str, key: str, *, where: RecordPredicate = every_record) -> int:
        """Remove records with that key that have not landed; return how many.

        `where` gets each record's value and its time of appending in Unix milliseconds. A log that
        cannot remove single records (Kafka) returns 0: the sink suppresses them when they land.
        """

    def truncate_committed(self, topic: str) -> bool:
        """Drop everything committed, whoever it belongs to: the lake has it. Used by erasures.

        Return whether it is gone. A server that refuses, or a topic that others read, is no
        failure: there the retention removes it.
        """

    def retention(self, topic: str) -> timedelta:
        """Return how long a record may be there that no erasure removed; zero where each can be."""

    def close(self) -> None:
        """Flush, and close connections."""
