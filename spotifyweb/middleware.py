"""Middleware of the whole site, for HTTP and for websockets."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.request import split_domain_port, validate_host
from django.middleware import gzip
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _

from spotifyweb.accounts import timezones
from spotifyweb.accounts.models import Listener
from spotifyweb.monitoring import upgrade
from spotifyweb.warehouse import WarehouseError

View = Callable[[HttpRequest], HttpResponseBase]
Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]

UNAVAILABLE = _("Statistics are temporarily unavailable. Try again in a minute.")
RETRY_SECONDS = "60"
RELOAD_SECONDS = "15"


class GZipMiddleware(gzip.GZipMiddleware):
    """Compress complete responses; let streaming ones pass as they are.

    Django compresses each chunk of an asynchronous stream as a gzip member of its own; browsers,
    curl and httpx read only the first. Without compression a length that the view knows stays with
    the response too. A proxy in front may compress.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        return response if response.streaming else super().process_response(request, response)


def private_cache_control(get_response: View) -> View:
    """Keep responses out of shared caches, unless a view declares its response public."""
    return lambda request: set_private(request, get_response(request))


def set_private(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Set `Cache-Control: private` where the view set none, and `Vary` by what identifies users."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    if "public" in response.headers["Cache-Control"]:
        return response
    is_api = request.path.startswith("/api/")
    patch_vary_headers(response, ["Cookie", "Authorization"] if is_api else ["Cookie"])
    return response


class WarehouseUnavailableMiddleware:
    """Answer 503 with a friendly page, or JSON below /api/, where a view raises WarehouseError.

    After an upgrade the warehouse may answer and lack what this version reads: then the response
    says how long the rebuild takes, and a page loads itself again.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, WarehouseError):
            return None
        if rebuild := upgrade.pending_rebuild(exception):
            return rebuilding_response(request, rebuild)
        response: HttpResponse
        if request.path.startswith("/api/"):
            response = JsonResponse({"detail": UNAVAILABLE}, status=503)
        else:
            context = {"error": exception}
            response = render(request, "dashboards/unavailable.html", context, status=503)
        response["Retry-After"] = RETRY_SECONDS
        return response


def rebuilding_response(request: HttpRequest, rebuild: upgrade.Rebuild) -> HttpResponse:
    """Return the 503 response that says how long the rebuild takes."""
    response: HttpResponse
    if request.path.startswith("/api/"):
        response = JsonResponse({"detail": rebuild.sentence}, status=503)
    else:
        context = {"rebuild": rebuild}
        response = render(request, "dashboards/rebuilding.html", context, status=503)
        response["Refresh"] = RELOAD_SECONDS
    response["Retry-After"] = RELOAD_SECONDS
    return response


def admin_timezone(get_response: View) -> View:
    """Show the admin's pages in the time zone of who reads them."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        if not is_admin_page(request):
            return get_response(request)
        with timezone.override(_zone(request)):
            return get_response(request)

    return respond


def is_admin_page(request: HttpRequest) -> bool:
    return request.path.startswith("/admin/")


def _zone(request: HttpRequest) -> ZoneInfo | None:
    user = request.user
    return timezones.zone_of(user) if isinstance(user, Listener) else None


class SameOriginMiddleware:
    """Deny a websocket unless its Origin is this site's, scheme and port included.

    Browsers send the session's cookie with every websocket, whichever page opens it. This site is
    the address in the Host header, as far as ALLOWED_HOSTS has it, and whatever
    CSRF_TRUSTED_ORIGINS lists: the rule of Django's CSRF check.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        app = self.app if is_same_origin(scope) else deny_websocket
        await app(scope, receive, send)


async def deny_websocket(_: Scope, receive: Any, send: Any) -> None:
    """Answer 403 to a handshake.

    A consumer that does it, as Channels' own, subscribes and unsubscribes a channel in Redis for
    each stranger.
    """
    await receive()
    await send({"type": "websocket.close"})


def is_same_origin(scope: Scope) -> bool:
    """Tell whether the handshake's Origin header names this site."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    origin = headers.get("origin", "").lower()
    return origin in {each.lower() for each in settings.CSRF_TRUSTED_ORIGINS} or (
        is_allowed_host(headers.get("host", "")) and origin == site_origin(scope, headers)
    )


def is_allowed_host(host: str) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def site_origin(scope: Scope, headers: Mapping[str, str]) -> str:
    """Return this site's origin as a browser writes it: without the scheme's usual port."""
    forwarded = headers.get("x-forwarded-proto") if settings.BEHIND_HTTPS else None
    is_secure = "https" in (forwarded, scope.get("scheme")) or scope.get("scheme") == "wss"
    scheme, usual_port = ("https", ":443") if is_secure else ("http", ":80")
    return f"{scheme}://{headers['host'].lower().removesuffix(usual_port)}"
