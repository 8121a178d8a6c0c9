"""Credentials that may be answered from the cache, for half a minute after Django let them in.

The view remembers one once authentication, scope and throttle have passed; a revoked token, a
log-out or a listener who is gone or not allowed any more takes it back at once.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import orjson
import redis
from django.conf import settings
from rest_framework.request import Request

from recommendations import throttling
from spotifyweb import clients
from spotifyweb.accounts.models import ApiToken, Listener

SECONDS = 30
Headers = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    user_id: str
    who: str  # whose calls are counted


def key(digest: str) -> str:
    return f"rec:may:{digest}"


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def session_digest(session_key: str) -> str:
    """Return a digest that never equals a token's, so that no session key is a bearer token."""
    return "session:" + hashlib.sha256(session_key.encode()).hexdigest()


def digest(authorization: str, session_key: str) -> str:
    """Return the digest of the credential that decides: a token, else a session, else ""."""
    kind, _, token = authorization.partition(" ")
    if kind:
        return token_digest(token.strip()) if kind.lower() == "bearer" else ""
    return session_digest(session_key) if session_key else ""


def remember(request: Request) -> None:
    """Remember that this credential was let in just now."""
    session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    credential = digest(request.headers.get("Authorization", ""), session_key)
    if not credential or not isinstance(request.user, Listener):
        return
    token = request.auth if isinstance(request.auth, ApiToken) else None
    who = throttling.name_of(token, request.user.pk)
    value = orjson.dumps([request.user.user_id, who])
    _quietly("set", key(credential), value, ex=SECONDS)


def parse(raw: bytes | None) -> Credential | None:
    if raw is None:
        return None
    user_id, who = orjson.loads(raw)
    return Credential(user_id=user_id, who=who)


def forget(digest: str) -> None:
    """Delete what is stored of one credential."""
    _quietly("delete", key(digest))


def erase(user_id: str) -> int:
    """Delete every credential of a listener; return how many. Raises RedisError."""
    client, prefix = clients.redis_client(), orjson.dumps([user_id])[:-1] + b","
    keys = list(client.scan_iter(match=key("*"), count=1000))
    found = [each for each in keys if (cast(bytes, client.get(each)) or b"").startswith(prefix)]
    for each in found:
        client.delete(each)
    return len(found)


def _quietly(command: str, *args: Any, **options: Any) -> None:
    """Send a command; without Redis nothing is answered from it, and there is nothing to do."""
    try:
        getattr(clients.redis_client(), command)(*args, **options)
    except redis.RedisError:
        return
