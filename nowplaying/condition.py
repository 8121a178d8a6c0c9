"""How the live path stands: when it last ticked, and how many players are due or in trouble."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from django.db.models import Count

from nowplaying.models import Playback, Trouble
from spotifyweb import clients
from spotifyweb.accounts.models import Connection, Listener

TICKED = "nowplaying:ticked_at"
KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    tick_age_seconds: int | None  # None: not ticked for a week, or Valkey is away
    due: int  # should have been looked at by now
    blocked: int
    needs_login: int


def note_tick(client: "redis.Redis", *, now: datetime) -> None:
    client.set(TICKED, now.isoformat(), ex=KEPT)


def condition(*, now: datetime) -> Condition:
    connected = Playback.objects.filter(listener__in=Listener.objects.connected())
    troubles = dict(connected.order_by().values_list("trouble").annotate(count=Count("pk")))
    return Condition(
        tick_age_seconds=tick_age_seconds(now=now),
        due=connected.due(by=now, now=now).count(),
        blocked=troubles.get(Trouble.BLOCKED, 0) + troubles.get(Trouble.BUDGET, 0),
        needs_login=Listener.objects.filter(connection=Connection.NEEDS_LOGIN).count(),
    )


def tick_age_seconds(*, now: datetime) -> int | None:
    try:
        left = clients.redis_client().get(TICKED)
    except redis.RedisError:
        return None
    if not isinstance(left, bytes):
        return None
    return max(0, int((now - datetime.fromisoformat(left.decode())).total_seconds()))
