"""`manage.py prepare`, run by several hosts at once."""

import threading
import time

import pytest

from spotifyweb.management.commands.prepare import preparation_lock


@pytest.mark.django_db(transaction=True)
def test_a_second_preparation_waits_for_the_first() -> None:
    order: list[str] = []

    def prepare() -> None:
        with preparation_lock():
            order.append("second")

    second = threading.Thread(target=prepare)
    with preparation_lock():
        second.start()
        time.sleep(0.2)
        order.append("first")
    second.join(timeout=10)
    assert order == ["first", "second"]
