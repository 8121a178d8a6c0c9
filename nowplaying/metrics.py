"""Figures of the poller: its last tick, players that are due or in trouble, calls to Spotify.

Calls are counted in Valkey and stored by listener, day and family in the database.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import redis
from django.db.models import Count

from nowplaying.models import CallsOnDay, Playback, PlayerProblem
from spotifyweb import clients
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.spotify.quota import Quota

TICK_KEY = "nowplaying:ticked_at"
TICK_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollerStatus:
    tick_age_seconds: int | None  # None: not ticked for a week, or Valkey is away
    due: int  # should have been polled by now
    blocked: int
    needs_login: int


def record_tick(client: "redis.Redis", *, now: datetime) -> None:
    client.set(TICK_KEY, now.isoformat(), ex=TICK_KEPT)


def poller_status(*, now: datetime) -> PollerStatus:
    connected = Playback.objects.filter(listener__in=Listener.objects.connected())
    troubles = dict(connected.order_by().values_list("trouble").annotate(count=Count("pk")))
    return PollerStatus(
        tick_age_seconds=tick_age_seconds(now=now),
        due=connected.due(by=now, now=now).count(),
        blocked=troubles.get(PlayerProblem.BLOCKED, 0) + troubles.get(PlayerProblem.BUDGET, 0),
        needs_login=Listener.objects.filter(connection=Connection.NEEDS_LOGIN).count(),
    )


def tick_age_seconds(*, now: datetime) -> int | None:
    try:
        left = clients.redis_client().get(TICK_KEY)
    except redis.RedisError:
        return None
    if not isinstance(left, bytes):
        return None
    return max(0, int((now - datetime.fromisoformat(left.decode())).total_seconds()))


def store_calls(quota: Quota, *, now: datetime) -> int:
    """Write today's and yesterday's counts; safe to repeat. Returns how many rows they are."""
    return sum(store_calls_of_day(quota, day=now - timedelta(days=back)) for back in (1, 0))


def store_calls_of_day(quota: Quota, *, day: datetime) -> int:
    counts = quota.spent_by_listener_and_family(now=day)
    known = dict(Listener.objects.filter(user_id__in=counts).values_list("user_id", "pk"))
    rows = [
        CallsOnDay(
            listener_id=known[user_id],
            date=day.astimezone(UTC).date(),
            family=family,
            calls=number,
        )
        for user_id, families in counts.items()
        if user_id in known
        for family, number in families.items()
    ]
    CallsOnDay.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["listener", "date", "family"],
        update_fields=["calls"],
    )
    return len(rows)
