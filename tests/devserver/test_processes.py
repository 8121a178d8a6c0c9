"""The processes of one install: how each is started, and how workers find their broker again."""

import asyncio
import threading
import time
from types import SimpleNamespace

import pytest
from celery import Celery
from kombu.exceptions import OperationalError
from kombu.utils import functional

from spotifyweb.celery import worker
from spotifyweb.celery.worker import Consumer
from spotifyweb.devserver import processes, uvicorn_server


def test_web_and_worker_give_memory_back_after_load() -> None:
    """glibc keeps what threads freed in arenas of theirs: 129 MB grew to 524 in one bench."""
    commands = processes.process_commands()
    for name in ("web", "worker"):
        assert commands[name][:2] == ["env", "MALLOC_ARENA_MAX=2"]
        assert "ARROW_DEFAULT_MEMORY_POOL=system" in commands[name]


def test_web_wakes_once_a_second_and_dates_its_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    server = uvicorn_server.create_server(host="127.0.0.1", port=0)
    server.config.load()
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        server.should_exit = len(slept) == 2

    # in this module alone: servers of other tests sleep in their threads
    monkeypatch.setattr(uvicorn_server, "asyncio", SimpleNamespace(sleep=sleep))
    asyncio.run(server.main_loop())
    assert slept == [1.0, 1.0]
    assert b"date" in dict(server.server_state.default_headers)


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


def test_beat_ticks_in_a_thread_of_the_worker_and_starts_again_after_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticked: list[float] = []
    stopped = threading.Event()

    class Scheduler:
        """Fails at its first tick, as one whose database is locked."""

        max_interval = 1.0

        def __init__(self, **_: object) -> None:
            self.close = lambda: None
            self.should_sync = lambda: False

        def tick(self) -> float:
            ticked.append(time.monotonic())
            if len(ticked) == 1:
                raise OSError("locked")
            stopped.set()
            return 0.01

    monkeypatch.setattr(worker, "RESTART_SECONDS", 0.01)
    app = Celery(broker="memory://", set_as_current=False)
    app.conf.beat_scheduler = Scheduler
    parent = SimpleNamespace(app=app, steps=[])
    step = worker.BeatThread(parent, beat_thread=True)
    step.start(parent)
    assert stopped.wait(10)
    step.stop(parent)
    assert len(ticked) >= 2
    assert not worker.BeatThread(SimpleNamespace(steps=[])).include_if(parent)
