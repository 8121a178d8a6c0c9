"""What our worker does where Celery's would end."""

import pytest
from celery.worker import consumer
from kombu.connection import Connection

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
