"""What waits in the queues of Celery for workers."""

from typing import Any

import orjson
from django.conf import settings

from spotifyweb import clients


def waiting_tasks(*queues: str) -> list[str]:
    """Return the tasks that wait, the oldest of each queue first; of all queues by default."""
    names = queues or settings.TASK_QUEUES
    waiting: list[Any] = [
        message
        for name in names
        for message in reversed(clients.redis_client().lrange(name, 0, -1))  # type: ignore[arg-type]
    ]
    return [orjson.loads(message)["headers"]["task"] for message in waiting]


def empty_queues() -> None:
    clients.redis_client().delete(*settings.TASK_QUEUES)
