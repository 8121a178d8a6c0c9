"""When the warehouse does not answer: the same friendly page wherever it happened, never a 500.

After an upgrade it may answer and lack what this version reads: then the page says how long the
rebuild takes, and loads itself again.
"""

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from spotifyweb import upgrade
from spotifyweb.warehouse import WarehouseError

SAID = "The warehouse does not answer; try again in a minute."
RETRY_SECONDS = "60"
RELOAD_SECONDS = "15"


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
        if rebuild := upgrade.awaited(exception):
            return rebuilding(request, rebuild)
        response: HttpResponse
        if request.path.startswith("/api/"):
            response = JsonResponse({"detail": SAID}, status=503)
        else:
            context = {"error": exception}
            response = render(request, "dashboards/unavailable.html", context, status=503)
        response["Retry-After"] = RETRY_SECONDS
        return response


def rebuilding(request: HttpRequest, rebuild: upgrade.Rebuild) -> HttpResponse:
    response: HttpResponse
    if request.path.startswith("/api/"):
        response = JsonResponse({"detail": rebuild.sentence}, status=503)
    else:
        context = {"rebuild": rebuild}
        response = render(request, "dashboards/rebuilding.html", context, status=503)
        response["Refresh"] = RELOAD_SECONDS
    response["Retry-After"] = RELOAD_SECONDS
    return response
