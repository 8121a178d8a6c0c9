"""Statistics of podcasts and audiobooks under the filters of a request."""

from dataclasses import dataclass, replace

from spotifyweb.dashboards.query import ListenQuery
from spotifyweb.dashboards.stats import overview, top, trends
from spotifyweb.dashboards.stats.overview import Totals, Unique
from spotifyweb.dashboards.time_buckets import Buckets
from spotifyweb.warehouse import Row

MAX_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OverTime:
    step: str
    note: str
    rows: list[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class PodcastStats:
    totals: Totals
    unique: Unique  # tracks are episodes and chapters, artists are shows and authors
    shows: list[Row]
    episodes: list[Row]
    over_time: OverTime


def podcast_stats(listens: ListenQuery, steps: Buckets) -> PodcastStats:
    """Sum up spoken content only, whatever the filter says."""
    spoken = replace(listens, filters=replace(listens.filters, podcasts="only"))
    return PodcastStats(
        totals=Totals.of(overview.read_days(spoken)),
        unique=overview.count_unique(spoken),
        shows=top.top_list(spoken, "artists", by="time", limit=MAX_ROWS).rows,
        episodes=top.top_list(spoken, "tracks", by="time", limit=MAX_ROWS).rows,
        over_time=OverTime(
            step=steps.step, note=steps.note, rows=trends.listening_over_time(spoken, steps)
        ),
    )
