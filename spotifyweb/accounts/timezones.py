"""Where a listener lived when: in which zone a moment is told, and when their days began and ended.

Every listen is dated where its listener lived then (`silver_zones`), so whatever speaks of their
days has to ask here. At a move east hours are skipped, at a move west they come twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from spotifyweb.accounts.models import Listener, Residence

EVER, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A zone, and from when until when it was the listener's."""

    zone: ZoneInfo
    since: datetime
    until: datetime

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self.zone).astimezone(UTC)


def of(listener: Listener) -> list[Home]:
    """One after the other, for all time; the first one known counts for whatever was before."""
    lived = Residence.objects.filter(listener=listener).values_list("timezone", "valid_from")
    known = [(zone, since) for name, since in lived if (zone := zone_named(name))]
    if not known:
        known = [(zone_of(listener), EVER)]
    moves = [since for _, since in known[1:]]
    return [
        Home(zone=zone, since=since, until=until)
        for (zone, _), since, until in zip(known, [EVER, *moves], [*moves, NEVER], strict=True)
    ]


def zone_at(homes: Sequence[Home], moment: datetime) -> ZoneInfo:
    return next(home.zone for home in homes if moment < home.until)


def start_of(homes: Sequence[Home], day: date) -> datetime:
    """The first moment of that day."""
    starts = ((max(home.midnight(day), home.since), home.until) for home in homes)
    return min(start for start, until in starts if start < until)


def end_of(homes: Sequence[Home], day: date) -> datetime:
    """The moment after which it never was that day again."""
    ends = ((min(home.midnight(day + ONE_DAY), home.until), home.since) for home in homes)
    return max(end for end, since in ends if end > since)


def zone_of(listener: Listener) -> ZoneInfo:
    """Where they live now."""
    return zone_named(listener.timezone) or ZoneInfo("UTC")


def zone_named(name: str) -> ZoneInfo | None:
    """None for a name that nobody knows."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
