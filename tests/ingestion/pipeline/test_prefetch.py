"""One step ahead: the same things in the same order, and nothing left running."""

import threading
from collections.abc import Iterator

import pytest

from ingestion.pipeline.sink import prefetch


def test_things_come_in_order_and_one_step_early() -> None:
    second_is_made = threading.Event()

    def things() -> Iterator[int]:
        yield 1
        second_is_made.set()
        yield 2

    found = prefetch(things())
    assert next(found) == 1
    assert second_is_made.wait(10)  # while the first is still in hand
    assert list(found) == [2]


def test_what_goes_wrong_is_raised_after_what_went_well() -> None:
    def things() -> Iterator[int]:
        yield 1
        raise RuntimeError("the log is away")

    found = prefetch(things())
    assert next(found) == 1
    with pytest.raises(RuntimeError, match="the log is away"):
        next(found)


def test_whoever_stops_early_leaves_no_thread_behind() -> None:
    threads: set[threading.Thread] = set()

    def things() -> Iterator[int]:
        while True:
            threads.add(threading.current_thread())
            yield 1

    found = prefetch(things())
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert threads and not any(thread.is_alive() for thread in threads)
