"""Answers are for whom they were made: no cache on the way may keep one or hand it to another."""

from collections.abc import Awaitable, Callable
from typing import cast

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.decorators import sync_and_async_middleware

Answer = Callable[[HttpRequest], HttpResponseBase]
LaterAnswer = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def personal(get_response: Answer) -> Answer | LaterAnswer:
    """`Cache-Control: private` on whatever does not say otherwise, and what an answer rests on."""
    if not iscoroutinefunction(get_response):
        return lambda request: marked(request, get_response(request))
    later = cast(LaterAnswer, get_response)

    async def answer(request: HttpRequest) -> HttpResponseBase:
        return marked(request, await later(request))

    return answer


def marked(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Cache-Control", "private, no-cache")
    if "public" in response.headers["Cache-Control"]:
        return response
    is_api = request.path.startswith("/api/")
    patch_vary_headers(response, ["Cookie", "Authorization"] if is_api else ["Cookie"])
    return response
