"""The next thing is made while this one is worked on: two cores, or one and a disk that waits."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(things: Iterator[T]) -> Iterator[T]:
    """The same things in the same order, each asked for one step early, in a thread.

    What goes wrong there is raised here. The thread has ended when this iterator is closed.
    """
    with ThreadPoolExecutor(1, "ahead") as thread:
        coming = thread.submit(next, things, None)
        while (thing := coming.result()) is not None:
            coming = thread.submit(next, things, None)
            yield thing
