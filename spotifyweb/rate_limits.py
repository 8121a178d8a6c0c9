"""Rate limits: how often one sender may do something, counted in Redis for all processes.

Without Redis nothing is counted: limits spare the machine, logins protect the data.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from ipaddress import IPv4Address, IPv6Network, ip_address

import redis
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, ngettext

from spotifyweb import clients

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
View = Callable[[HttpRequest], HttpResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    calls: int
    seconds: int


def parse_rate(text: str) -> Rate:
    """Return the rate of a text like `600/min`, as `env.rate` let it through."""
    calls, _, period = text.partition("/")
    return Rate(calls=int(calls), seconds=SECONDS[period[0]])


def counter(who: str, *, seconds: int) -> str:
    """Return the key that counts this stretch of time."""
    return f"calls:{who}:{int(time.time()) // seconds}"


def wait_seconds(name: str, sender: str) -> int:
    """Count a call, and return how long its sender has to wait: 0 where it is allowed."""
    rate = parse_rate(settings.RATE_LIMITS[name])
    key = counter(f"{name}:{sender}", seconds=rate.seconds)
    try:
        trip = clients.redis_client().pipeline()
        trip.incr(key)
        trip.expire(key, rate.seconds)
        count = trip.execute()[0]
    except redis.RedisError:
        return 0
    return 0 if count <= rate.calls else 1 + int(rate.seconds - time.time() % rate.seconds)


def retry_sentence(seconds: float) -> str:
    """Say when to try again: in seconds, minutes or hours, rounded up."""
    if seconds <= 99:
        count = math.ceil(seconds)
        text = ngettext("Try again in %(n)d second.", "Try again in %(n)d seconds.", count)
    elif seconds <= 99 * 60:
        count = math.ceil(seconds / 60)
        text = ngettext("Try again in %(n)d minute.", "Try again in %(n)d minutes.", count)
    else:
        count = math.ceil(seconds / 3600)
        text = ngettext("Try again in %(n)d hour.", "Try again in %(n)d hours.", count)
    return text % {"n": count}


def limit_rate(name: str, *, method: str = "POST") -> Callable[[View], View]:
    """Answer 429 where a listener, or an address without a login, calls a view too often."""

    def decorate(view: View) -> View:
        @wraps(view)
        def limited(request: HttpRequest) -> HttpResponse:
            wait = wait_seconds(name, sender_of(request)) if request.method == method else 0
            if not wait:
                return view(request)
            context = {"title": gettext("Too many requests"), "sentence": retry_sentence(wait)}
            response = render(request, "refused.html", context, status=429)
            response["Retry-After"] = str(wait)
            return response

        return limited

    return decorate


def sender_of(request: HttpRequest) -> str:
    """Return the listener who is logged in, or else the address; a proxy's header is uvicorn's."""
    if request.user.is_authenticated:
        return f"listener-{request.user.pk}"
    return f"address-{network_of(request.META.get('REMOTE_ADDR', ''))}"


def network_of(address: str) -> str:
    """Return the /64 of an IPv6 address, since each client has a whole one; else the address."""
    try:
        known = ip_address(address)
    except ValueError:  # of a Unix socket, or whatever a proxy calls it
        return address
    if isinstance(known, IPv4Address) or known.ipv4_mapped:
        return address
    return str(IPv6Network((int(known), 64), strict=False))
