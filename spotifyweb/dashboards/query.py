"""How pages read gold: one listener, one set of filters, the coarsest table that can answer.

A page asks for `facts`, rows of plays and time at some grain, and sums them up in its own words.
Most views read day, hour or track tables; only a minimum length or an exclusion rule needs single
plays, because no summary knows them. Both are of the whole play, in whichever hours it was heard.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import md5

from spotifyweb.dashboards.exclusions.conditions import Exclusion, conditions
from spotifyweb.dashboards.filters import Filters, Period
from spotifyweb.warehouse import Row, Warehouse


class Naming(StrEnum):
    """Which of a listener's corrections a view follows. What the build applied is in its tables."""

    BUILT = "built"  # where no artist is corrected: there is nothing to add
    OWN = "own"  # with the artists that this listener joined or split
    SHARED = "shared"  # without any: what others see of this listener


class Grain(StrEnum):
    """The tables of gold that know of time, from the smallest to the largest."""

    DAY = "gold.daily_listening_by_device"
    HOUR = "gold.listening_hours"
    TRACK = "gold.user_track_daily"


COLUMNS = {
    Grain.DAY: "",
    Grain.HOUR: "local_hour, utc_offset_minutes, weekday, ",
    Grain.TRACK: "track_id, release_track_id, ",
}
# Single plays in the shape of the summaries. 1900-01-01 was a Monday: weekdays without a function
# that only one engine has.
LISTENS = """(
    select *, cast(mod(datediff('day', date '1900-01-01', local_date), 7) as integer) as weekday
    from silver.silver_listening
)"""


HEARD = """
    select track_id, sum(plays) as plays, sum(heard_ms) as heard_ms
    from {table} group by track_id
"""
KNOWN = "select track_id, plays, heard_ms from {table}"  # of one content type
# The same by id that was played: albums hold ids, not recordings.
HEARD_RELEASES = """
    select max(track_id) as track_id, release_track_id, sum(plays) as plays,
        sum(heard_ms) as heard_ms
    from {table} group by release_track_id
"""
KNOWN_RELEASES = "select track_id, release_track_id, plays, heard_ms from {table}"


# As everybody counts, whatever this listener joined or split.
SHARED = """
    select releases.track_id, sum(own.plays) as plays, sum(own.heard_ms) as heard_ms
    from ({heard}) as own
    inner join gold.releases as releases on releases.release_track_id = own.release_track_id
    group by releases.track_id
"""
SHARED_RELEASES = """
    select releases.track_id, own.release_track_id, own.plays, own.heard_ms
    from ({heard}) as own
    inner join gold.releases as releases on releases.release_track_id = own.release_track_id
"""
# Tracks with their artists as one listener corrected them.
OWN_NAMES = """(
    select {columns},
        coalesce(own.artist_name, named.artist_name) as artist_name
    from gold.{table} as named
    left join silver.silver_own_artists as own
        on own.artist_spelling = named.artist_spelling and md5(own.user_id) = '{digest}'
)"""
NAMED = (
    *(
        "track_id",
        "track_name",
        "folded_track_name",
        "artist_id",
        "album_id",
        "album_name",
        "duration_ms",
    ),
    *("image_url", "release_date", "content_type", "recording_id", "url"),
)
NUMBERED = {"tracks": ("track_no",), "releases": ("release_track_id", "release_no")}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a page shows: whose plays, under which filters, without what their rules exclude."""

    warehouse: Warehouse
    user_id: str
    filters: Filters
    exclusions: tuple[Exclusion, ...] = ()
    naming: Naming = Naming.BUILT

    def rows(self, sql: str, *params: object, grain: Grain = Grain.DAY) -> list[Row]:
        """Rows of `sql`, which may select from `facts`: the plays of this view at that grain."""
        facts, bound = self.facts(grain)
        return self.named_rows(f"with facts as ({facts}) {sql}", *bound, *params)

    def named_rows(self, sql: str, *params: object) -> list[Row]:
        """Rows of `sql`, with artists as this listener corrected them."""
        for table in NUMBERED if self.naming is Naming.OWN else ():
            sql = sql.replace(f"gold.{table} as", f"{self._names(table)} as")
        return self.warehouse.rows(sql, [*params])

    def _names(self, table: str) -> str:
        columns = ", ".join(f"named.{name}" for name in (*NAMED, *NUMBERED[table]))
        digest = md5(self.user_id.encode(), usedforsecurity=False).hexdigest()
        return OWN_NAMES.format(columns=columns, table=table, digest=digest)

    def track_rows(self, sql: str, *params: object, releases: bool = False) -> list[Row]:
        """Rows of `sql`, which may select from `heard`: plays and heard_ms of each track begun."""
        heard, bound = self.heard(releases=releases)
        return self.named_rows(f"with heard as ({heard}) {sql}", *bound, *params)

    def heard(self, *, releases: bool = False) -> tuple[str, list[object]]:
        """SQL and parameters: track_id, plays and heard_ms of each track begun.

        By `releases`, of each id that was played, with its release_track_id.
        """
        if self.naming is not Naming.SHARED:
            return self._heard(releases=releases)
        own, bound = self._heard(releases=True)
        return (SHARED_RELEASES if releases else SHARED).format(heard=own), bound

    def _heard(self, *, releases: bool) -> tuple[str, list[object]]:
        summed = HEARD_RELEASES if releases else HEARD
        if not self._is_everything:
            facts, bound = self.facts(Grain.TRACK)
            return summed.format(table=f"({facts}) as facts"), bound
        where, bound = self.where()
        known = KNOWN_RELEASES if releases else KNOWN
        table = "gold.user_releases" if releases else "gold.user_tracks"
        sql = known if self.is_all_music else summed
        return sql.format(table=f"{table} where {where}"), bound

    @property
    def is_all_music(self) -> bool:
        """Everything, and nothing spoken: one row per artist or album says it too."""
        is_own = self.naming is not Naming.SHARED
        return is_own and self._is_everything and not self.filters.podcasts

    @property
    def _is_everything(self) -> bool:
        """Of all time and every device and source: one row per track says it."""
        filters = self.filters
        is_whole = filters.period == Period() and not (filters.device or filters.source)
        return is_whole and not filters.skips and not self.needs_listens

    def during(self, period: Period) -> "View":
        return replace(self, filters=self.filters.during(period))

    def facts(self, grain: Grain) -> tuple[str, list[object]]:
        """SQL and parameters: local_date, plays, skips, begun (both), heard_ms, the grain's own.

        A play is counted where it began, its time lies where it was heard. With the filter "skips"
        a skip counts as a play; its time is listening time either way.
        """
        where, params = self.where()
        counted = "plays + skips" if self.filters.skips else "plays"
        sql = f"""
            select local_date, {COLUMNS[grain]} device_type, source, content_type,
                {counted} as plays, skips, plays + skips as begun, heard_ms
            from {LISTENS if self.needs_listens else grain.value} as listens where {where}
        """
        return sql, params

    @property
    def needs_listens(self) -> bool:
        """Whether only single plays can answer."""
        return bool(self.filters.min_ms or (self.filters.rules and self.exclusions))

    def where(self) -> tuple[str, list[object]]:
        """The conditions of this view on a table of plays, with their parameters."""
        clauses: list[tuple[str, Sequence[object]]] = [("user_id = ?", [self.user_id])]
        clauses += narrowing(self.filters)
        if self.filters.min_ms:
            clauses.append(("listened_ms >= ?", [self.filters.min_ms]))
        if self.filters.rules:
            clauses += conditions(self.exclusions)
        return (
            " and ".join(sql for sql, _ in clauses),
            [value for _, values in clauses for value in values],
        )


def narrowing(filters: Filters) -> list[tuple[str, Sequence[object]]]:
    """The conditions that every table of plays can check."""
    clauses: list[tuple[str, Sequence[object]]] = []
    if filters.period.first:
        clauses.append(("local_date >= ?", [filters.period.first]))
    if filters.period.last:
        clauses.append(("local_date <= ?", [filters.period.last]))
    if filters.device:
        clauses.append(("coalesce(device_type, 'unknown') = ?", [filters.device]))
    if filters.source:
        clauses.append(("source = ?", [filters.source]))
    if filters.podcasts != "with":
        sign = "<>" if filters.podcasts == "only" else "="
        clauses.append((f"content_type {sign} 'track'", []))
    return clauses
