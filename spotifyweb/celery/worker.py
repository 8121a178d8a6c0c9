"""What Liner adds to Celery's worker: steady reconnects, and beat in a thread."""

import logging
import threading
from functools import partial
from typing import Any

from celery import bootsteps
from celery.beat import Service
from celery.worker import consumer

log = logging.getLogger(__name__)

RESTART_SECONDS = 5.0


class Consumer(consumer.Consumer):  # type: ignore[misc]
    """A consumer that looks for a lost broker every two seconds, for as long as it takes.

    A message of a lost connection is acknowledged by a channel that has none. The AttributeError of
    that, https://github.com/celery/kombu/issues/582, would end the worker.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.connection_errors += (AttributeError,)

    def ensure_connected(self, conn: Any) -> Any:
        """Connect. Celery's own waits grow to half a minute, in which nobody's player is read."""
        conn.ensure_connection = partial(conn.ensure_connection, interval_step=0)
        return super().ensure_connected(conn)

    def on_connection_error_after_connected(self, exc: BaseException) -> None:
        """Give a lost connection up, also where it cannot be closed.

        Where messages are unacknowledged, kombu may close a channel whose connection it dropped
        before.
        """
        try:
            super().on_connection_error_after_connected(exc)
        except AttributeError as error:
            log.warning("the lost connection to the broker was dropped unclosed: %s", error)


class BeatThread(bootsteps.StartStopStep):  # type: ignore[misc]
    """Beat in a thread of the worker, by `--beat-thread`, for a machine with one worker.

    Celery's own `--beat` forks a process, which costs as much memory as a worker.
    """

    conditional = True

    def __init__(self, parent: Any, beat_thread: bool = False, **options: Any) -> None:
        self.enabled = beat_thread
        self._is_stopping = threading.Event()
        self._service: Service | None = None
        super().__init__(parent, **options)

    def start(self, parent: Any) -> None:
        threading.Thread(target=self._run, args=(parent.app,), name="beat", daemon=True).start()

    def stop(self, parent: Any) -> None:  # noqa: ARG002
        self._is_stopping.set()
        if self._service is not None:
            self._service.stop()

    def _run(self, app: Any) -> None:
        """Tick until the worker stops; a scheduler that failed starts again."""
        while not self._is_stopping.is_set():
            self._service = Service(
                app, scheduler_cls=app.conf.beat_scheduler, remote_control=False
            )
            try:
                self._service.start()
            except Exception:
                log.exception("beat failed and starts again")
            self._is_stopping.wait(RESTART_SECONDS)
