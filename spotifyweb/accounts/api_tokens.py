"""Personal API tokens: `Authorization: Bearer swt_…`, kept as digests, good for their scopes."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rest_framework import authentication, exceptions, permissions, throttling
from rest_framework.request import Request

from spotifyweb.accounts.models import ApiToken, Listener

if TYPE_CHECKING:  # importing views reads the settings that name the classes below
    from rest_framework.views import APIView

PREFIX = "swt_"
USE_NOTED_EVERY = timedelta(minutes=1)  # a write for each call would cost more than the call


def create(listener: Listener, *, name: str, scopes: Sequence[str], now: datetime) -> str:
    """A new token; the answer is the only time that it is seen in full."""
    token = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(
        listener=listener,
        name=name,
        digest=digest_of(token),
        last_four=token[-4:],
        scopes=[scope for scope in ApiToken.Scope.values if scope in scopes],
        created_at=now,
    )
    return token


def revoke(listener: Listener, *, token_id: int) -> bool:
    """Whether there was such a token of theirs."""
    deleted, _ = ApiToken.objects.filter(listener=listener, pk=token_id).delete()
    return deleted > 0


def find(token: str, *, now: datetime) -> ApiToken | None:
    """The token of an active listener, its use noted."""
    found = ApiToken.objects.select_related("listener").filter(
        digest=digest_of(token), listener__is_active=True
    )
    if (known := found.first()) and stale(known, now=now):
        ApiToken.objects.filter(pk=known.pk).update(last_used_at=now)
    return known


def stale(token: ApiToken, *, now: datetime) -> bool:
    return token.last_used_at is None or token.last_used_at < now - USE_NOTED_EVERY


def digest_of(token: str) -> str:
    """Without salt or stretching: 256 random bits cannot be guessed from their digest."""
    return hashlib.sha256(token.encode()).hexdigest()


class ApiTokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer swt_…`; other kinds are left to whoever comes next."""

    def authenticate(self, request: Request) -> tuple[Listener, ApiToken] | None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        known = find(token.strip(), now=timezone.now())
        if known is None:
            raise exceptions.AuthenticationFailed("This API token is not known or was revoked.")
        return known.listener, known

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return 'Bearer realm="api"'


class HasScope(permissions.IsAuthenticated):
    """Logged in, or a token with the scope the view asks for.

    A view says `scope = "read:recommendations"` or `scopes = {"POST": "write:feedback"}`;
    `read:stats` covers reading where it says nothing, and writing with a token is then refused.
    """

    message = "This API token lacks the scope that this needs; make one under Settings."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not super().has_permission(request, view):
            return False
        if not isinstance(request.auth, ApiToken):
            return True
        return scope_needed(request.method or "", view) in request.auth.scopes


def scope_needed(method: str, view: Any) -> str | None:
    by_method: dict[str, str] = getattr(view, "scopes", {})
    if method in by_method:
        return by_method[method]
    named: str | None = getattr(view, "scope", None)
    if named is not None:
        return named
    return str(ApiToken.Scope.STATS) if method in permissions.SAFE_METHODS else None


class ListenerThrottle(throttling.SimpleRateThrottle):
    """So many calls a minute for each token, each logged-in listener, each unknown address."""

    scope = "listener"

    def get_cache_key(self, request: Request, view: "APIView") -> str:  # noqa: ARG002
        if isinstance(request.auth, ApiToken):
            who = f"token-{request.auth.pk}"
        elif request.user.is_authenticated:
            who = f"listener-{request.user.pk}"
        else:
            who = self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": who}
