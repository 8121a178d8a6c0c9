"""Who may be answered from the cache, for half a minute after Django let them in.

The view notes it once authentication, scope and throttle have passed; a revoked token, a log-out
or a listener who is gone or not allowed any more takes it back at once.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import orjson
import redis
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest
from rest_framework.request import Request

from recommendations import caching, throttling
from spotifyweb import clients
from spotifyweb.accounts.models import ApiToken, Listener
from spotifyweb.accounts.signals import answers_outdated, forgetting

SECONDS = 30
Headers = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    user_id: str
    who: str  # whose calls are counted


def key(digest: str) -> str:
    return f"recommendations:may:{digest}"


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def session_digest(session_key: str) -> str:
    """Never equal to a token's, which is all hexadecimal: no session key is a bearer token."""
    return "session:" + hashlib.sha256(session_key.encode()).hexdigest()


def digest(authorization: str, session_key: str) -> str:
    """Of the credential that decides: a token goes before a session. "" for none or another."""
    kind, _, token = authorization.partition(" ")
    if kind:
        return token_digest(token.strip()) if kind.lower() == "bearer" else ""
    return session_digest(session_key) if session_key else ""


def note(request: Request) -> None:
    """This credential was let in just now."""
    session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    credential = digest(request.headers.get("Authorization", ""), session_key)
    if not credential or not isinstance(request.user, Listener):
        return
    token = request.auth if isinstance(request.auth, ApiToken) else None
    who = throttling.name_of(token, request.user.pk)
    value = orjson.dumps([request.user.user_id, who])
    _quietly("set", key(credential), value, ex=SECONDS)


def read(raw: bytes | None) -> Admitted | None:
    if raw is None:
        return None
    user_id, who = orjson.loads(raw)
    return Admitted(user_id=user_id, who=who)


@receiver(post_delete, sender=ApiToken)
def token_revoked(instance: ApiToken, **_: Any) -> None:
    _quietly("delete", key(instance.digest))


@receiver(user_logged_out)
def logged_out(request: HttpRequest | None, **_: Any) -> None:
    if request is not None and (session_key := request.session.session_key):
        _quietly("delete", key(session_digest(session_key)))


@receiver(post_save, sender=Listener)
def listener_disallowed(instance: Listener, **_: Any) -> None:
    """Their credentials are not known here by name: their answers go, and Django says no."""
    if not instance.is_active:
        caching.forget_answers(instance.user_id)


@receiver(answers_outdated)
def answers_forgotten(user_id: str, **_: Any) -> dict[str, int]:
    """Raises RedisError: what may be left must not count as gone."""
    return {"stored recommendations": caching.erase_answers(user_id)}


@receiver(forgetting)
def listener_forgotten(user_id: str, **_: Any) -> dict[str, int]:
    return {"stored recommendations": caching.erase_answers(user_id) + _take_back(user_id)}


def _take_back(user_id: str) -> int:
    door, mine = clients.redis_client(), orjson.dumps([user_id])[:-1] + b","
    admitted = list(door.scan_iter(match=key("*"), count=1000))
    theirs = [each for each in admitted if (cast(bytes, door.get(each)) or b"").startswith(mine)]
    for each in theirs:
        door.delete(each)
    return len(theirs)


def _quietly(command: str, *args: Any, **options: Any) -> None:
    """Without Redis nothing is answered from it, so there is nothing to note or to take back."""
    try:
        getattr(clients.redis_client(), command)(*args, **options)
    except redis.RedisError:
        return
