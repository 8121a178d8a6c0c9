"""Podcasts and audiobooks: the same filters, but only what is spoken."""

from dataclasses import dataclass, replace

from spotifyweb.dashboards.query import View
from spotifyweb.dashboards.stats import overview, top, trends
from spotifyweb.dashboards.stats.overview import Totals, Unique
from spotifyweb.dashboards.time_buckets import Buckets
from spotifyweb.warehouse import Row

MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OverTime:
    step: str
    note: str
    rows: list[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    totals: Totals
    unique: Unique  # tracks are episodes and chapters, artists are shows and authors
    shows: list[Row]
    episodes: list[Row]
    over_time: OverTime


def heard(view: View, steps: Buckets) -> Spoken:
    own = replace(view, filters=replace(view.filters, podcasts="only"))
    return Spoken(
        totals=Totals.of(overview.days(own)),
        unique=overview.unique(own),
        shows=top.ranking(own, "artists", by="time", limit=MOST).rows,
        episodes=top.ranking(own, "tracks", by="time", limit=MOST).rows,
        over_time=OverTime(step=steps.step, note=steps.note, rows=trends.over_time(own, steps)),
    )
