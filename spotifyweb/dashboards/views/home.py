"""What the overview shows of the last weeks, for its listener only."""

from collections.abc import Sequence

from spotifyweb.dashboards.filters import Period
from spotifyweb.dashboards.request import StatsRequest
from spotifyweb.dashboards.stats import home
from spotifyweb.dashboards.stats.overview import Day


def recent_weeks_context(stats_request: StatsRequest, days: Sequence[Day]) -> dict[str, object]:
    """Return the context of the blocks about the present; `days` are those of the request.

    Under a period these are its top items alone: what is new or back is a matter of today.
    """
    listens, today = stats_request.listens, stats_request.today
    if stats_request.filters.period != Period():
        tops = home.top_items(listens, stats_request.filters.period)
        home.add_names(listens, [*tops.values()])
        return {"tops": tops}
    tops = home.top_items(listens, home.recent_period(today))
    late = home.recent_tracks(listens, today=today)
    anniversaries = home.anniversaries(listens, days, today=today)
    home.add_names(listens, [*tops.values(), *late.rows, *anniversaries])
    return {
        "is_recent": True,
        "tops": tops,
        "week": home.week(
            days,
            today=today,
            history_from=stats_request.scope.first,
            first_weekday=stats_request.first_weekday,
        ),
        "late": late,
        "anniversaries": anniversaries,
        "milestone": home.next_milestone(days, today=today),
    }
