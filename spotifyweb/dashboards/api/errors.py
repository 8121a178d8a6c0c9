"""Errors below /api/ in the documented form: `{"detail": "one sentence"}`."""

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse, QueryDict
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import render
from django.template import loader
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views import defaults
from rest_framework.exceptions import Throttled
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

from spotifyweb.accounts.auth import wants_json
from spotifyweb.rate_limits import retry_sentence

Handler = Callable[..., HttpResponse]
OTHER_ADDRESS = _(
    "The address in your browser is not the one that Liner is set up for. If you run it, check"
    " SITE_URL, and that the proxy passes Host and X-Forwarded-Proto."
)
NO_COOKIE = _(
    "Your browser sent no cookie. Allow cookies for this site, reload the page and try again."
)
OUTDATED_PAGE = _(
    "You logged in or out since this page was opened. Go back, reload the page and try again."
)


def handle(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Handle an exception as DRF does, with the messages of all fields in one sentence."""
    response = exception_handler(exception, context)
    if response is not None:
        if isinstance(exception, Throttled) and "Retry-After" in response:
            wait = retry_sentence(int(response["Retry-After"]))
            response.data = f"{_('Too many requests.')} {wait}"
        response.data = {"detail": " ".join(_sentences(response.data))}
    return response


def _sentences(data: Any, field: str = "") -> Iterator[str]:
    if isinstance(data, dict):
        for name, value in data.items():
            is_named = name not in ("detail", api_settings.NON_FIELD_ERRORS_KEY)
            yield from _sentences(value, name if is_named else field)
    elif isinstance(data, list):
        for value in data:
            yield from _sentences(value, field)
    else:
        yield f"{field}: {data}" if field else str(data)


def _error_handler(page: Handler, status: int, detail: Promise) -> Handler:
    """Return a handler that answers Django's error page, or JSON below /api/."""

    def handler(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.path_info.startswith("/api/"):
            return JsonResponse({"detail": detail}, status=status)
        return page(request, *args, **kwargs)

    return handler


def _bad_request_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Render the page without the query, which may be what could not be read."""
    request.GET = QueryDict()
    if isinstance(exception, DisallowedHost):
        page = loader.render_to_string("400.html", {"is_unknown_host": True})
        return HttpResponseBadRequest(page)
    return defaults.bad_request(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say why a form cannot be trusted; scripts show the sentence beside the button."""
    is_not_https = settings.CSRF_COOKIE_SECURE and not request.is_secure()
    if is_not_https or reason.startswith(("Origin", "Referer")):
        sentence = OTHER_ADDRESS
    else:
        sentence = NO_COOKIE if reason == REASON_NO_CSRF_COOKIE else OUTDATED_PAGE
    if wants_json(request):
        return JsonResponse({"message": sentence, "error": sentence}, status=403)
    context = {"title": _("Nothing was changed"), "sentence": sentence}
    return render(request, "refused.html", context, status=403)


bad_request = _error_handler(_bad_request_page, 400, _("Bad request."))
permission_denied = _error_handler(defaults.permission_denied, 403, _("You don't have access."))
not_found = _error_handler(defaults.page_not_found, 404, _("Not found."))
server_error = _error_handler(defaults.server_error, 500, _("Internal error. It was logged."))
