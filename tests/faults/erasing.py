"""Workers that carry out an order and are lost on the way: `python -m tests.faults.erasing <pk>`.

Each runs in a child of its own, which kills itself with SIGKILL at a named point; the last one is
left alone. What a dead one held runs out by itself, which is not waited for here.
"""

import itertools
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "spotifyweb.settings"
    django.setup()

from django.db import connections
from django.utils import timezone

from spotifyweb import clients, locks
from spotifyweb.lake import LocalLake, local
from spotifyweb.privacy import execution, stores
from spotifyweb.privacy.models import ErasureRequest

WRITTEN = ["first written", "second written"]
POINTS = ["log", "planned", "half a draft", *WRITTEN, "lake", "database"]


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying_after(owner: Any, name: str, dies: Callable[..., bool]) -> None:
    original = getattr(owner, name)

    def dying(*given: Any, **named: Any) -> Any:
        answer = original(*given, **named)
        if dies(*given):
            die()
        return answer

    setattr(owner, name, dying)


def half(path: Path, data: bytes) -> None:
    path.write_bytes(data[: len(data) // 2])
    die()


def arm(point: str) -> None:
    """Death at that point; of "" never."""
    if point == "planned":
        dying_after(stores, "_record_plan", lambda *_: True)
    elif point in WRITTEN:
        count = itertools.count()
        dying_after(LocalLake, "put", lambda *_: next(count) == WRITTEN.index(point))
    elif point == "half a draft":
        local._write_durably = half
    else:
        dying_after(ErasureRequest, "record_step", lambda _, step, *__: step == point)


def child(order_pk: int, point: str) -> None:
    arm(point)
    erasure = ErasureRequest.objects.get(pk=order_pk)
    try:
        execution.first_pass(erasure, clock=timezone.now)
        os._exit(0)
    finally:
        os._exit(1)


def ended(order_pk: int, point: str) -> int:
    connections.close_all()
    if (pid := os.fork()) == 0:
        child(order_pk, point)
    _, status = os.waitpid(pid, 0)
    for name in (f"erasing:{order_pk}", stores.LAKE_LOCK):
        clients.redis_client().delete(locks.key(name))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    pk = int(sys.argv[1])
    print(json.dumps({point: ended(pk, point) for point in [*POINTS, ""]}))  # noqa: T201
