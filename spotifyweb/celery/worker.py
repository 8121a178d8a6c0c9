"""Celery's consumer, reconnecting to a lost broker every two seconds for as long as it takes."""

from functools import partial
from typing import Any

from celery.worker import consumer


class Consumer(consumer.Consumer):  # type: ignore[misc]
    def ensure_connected(self, conn: Any) -> Any:
        """Connect. Celery's own waits grow to half a minute, in which nobody's player is read."""
        conn.ensure_connection = partial(conn.ensure_connection, interval_step=0)
        return super().ensure_connected(conn)
