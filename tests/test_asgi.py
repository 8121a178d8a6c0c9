"""Requests under ASGI."""

import asyncio
import threading
import time
from collections import Counter
from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware

from tests.recommendations import asgi

FORMS: list[bool] = []  # in which the middleware below was loaded
THREADS: Counter[str] = Counter()  # requests of each
AT_ONCE: list[int] = []  # how many were under way when one began


@sync_and_async_middleware
def either_form(get_response: Any) -> Any:
    FORMS.append(iscoroutinefunction(get_response))
    return get_response


@pytest.mark.django_db(transaction=True)
async def test_middleware_and_view_run_as_one_synchronous_function(settings: Any) -> None:
    from spotifyweb.asgi import SyncASGIHandler

    here = f"{__name__}.either_form"
    settings.MIDDLEWARE = [here, *settings.MIDDLEWARE, here]
    answer = await asgi.get(SyncASGIHandler(), "/health", headers={})
    assert answer.status == 200
    assert FORMS == [False, False]


def slow_middleware(get_response: Any) -> Any:
    lock, under_way = threading.Lock(), [0]

    def respond(request: Any) -> Any:
        with lock:
            under_way[0] += 1
            AT_ONCE.append(under_way[0])
            THREADS[threading.current_thread().name] += 1
        time.sleep(0.05)
        with lock:
            under_way[0] -= 1
        return get_response(request)

    return respond


@pytest.mark.django_db(transaction=True)
async def test_many_requests_at_once_share_a_few_threads(settings: Any) -> None:
    """Three hundred at once took all hundred connections of Postgres, and the rest failed."""
    from spotifyweb.asgi import SyncASGIHandler

    settings.WEB_THREADS = 2
    settings.MIDDLEWARE = [f"{__name__}.slow_middleware", *settings.MIDDLEWARE]
    handler = SyncASGIHandler()

    answers = await asyncio.gather(*(asgi.get(handler, "/health", headers={}) for _ in range(6)))

    assert [answer.status for answer in answers] == [200] * 6
    assert max(AT_ONCE) == 2
    assert sum(THREADS.values()) == 6 and len(THREADS) == 2
    started = [each.name for each in threading.enumerate() if each.name.startswith("request")]
    assert set(THREADS) <= set(started)
