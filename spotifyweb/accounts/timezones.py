"""Time-zone periods of a listener, and when their days began and ended.

Every listen is dated in its listener's zone of that time (`silver_zones`), so code that handles
their days uses this module. A move east skips hours, a move west repeats them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.db import transaction

from spotifyweb.accounts.models import Listener, ListenerTimezone

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
EVER, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimezonePeriod:
    """A zone, and from when until when it was the listener's."""

    zone: ZoneInfo
    since: datetime
    until: datetime

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self.zone).astimezone(UTC)


def timezone_periods(listener: Listener) -> list[TimezonePeriod]:
    """Return consecutive periods for all time; the first known zone holds for all time before."""
    rows = ListenerTimezone.objects.filter(listener=listener).values_list("timezone", "valid_from")
    known = [(zone, since) for name, since in rows if (zone := find_zone(name))]
    if not known:
        known = [(zone_of(listener), EVER)]
    moves = [since for _, since in known[1:]]
    return [
        TimezonePeriod(zone=zone, since=since, until=until)
        for (zone, _), since, until in zip(known, [EVER, *moves], [*moves, NEVER], strict=True)
    ]


def zone_at(periods: Sequence[TimezonePeriod], moment: datetime) -> ZoneInfo:
    return next(period.zone for period in periods if moment < period.until)


def start_of(periods: Sequence[TimezonePeriod], day: date) -> datetime:
    """Return the first moment of that day."""
    starts = ((max(period.midnight(day), period.since), period.until) for period in periods)
    return min(start for start, until in starts if start < until)


def end_of(periods: Sequence[TimezonePeriod], day: date) -> datetime:
    """Return the moment after which it never was that day again."""
    ends = ((min(period.midnight(day + ONE_DAY), period.until), period.since) for period in periods)
    return max(end for end, since in ends if end > since)


def zone_of(listener: Listener) -> ZoneInfo:
    """Return the listener's current zone; UTC where it is not known."""
    return find_zone(listener.timezone) or ZoneInfo("UTC")


def find_zone(name: str) -> ZoneInfo | None:
    """Return the zone, or None for an unknown name."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def is_timezone(name: str) -> bool:
    return name in available_timezones()


def timezone_names() -> list[str]:
    """Return the names to choose from: those of places, and UTC."""
    return sorted(name for name in available_timezones() if "/" in name or name == "UTC")


def match_timezone(text: str) -> str:
    """Return the name of the zone that somebody typed, "" for none or several.

    Case and blanks do not matter, and a city is enough: `new york` is `America/New_York`.
    """
    if is_timezone(text):
        return text
    typed = "_".join(text.casefold().split())
    matches = [
        name
        for name in timezone_names()
        if typed in (name.casefold(), name.casefold().rpartition("/")[2])
    ]
    cities = [name for name in matches if not name.startswith(("Etc/", "US/", "posix/", "right/"))]
    return cities[0] if len(cities) == 1 else ""


@transaction.atomic
def set_timezone(listener: Listener, zone: str, *, now: datetime) -> None:
    """Change the listener's zone from `now` on; the first one holds for all time before, too.

    Unknown zones are ignored.
    """
    if not is_timezone(zone) or zone == listener.timezone:
        return
    since = now if listener.timezone else ALWAYS
    ListenerTimezone.objects.update_or_create(
        listener=listener, valid_from=since, defaults={"timezone": zone}
    )
    listener.timezone = zone
    listener.save(update_fields=["timezone"])
