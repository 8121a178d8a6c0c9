"""Requests under ASGI."""

from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware

from tests.recommendations import asgi

FORMS: list[bool] = []  # in which the middleware below was loaded


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
