"""What our worker does where Celery's would end."""

import logging
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from celery.worker import consumer
from kombu.connection import Connection
from kombu.message import Message

from spotifyweb.celery import app
from spotifyweb.celery.worker import Consumer


@pytest.fixture
def unclosable(monkeypatch: pytest.MonkeyPatch) -> Connection:
    """A connection whose channel was left half closed, as by a broker that is killed under load."""
    connection = Connection("memory://")  # type: ignore[no-untyped-call]

    def close() -> None:
        raise AttributeError("'NoneType' object has no attribute 'hostname'")

    monkeypatch.setattr(connection, "close", close)
    return connection


@pytest.mark.filterwarnings("ignore::celery.exceptions.CPendingDeprecationWarning")
def test_a_connection_that_cannot_be_closed_does_not_end_the_worker(
    unclosable: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    for kind in (consumer.Consumer, Consumer):
        worker = kind.__new__(kind)
        worker.app, worker.connection = app, unclosable
        if kind is Consumer:
            worker.on_connection_error_after_connected(ConnectionResetError())
        else:  # a version of Celery that does better needs no consumer of ours
            with pytest.raises(AttributeError):
                worker.on_connection_error_after_connected(ConnectionResetError())
        assert worker.connection is None
    assert "dropped unclosed" in caplog.text


class LostChannel:
    """A channel whose connection was dropped, as kombu's for Redis leaves it."""

    no_ack_consumers: tuple[str, ...] = ()

    def basic_ack(self, *_: Any, **__: Any) -> None:
        raise AttributeError("'NoneType' object has no attribute 'hostname'")


def test_a_message_of_a_lost_connection_that_is_acknowledged_does_not_end_the_worker(
    caplog: pytest.LogCaptureFixture,
) -> None:
    controller = SimpleNamespace(use_eventloop=True)
    worker = Consumer(lambda _: None, app=app, controller=controller)
    message: Any = Message(body="", channel=LostChannel(), delivery_tag="a play")  # type: ignore[no-untyped-call]
    message.ack_log_error(logging.getLogger("worker"), worker.connection_errors)
    assert "Couldn't ack 'a play'" in caplog.text


NAMELESS = """
import os
os.getuid = os.geteuid = os.getgid = os.getegid = lambda: 54321
import spotifyweb.celery
from celery.platforms import check_privileges
check_privileges({"json"})
"""


def test_a_user_without_an_entry_is_not_taken_for_root() -> None:
    """As in a container; Celery warned of superuser privileges at each start."""
    subprocess.run([sys.executable, "-W", "error", "-c", NAMELESS], check=True)
