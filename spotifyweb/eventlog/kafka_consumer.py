"""Read from Kafka: messages up to the high watermarks, in runs of one partition."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message

from spotifyweb.eventlog.base import Batch, LogError

WAIT_SECONDS = 30.0
MOMENT_SECONDS = 0.1
# So few at a time that they are gone before Python's garbage collector looks for them: of 10,000
# messages at once, each takes three times as long.
CHUNK = 500

Ends = dict[int, tuple[int, int]]  # partition -> first offset not committed, high watermark


def runs(reader: Consumer, topic: str, ends: Ends, *, at_most: int) -> Iterator[Batch]:
    """Yield what lies between `ends`; end when each partition is read."""
    left = dict(ends)  # partition -> (next offset, high watermark)
    silent_since = time.monotonic()
    while left:
        # consume() waits until it has as many as were asked for: ask for no more than there are.
        rest = sum(high - following for following, high in left.values())
        with _translate_errors(topic):
            messages = reader.consume(min(CHUNK, at_most, rest), timeout=MOMENT_SECONDS)
        if messages:
            silent_since = time.monotonic()
        elif time.monotonic() - silent_since > WAIT_SECONDS:
            raise LogError(f"{topic}: no answer for {WAIT_SECONDS:.0f} s, {rest} records are left")
        yield from _to_batches(messages, topic, left)


def _to_batches(messages: list[Message], topic: str, left: Ends) -> Iterator[Batch]:
    """Yield the records below the high watermarks as batches; `left` moves on."""
    ended = [message for message in messages if message.error()]
    records = [message for message in messages if not message.error()] if ended else messages
    for _, run in groupby(records, key=Message.partition):
        found = list(run)
        partition = _partition(found[0])
        _, high = left.get(partition, (0, 0))
        following = _offset(found[-1]) + 1
        if following > high:  # appended after the drain began
            found = [message for message in found if _offset(message) < high]
        if found:
            yield _batch(topic, partition, found)
        if following < high:
            left[partition] = (following, high)
        else:
            left.pop(partition, None)
    for message in ended:
        _end_of_partition(message, left)


def _end_of_partition(message: Message, left: Ends) -> None:
    """Count a partition as read at its end: its last offsets may hold no message (markers)."""
    error = cast(KafkaError, message.error())
    if error.code() != KafkaError._PARTITION_EOF:
        raise LogError(f"the event log could not read {message.topic()}: {error}")
    left.pop(_partition(message), None)


def _partition(message: Message) -> int:
    return cast(int, message.partition())


def _offset(message: Message) -> int:
    return cast(int, message.offset())


def _batch(topic: str, partition: int, messages: list[Message]) -> Batch:
    return Batch(
        topic=topic,
        partition=partition,
        offsets=[str(message.offset()).zfill(20) for message in messages],
        keys=[message.key() or b"" for message in messages],
        values=[message.value() or b"" for message in messages],
        appended_ms=[message.timestamp()[1] for message in messages],
    )


@contextmanager
def _translate_errors(topic: str) -> Iterator[None]:
    try:
        yield
    except KafkaException as error:
        raise LogError(f"the event log could not read {topic}: {error.args[0].str()}") from error
