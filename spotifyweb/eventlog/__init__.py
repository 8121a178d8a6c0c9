"""The event log: append, drain, commit, lag. One protocol, Kafka and Redis streams behind it.

`drain` hands out batches from the committed offset to the high watermark seen at its start and
then ends; `commit` says that a batch has landed. Nothing is committed that was not handed back.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class LogError(Exception):
    """The log did not do what was asked; `retry` says whether trying again can help."""

    def __init__(self, message: str, *, retry: bool = True) -> None:
        super().__init__(message)
        self.retry = retry


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Contiguous records of one partition. Offsets sort as text in the order of the log."""

    topic: str
    partition: int
    offsets: Sequence[str]
    keys: Sequence[str]
    values: Sequence[bytes]
    appended_at: datetime  # of the first record, by the log's clock: a replay gives the same

    def __len__(self) -> int:
        return len(self.values)


class EventLog(Protocol):
    def create_topics(self, topics: Sequence[str]) -> None:
        """Create what is missing; safe to repeat."""

    def append(self, topic: str, records: Iterable[tuple[str, bytes]]) -> int:
        """Append (key, value) records; returns how many, all of them acknowledged.

        Raises LogError when any was not acknowledged: then append all again, events are idempotent.
        """

    def drain(self, topic: str, *, max_records: int, max_bytes: int) -> Iterator[Batch]:
        """Batches of at most that size, until what was in the log at the start is handed out."""

    def commit(self, batch: Batch) -> None:
        """The batch has landed: never hand it out again; room it took may be freed."""

    def lag(self, topic: str) -> int:
        """How many records are appended and not committed."""

    def erase_key(self, topic: str, key: str) -> int:
        """Remove a listener's records that have not landed; returns how many were removed.

        A log that cannot remove (Kafka) returns 0: what lands later is filtered by erasures.
        """

    def close(self) -> None:
        """Flush and let go of connections."""
