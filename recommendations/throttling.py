"""So many calls a minute, counted in Redis: one count for every process and for both ways in."""

import time
from typing import cast

import redis
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from spotifyweb import clients
from spotifyweb.accounts.models import ApiToken
from spotifyweb.rate_limits import Rate, counter, parse_rate

COUNTED = "liner.counted"  # in the ASGI scope of a call


def rate() -> Rate:
    """Return how often a listener or token may call the API."""
    rates = cast(dict[str, str], settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"])
    return parse_rate(rates["listener"])


def name_of(token: ApiToken | None, listener_id: int) -> str:
    """Return whose calls are counted: those of a token, or of a logged-in listener."""
    return f"token-{token.pk}" if token else f"listener-{listener_id}"


def is_counted(request: Request) -> bool:
    """Return whether the fast path has counted it: the scope is where no client can write."""
    return bool(getattr(request._request, "scope", {}).get(COUNTED))


class CountedThrottle(BaseThrottle):
    """A call that the middleware has counted before it went on to Django is only measured here."""

    def allow_request(self, request: Request, view: object) -> bool:  # noqa: ARG002
        token = request.auth if isinstance(request.auth, ApiToken) else None
        user_pk = request.user.pk
        who = name_of(token, user_pk) if user_pk else str(self.get_ident(request))
        limit = rate()
        key = counter(who, seconds=limit.seconds)
        try:
            trip = clients.redis_client().pipeline()
            trip.incrby(key, 0 if is_counted(request) else 1)
            trip.expire(key, limit.seconds)
            counted = trip.execute()[0]
        except redis.RedisError:  # without Redis nothing is counted, and everything is slower
            return True
        return int(counted) <= limit.calls

    def wait(self) -> float:
        seconds = rate().seconds
        return seconds - time.time() % seconds
