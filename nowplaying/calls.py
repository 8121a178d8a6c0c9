"""How often Spotify was asked for each listener: counted in Valkey, kept by day in the database."""

from datetime import UTC, datetime, timedelta

from nowplaying.models import CallsOnDay
from spotifyweb.accounts.models import Listener
from spotifyweb.spotify.quota import Quota


def keep(quota: Quota, *, now: datetime) -> int:
    """Write today's and yesterday's counts; safe to repeat. Returns how many rows they are."""
    return sum(keep_day(quota, day=now - timedelta(days=back)) for back in (1, 0))


def keep_day(quota: Quota, *, day: datetime) -> int:
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
