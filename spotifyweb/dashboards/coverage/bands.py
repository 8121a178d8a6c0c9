"""Gaps on the x axis of charts, where numbers then read "at least"."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from spotifyweb.accounts import timezones
from spotifyweb.dashboards.charts import Band
from spotifyweb.dashboards.coverage.gaps import gaps
from spotifyweb.dashboards.filters import ONE_DAY
from spotifyweb.dashboards.request import StatsRequest


def chart_bands(stats_request: StatsRequest) -> tuple[Band, ...]:
    """Return the gaps as spans of a chart's x axis, in the listener's days.

    A share link gets no reasons, and no gaps of days that it does not show. Before the first known
    play there are no numbers: only what is left of its day is one.
    """
    periods = timezones.timezone_periods(stats_request.listener)

    def x(moment: datetime) -> float:
        """Return wall time as if it were UTC, since the axis has local days."""
        local = moment.astimezone(timezones.zone_at(periods, moment))
        return local.replace(tzinfo=UTC).timestamp()

    def midnight(x: float) -> float:
        return x - x % ONE_DAY.total_seconds()

    bands = tuple(
        Band(
            first=x(gap.starts_at) if not gap.is_before_first else midnight(x(gap.ends_at)),
            last=x(gap.ends_at),
            label=gap.words if stats_request.is_shared else f"{gap.words}: {gap.reason}",
            is_open=not gap.is_filled,
        )
        for gap in gaps(stats_request.listener)
    )
    if not stats_request.is_frozen:
        return bands
    clipped = [band.clip(stats_request.filters.period) for band in bands]
    return tuple(band for band in clipped if band.first <= band.last)


def incomplete_days(bands: Iterable[Band]) -> frozenset[date]:
    """Return the days that an open gap touches; one that ends at midnight spares the next day."""
    days: set[date] = set()
    for band in bands:
        if band.is_open:
            first, until = (datetime.fromtimestamp(x, UTC) for x in (band.first, band.last))
            last = max(first, until - datetime.resolution).date()
            count = (last - first.date()).days + 1
            days.update(first.date() + ONE_DAY * number for number in range(count))
    return frozenset(days)
