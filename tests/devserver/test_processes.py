"""The processes of one install: how each is started, and how workers find their broker again."""

import pytest
from celery import Celery
from kombu.exceptions import OperationalError
from kombu.utils import functional

from spotifyweb.celery.worker import Consumer
from spotifyweb.devserver import processes


def test_the_web_gives_memory_back_after_load() -> None:
    """glibc keeps what threads freed in arenas of theirs: 129 MB grew to 524 in one bench."""
    assert processes.process_commands()["web"][:2] == ["env", "MALLOC_ARENA_MAX=2"]


def test_a_worker_looks_for_a_lost_broker_every_two_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(functional, "sleep", slept.append)
    consumer = Consumer.__new__(Consumer)
    consumer.app = Celery(broker="redis://127.0.0.1:1/0", set_as_current=False)
    consumer.app.conf.broker_connection_max_retries = 6
    with pytest.raises(OperationalError):
        consumer.ensure_connected(consumer.app.connection_for_write())
    assert sum(slept) == 6 * 2
