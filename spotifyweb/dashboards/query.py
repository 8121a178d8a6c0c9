"""Queries of gold for one listener under one set of filters, from the coarsest table that answers.

Statistics select from `facts`: rows of plays and time at some grain. Most queries read day, hour or
track tables. Only a minimum length or an exclusion rule needs single plays, because no summary
knows them; both apply to the whole play, in whichever hours it was heard.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import md5

from spotifyweb.dashboards.exclusions.conditions import Exclusion, conditions
from spotifyweb.dashboards.filters import Filters, Period
from spotifyweb.warehouse import Row, Warehouse


class Naming(StrEnum):
    """Which corrections by hand a query follows; those the build applied are in its tables."""

    BUILT = "built"  # no artist is corrected, so the tables are right as they are
    CORRECTED = "corrected"  # with the artists that this listener joined or split
    SHARED = "shared"  # none: what other listeners see


class Grain(StrEnum):
    """Tables of gold with dates, from the smallest to the largest."""

    DAY = "gold.daily_listening_by_device"
    HOUR = "gold.listening_hours"
    TRACK = "gold.user_track_daily"


COLUMNS = {
    Grain.DAY: "",
    Grain.HOUR: "local_hour, utc_offset_minutes, weekday, ",
    Grain.TRACK: "track_id, release_track_id, ",
}
LISTENING_FACTS = "gold.listening_facts"  # single plays in the shape of the summaries
# One row for each play and skip: under the played id, and with names and ids as gold counts them.
RELEASE_LISTENS, SINGLE_LISTENS = "gold.release_listens", "gold.listens"
# The releases that a listener played, with names, cover and link; more conditions may follow.
NAMED_RELEASES = """
    select named.release_track_id, played.track_id, named.track_name, named.artist_name,
        named.album_name, named.image_url, named.url
    from gold.user_releases as played
    inner join gold.releases as named on named.release_track_id = played.release_track_id
    where played.user_id = ?
"""

TRACK_TOTALS = """
    select track_id, sum(plays) as plays, sum(heard_ms) as heard_ms
    from {table} group by track_id
"""
KNOWN_TRACKS = "select track_id, plays, heard_ms from {table}"  # of one content type
# The same by played id, because an album holds ids and not recordings.
RELEASE_TOTALS = """
    select max(track_id) as track_id, release_track_id, sum(plays) as plays,
        sum(heard_ms) as heard_ms
    from {table} group by release_track_id
"""
KNOWN_RELEASES = "select track_id, release_track_id, plays, heard_ms from {table}"


# Tracks as the whole household counts them, without one listener's corrections.
SHARED = """
    select releases.track_id, sum(played.plays) as plays, sum(played.heard_ms) as heard_ms
    from ({totals}) as played
    inner join gold.releases as releases on releases.release_track_id = played.release_track_id
    group by releases.track_id
"""
SHARED_RELEASES = """
    select releases.track_id, played.release_track_id, played.plays, played.heard_ms
    from ({totals}) as played
    inner join gold.releases as releases on releases.release_track_id = played.release_track_id
"""
# Tracks with artist names as one listener corrected them.
CORRECTED_NAMES = """(
    select {columns},
        coalesce(corrected.corrected_name, named.artist_name) as artist_name
    from gold.{table} as named
    left join gold.corrections as corrected
        on corrected.kind = 'artist' and corrected.name = named.artist_spelling
        and md5(corrected.user_id) = '{digest}'
)"""
NAME_COLUMNS = (
    *("track_id", "track_name", "folded_track_name", "artist_id", "album_id", "album_name"),
    *("duration_ms", "image_url", "release_date", "content_type", "recording_id", "url"),
)
NUMBER_COLUMNS = {
    "tracks": ("track_no",),
    "releases": ("release_track_id", "release_no", "folded_album_name"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenQuery:
    """Plays of one listener under filters, without those that exclusion rules leave out."""

    warehouse: Warehouse
    user_id: str
    filters: Filters
    exclusions: tuple[Exclusion, ...] = ()
    naming: Naming = Naming.BUILT
    is_frozen: bool = False  # of a share link of some days: nothing may be read of others

    def rows(self, sql: str, *params: object, grain: Grain = Grain.DAY) -> list[Row]:
        """Run `sql`, which may select from `facts`: the plays of this query at that grain."""
        facts, bound = self.facts(grain)
        return self.named_rows(f"with facts as ({facts}) {sql}", *bound, *params)

    def named_rows(self, sql: str, *params: object) -> list[Row]:
        """Run `sql` with artist names as this listener corrected them."""
        for table in NUMBER_COLUMNS if self.naming is Naming.CORRECTED else ():
            sql = sql.replace(f"gold.{table} as", f"{self._corrected_names(table)} as")
        return self.warehouse.rows(sql, [*params])

    def _corrected_names(self, table: str) -> str:
        columns = ", ".join(f"named.{name}" for name in (*NAME_COLUMNS, *NUMBER_COLUMNS[table]))
        digest = md5(self.user_id.encode(), usedforsecurity=False).hexdigest()
        return CORRECTED_NAMES.format(columns=columns, table=table, digest=digest)

    def track_rows(self, sql: str, *params: object, releases: bool = False) -> list[Row]:
        """Run `sql`, which may select from `totals`: plays and heard_ms of each track begun."""
        totals, bound = self.track_totals(releases=releases)
        return self.named_rows(f"with totals as ({totals}) {sql}", *bound, *params)

    def track_totals(self, *, releases: bool = False) -> tuple[str, list[object]]:
        """Return SQL and parameters: track_id, plays and heard_ms of each track begun.

        With `releases`, one row for each played id, with its release_track_id.
        """
        if self.naming is not Naming.SHARED:
            return self._corrected_totals(releases=releases)
        totals, bound = self._corrected_totals(releases=True)
        return (SHARED_RELEASES if releases else SHARED).format(totals=totals), bound

    def _corrected_totals(self, *, releases: bool) -> tuple[str, list[object]]:
        summed = RELEASE_TOTALS if releases else TRACK_TOTALS
        if not self._is_everything:
            facts, bound = self.facts(Grain.TRACK)
            return summed.format(table=f"({facts}) as facts"), bound
        where, bound = self.where()
        known = KNOWN_RELEASES if releases else KNOWN_TRACKS
        table = "gold.user_releases" if releases else "gold.user_tracks"
        sql = known if self.is_all_music else summed
        return sql.format(table=f"{table} where {where}"), bound

    @property
    def is_all_music(self) -> bool:
        """Whether this is all music of all time, which artist and album tables hold summed up."""
        is_corrected = self.naming is not Naming.SHARED
        return is_corrected and self._is_everything and not self.filters.podcasts

    @property
    def _is_everything(self) -> bool:
        """Whether no filter but the content type is set, so that one row per track answers."""
        filters = self.filters
        is_whole = filters.period == Period() and not (filters.device or filters.source)
        return is_whole and not filters.skips and not self.needs_listens

    def during(self, period: Period) -> "ListenQuery":
        """Return the same query for the days of another period."""
        return replace(self, filters=self.filters.during(period))

    def facts(self, grain: Grain) -> tuple[str, list[object]]:
        """Return SQL and parameters of local_date, plays, skips, begun, heard_ms and grain columns.

        A play counts in the hour it began, its time in the hours it was heard. With the filter
        `skips` a skip counts as a play; its time is listening time either way.
        """
        where, params = self.where()
        counted = "plays + skips" if self.filters.skips else "plays"
        sql = f"""
            select local_date, {COLUMNS[grain]} device_type, source, content_type,
                {counted} as plays, skips, plays + skips as begun, heard_ms
            from {LISTENING_FACTS if self.needs_listens else grain.value} as listens where {where}
        """
        return sql, params

    @property
    def needs_listens(self) -> bool:
        """Whether only the table of single plays can answer."""
        return bool(self.filters.min_ms or (self.filters.rules and self.exclusions))

    @property
    def listens_table(self) -> str:
        """The cheapest table of single listens that can check every condition.

        Names as the listener corrected them cost three joins over all of them: only exclusion
        rules for artists and albums compare these.
        """
        rules = self.exclusions if self.filters.rules else ()
        is_named = any(rule.kind in ("artist", "album") for rule in rules)
        return SINGLE_LISTENS if is_named else RELEASE_LISTENS

    def where(self) -> tuple[str, list[object]]:
        """Return the SQL conditions on a table of plays, and their parameters."""
        clauses: list[tuple[str, Sequence[object]]] = [("user_id = ?", [self.user_id])]
        clauses += filter_conditions(self.filters)
        if self.filters.min_ms:
            clauses.append(("listened_ms >= ?", [self.filters.min_ms]))
        if self.filters.rules:
            clauses += conditions(self.exclusions)
        return (
            " and ".join(sql for sql, _ in clauses),
            [value for _, values in clauses for value in values],
        )


def filter_conditions(filters: Filters) -> list[tuple[str, Sequence[object]]]:
    """Return the conditions that every table of plays can check, each with its parameters."""
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
