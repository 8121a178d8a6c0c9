"""Which pages may open a websocket: browsers send the session's cookie with every one."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


class SameOrigin:
    """Deny a socket unless its Origin is this site's, scheme and port included.

    This site is the address that was asked, as far as ALLOWED_HOSTS has it, and whatever
    CSRF_TRUSTED_ORIGINS lists: the rule of Django's CSRF check.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.deny: App = WebsocketDenier.as_asgi()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        app = self.app if is_same_origin(scope) else self.deny
        await app(scope, receive, send)


def is_same_origin(scope: Scope) -> bool:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    origin = headers.get("origin", "").lower()
    return origin in {each.lower() for each in settings.CSRF_TRUSTED_ORIGINS} or (
        is_allowed(headers.get("host", "")) and origin == own_origin(scope, headers)
    )


def is_allowed(host: str) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def own_origin(scope: Scope, headers: Mapping[str, str]) -> str:
    """As a browser writes it: without the scheme's usual port."""
    forwarded = headers.get("x-forwarded-proto") if settings.BEHIND_HTTPS else None
    is_secure = "https" in (forwarded, scope.get("scheme")) or scope.get("scheme") == "wss"
    scheme, usual_port = ("https", ":443") if is_secure else ("http", ":80")
    return f"{scheme}://{headers['host'].lower().removesuffix(usual_port)}"
