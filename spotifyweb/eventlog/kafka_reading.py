"""Reading from Kafka: messages up to the high watermarks, gathered into batches."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message

from spotifyweb.eventlog import Batch, LogError

WAIT_SECONDS = 30.0
MOMENT_SECONDS = 0.1
CHUNK = 10_000

Ends = dict[int, tuple[int, int]]  # partition -> first offset not committed, high watermark


def batches(
    reader: Consumer, topic: str, ends: Ends, *, max_records: int, max_bytes: int
) -> Iterator[Batch]:
    """What lies between `ends`; at most so much is held at a time, over all partitions."""
    full = _Full(max_records, max_bytes)
    held: dict[int, list[Message]] = {partition: [] for partition in ends}
    for message in _messages(reader, topic, ends):
        if full.by(message):
            yield from _emptied(topic, held)
        held[_partition(message)].append(message)
    yield from _emptied(topic, held)


class _Full:
    """Whether the next message would be too much for what is held."""

    def __init__(self, max_records: int, max_bytes: int) -> None:
        self._max_records, self._max_bytes = max_records, max_bytes
        self._records = self._bytes = 0

    def by(self, message: Message) -> bool:
        size = len(message)
        full = self._records > 0 and (
            self._records >= self._max_records or self._bytes + size > self._max_bytes
        )
        if full:
            self._records = self._bytes = 0
        self._records += 1
        self._bytes += size
        return full


def _messages(reader: Consumer, topic: str, ends: Ends) -> Iterator[Message]:
    """Those below the high watermarks; ends when each partition is through."""
    left = dict(ends)  # partition -> (next offset, high watermark)
    silent_since = time.monotonic()
    while left:
        # consume() waits until it has as many as were asked for: ask for no more than there are.
        rest = sum(high - following for following, high in left.values())
        with translated(f"read {topic}"):
            part = reader.consume(min(CHUNK, rest), timeout=MOMENT_SECONDS)
        if part:
            silent_since = time.monotonic()
        elif time.monotonic() - silent_since > WAIT_SECONDS:
            raise LogError(f"{topic}: no answer for {WAIT_SECONDS:.0f} s, {rest} records are left")
        for message in part:
            if error := message.error():
                _end_of_partition(message, error, left)
                continue
            partition, following = _partition(message), _offset(message) + 1
            high = ends[partition][1]
            if following <= high:
                yield message
                left[partition] = (following, high)
            if following >= high:
                left.pop(partition, None)


def _end_of_partition(message: Message, error: KafkaError, left: Ends) -> None:
    """Its last offsets may hold no message (transaction markers), so reaching its end counts."""
    if error.code() != KafkaError._PARTITION_EOF:
        raise LogError(f"the event log could not read {message.topic()}: {error}")
    left.pop(_partition(message), None)


def _partition(message: Message) -> int:
    return cast(int, message.partition())


def _offset(message: Message) -> int:
    return cast(int, message.offset())


def _emptied(topic: str, held: dict[int, list[Message]]) -> Iterator[Batch]:
    for partition, messages in held.items():
        if messages:
            yield _batch(topic, partition, messages)
            messages.clear()


def _batch(topic: str, partition: int, messages: Sequence[Message]) -> Batch:
    return Batch(
        topic=topic,
        partition=partition,
        offsets=[f"{_offset(message):020d}" for message in messages],
        keys=[(message.key() or b"").decode(errors="replace") for message in messages],
        values=[message.value() or b"" for message in messages],
        appended_ms=[message.timestamp()[1] for message in messages],
    )


@contextmanager
def translated(what: str) -> Iterator[None]:
    try:
        yield
    except KafkaException as error:
        reason: KafkaError = error.args[0]
        retry = not reason.fatal() and reason.code() not in (
            KafkaError.TOPIC_AUTHORIZATION_FAILED,
            KafkaError.SASL_AUTHENTICATION_FAILED,
            KafkaError.UNKNOWN_TOPIC_OR_PART,
        )
        raise LogError(f"the event log could not {what}: {reason.str()}", retry=retry) from error
