"""Personal API tokens: `Authorization: Bearer swt_…`, stored as digests, limited to scopes."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions, permissions, serializers, throttling
from rest_framework.request import Request

from spotifyweb.accounts.models import ApiToken, Listener

if TYPE_CHECKING:  # importing views reads the settings that name the classes below
    from rest_framework.views import APIView

PREFIX = "swt_"
USE_RECORDED_EVERY = timedelta(minutes=1)  # a write for each call would cost more than the call


def create(listener: Listener, *, name: str, scopes: Sequence[str], now: datetime) -> str:
    """Create a token and return it in full, which is possible only here."""
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
    """Delete a token of the listener; returns whether there was one."""
    deleted, _ = ApiToken.objects.filter(listener=listener, pk=token_id).delete()
    return deleted > 0


def find(token: str, *, now: datetime) -> ApiToken | None:
    """Return the token of an active listener, and record its use at most once a minute."""
    matches = ApiToken.objects.select_related("listener").filter(
        digest=digest_of(token), listener__is_active=True
    )
    if (known := matches.first()) and is_use_due(known, now=now):
        ApiToken.objects.filter(pk=known.pk).update(last_used_at=now)
    return known


def is_valid(token: str) -> bool:
    """Return whether the token is one of an active listener."""
    return find(token, now=timezone.now()) is not None


def is_use_due(token: ApiToken, *, now: datetime) -> bool:
    return token.last_used_at is None or token.last_used_at < now - USE_RECORDED_EVERY


def digest_of(token: str) -> str:
    """Return the digest, without salt or stretching: 256 random bits cannot be guessed from it."""
    return hashlib.sha256(token.encode()).hexdigest()


class ApiTokenAuthentication(authentication.BaseAuthentication):
    """Authenticate by `Authorization: Bearer swt_…`; other schemes are for the next class."""

    def authenticate(self, request: Request) -> tuple[Listener, ApiToken] | None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        known = find(token.strip(), now=timezone.now())
        if known is None:
            raise exceptions.AuthenticationFailed(gettext("Unknown or revoked API token."))
        return known.listener, known

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return 'Bearer realm="api"'


class HasScope(permissions.IsAuthenticated):
    """Allow a session, or a token with the scope that the view requires.

    A view sets `scope = "read:recommendations"` or `scopes = {"POST": "write:feedback"}`. Where
    it sets neither, `read:stats` allows reading, and tokens may not write.
    """

    message = _("This API token lacks the required scope. Create one in Settings.")

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not super().has_permission(request, view):
            return False
        if not isinstance(request.auth, ApiToken) or request.method not in view.allowed_methods:
            return True  # a method that the view lacks gets its 405
        return required_scope(request.method or "", view) in request.auth.scopes


def required_scope(method: str, view: Any) -> str | None:
    by_method: dict[str, str] = getattr(view, "scopes", {})
    if method in by_method:
        return by_method[method]
    named: str | None = getattr(view, "scope", None)
    if named is not None:
        return named
    return str(ApiToken.Scope.STATS) if method in permissions.SAFE_METHODS else None


class ListenerThrottle(throttling.SimpleRateThrottle):
    """Limit the calls of each token, each logged-in listener and each unknown address."""

    scope = "listener"

    def get_cache_key(self, request: Request, view: "APIView") -> str:  # noqa: ARG002
        if isinstance(request.auth, ApiToken):
            who = f"token-{request.auth.pk}"
        elif request.user.is_authenticated:
            who = f"listener-{request.user.pk}"
        else:
            who = self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": who}


class ApiError(serializers.Serializer[Any]):
    """Describe the body of every error below /api/."""

    detail = serializers.CharField(help_text="one sentence")


class ApiTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe personal tokens in the API's documentation."""

    target_class = "spotifyweb.accounts.api_tokens.ApiTokenAuthentication"
    name = "apiToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A personal token from Settings, starting with swt_.",
        }
