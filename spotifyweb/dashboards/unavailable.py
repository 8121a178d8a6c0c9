"""When the warehouse does not answer: the same friendly page wherever it happened, never a 500."""

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from spotifyweb.warehouse import WarehouseError

SAID = "The warehouse does not answer; try again in a minute."
RETRY_SECONDS = "60"


class Unavailable:
    """Middleware."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, WarehouseError):
            return None
        response: HttpResponse
        if request.path.startswith("/api/"):
            response = JsonResponse({"detail": SAID}, status=503)
        else:
            context = {"error": exception}
            response = render(request, "dashboards/unavailable.html", context, status=503)
        response["Retry-After"] = RETRY_SECONDS
        return response
