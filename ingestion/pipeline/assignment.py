"""Assignment: which partitions of a topic a drain holds, each under a lock of its own.

So several sinks share a topic: each takes the next partition that nobody holds, and holds it from
its first record to its last commit.
"""

from contextlib import ExitStack
from typing import Self

from spotifyweb import locks
from spotifyweb.locks import Lock, LockHeld

LOCK_SECONDS = 60


class Assignment:
    """The partitions that one drain holds; what is left is released at the end of the block."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._held: dict[int, ExitStack] = {}
        self._is_over = False
        self.has_held = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        for partition in list(self._held):
            self.release(partition)

    def hold(self, partition: int, *, wait_seconds: float = 0) -> Lock | None:
        """Return the lock of a partition; None where another sink holds it, or the drain ends."""
        stack, name = ExitStack(), f"sink:{self._topic}:{partition}"
        try:
            lock = stack.enter_context(locks.lock(name, LOCK_SECONDS, wait_seconds=wait_seconds))
        except LockHeld:
            return None
        self._held[partition] = stack
        if self._is_over:
            self.release(partition)
            return None
        self.has_held = True
        return lock

    def release(self, partition: int) -> None:
        """Let others take the partition. Safe to repeat."""
        if stack := self._held.pop(partition, None):
            stack.close()
