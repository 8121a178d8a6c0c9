"""Queries on gold for one listener, in SQL that both engines understand."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from recommendations.corrections import Corrections, corrections_of
from recommendations.parameters import Parameters
from recommendations.scoring import Evidence
from spotifyweb.warehouse import Row, Warehouse

SINCE = datetime(2020, 1, 1, tzinfo=UTC)  # as growth_since_2020 in dbt/macros/recommendations.sql
DAYPARTS = ("nights", "mornings", "afternoons", "evenings")  # six hours each, from midnight
TOP_ACTIVATIONS = 50  # by activation, for when nothing is known of what plays
NOBODY = {"track_no": -1}  # a listener without a number has no rows either
ID = re.compile(r"[0-9A-Za-z:]+")
HOUSEHOLD_NO = 0  # as the listener of the house's pairs

SOURCES = """
select releases.release_track_id, tracks.track_id, tracks.track_no, tracks.track_name,
    tracks.artist_name, tracks.artist_spelling, tracks.album_name
from gold.releases as releases
inner join gold.numbered_tracks as tracks on tracks.track_id = releases.track_id
where releases.release_track_id in ({ids})
union all
select '*' as release_track_id, '*' as track_id, listener_no as track_no, null, null, null, null
from gold.listener_numbers where user_id = ?
order by track_no
"""
# One branch for each source: an equation lets DuckDB skip what a list of numbers makes it read
OWN = """
select source_no, target_no, strength, source_plays, true as is_own
from gold.transitions where listener_no = {listener_no} and source_no = {source_no}
"""
HOUSEHOLD = """
select source_no, target_no, strength, source_plays, false as is_own
from gold.household_transitions where source_no = {source_no}
"""
FOLLOWING = """
select
    source_no, strength, source_plays, is_own,
    tracks.track_id, tracks.track_no, tracks.track_name, tracks.artist_name,
    tracks.artist_spelling, tracks.album_name, activation, artist_share, plays, distinct_days
from ({following}) as following
inner join gold.numbered_tracks as tracks on tracks.track_no = following.target_no
left join gold.activation as mine
    on mine.listener_no = {listener_no} and mine.track_no = following.target_no
"""
KNOWN_TRACKS = """
select
    track_id, track_no, track_name, artist_name, album_name,
    activation, artist_share, plays, distinct_days
from gold.activation
where listener_no = {listener_no}
    and (artist_name = ? or rank <= {top} or track_no in ({numbers}))
"""
TRACKS = """
select release_track_id as track_id, track_name, artist_name, album_name, image_url, url
from gold.releases where release_track_id in ({placeholders})
"""
RELEASES = """
select others.release_track_id from gold.releases as others
inner join gold.releases as named on named.track_id = others.track_id
where named.release_track_id = ?
"""
PAIRS = """
select
    tracks.track_id, tracks.track_name, tracks.artist_name, tracks.artist_spelling,
    tracks.album_name, cooccurrence_score
from gold.track_pairs as pairs
inner join gold.numbered_tracks as tracks on tracks.track_no = pairs.b_no
where pairs.a_no = {track_no} and pairs.listener_no in ({whose})
"""
AFFINITIES = "select artist_name, affinity_score from gold.artist_affinity where user_id = ?"
CO_PLAYS = """
with heard as (
    select track_no, play_no, session_no, local_hour from gold.play_sequence
    where listener_no = {listener_no} and track_no in ({numbers})
)
select
    sources.track_no as source_no, heard.track_no, max(heard.local_hour) as local_hour,
    min(
        case when heard.play_no > sources.play_no then heard.play_no - sources.play_no end
    ) as away
from heard
inner join heard as sources
    on
        sources.session_no = heard.session_no
        and heard.play_no - sources.play_no between -{window} and {window}
where sources.track_no in ({sources})
group by sources.track_no, heard.track_no, heard.play_no
"""
LISTS = """
select lists.*, tracks.album_name, tracks.image_url, tracks.url
from gold.recommendation_lists as lists
left join gold.tracks as tracks on tracks.track_id = lists.track_id
where lists.user_id = ? order by lists.kind, lists.{rank}
"""
LAST_PLAYS = """
select track_id, ended_at from gold.recent_plays
where user_id = ? and content_type = 'track'
order by ended_at desc limit 60
"""


def placeholders(values: Collection[object]) -> str:
    return ", ".join("?" for _ in values) or "null"


def sql_numbers(numbers: Iterable[int]) -> str:
    """Return our own numbers as SQL: hundreds of parameters cost DuckDB ten times as much."""
    return ", ".join(str(int(number)) for number in numbers) or "null"


def sql_ids(ids: Iterable[str]) -> str:
    """Return ids as SQL for the same reason; what cannot be an id is left out."""
    return ", ".join(f"'{each}'" for each in sorted(set(ids)) if ID.fullmatch(each)) or "null"


@dataclass(slots=True, kw_only=True)
class FollowCounts:
    """How many plays of one track came after another in a session."""

    times: int = 0
    within_two: int = 0
    before: int = 0  # plays that came first: they count too, for less
    by_part: dict[str, int] = field(default_factory=dict)  # of the day

    def count(self, away: int | None, local_hour: int) -> None:
        """Count a play so many positions after the nearest of the other; None: all came later."""
        if away is None:
            self.before += 1
            return
        part = DAYPARTS[local_hour // 6]
        self.times += 1
        self.within_two += away <= 2
        self.by_part[part] = self.by_part.get(part, 0) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedTracks:
    """A request's listener, and those of its tracks that are known.

    A song may be named by any of its ids; `tracks` are by the one under which gold counts it.
    """

    listener_no: int
    tracks: dict[str, Row]
    ids: Mapping[str, str]  # as it was named -> as this listener's gold counts it
    corrections: Corrections = field(default_factory=Corrections)

    def restrict(self, track_ids: Collection[str]) -> "ResolvedTracks":
        kept = {track: row for track, row in self.tracks.items() if track in track_ids}
        return replace(self, tracks=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackEvidence:
    """Evidence, and of each track in it: its number, its names, its history."""

    evidence: Evidence
    listener_no: int
    tracks: dict[str, Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerQueries:
    """The published build, for one listener."""

    warehouse: Warehouse
    user_id: str
    parameters: Parameters
    in_household: bool = False  # only members get other members' tracks

    def resolve(self, track_ids: Iterable[str]) -> ResolvedTracks:
        own = corrections_of(self.warehouse, self.user_id)
        # a number is of what everybody counts, and so is found under any id as it was named
        found = self.warehouse.rows(SOURCES.format(ids=sql_ids(track_ids)), [self.user_id])
        ids = {
            row["release_track_id"]: own.tracks.get(row["release_track_id"], row["track_id"])
            for row in found
        }
        tracks: dict[str, Row] = {}
        for row in found:
            track_id = ids[row["release_track_id"]]
            tracks[track_id] = own.apply(row) | {"track_id": track_id}
        listener_no = int(tracks.pop("*", NOBODY)["track_no"])
        return ResolvedTracks(listener_no=listener_no, tracks=tracks, ids=ids, corrections=own)

    def evidence(self, playing: str, named: ResolvedTracks, *, as_of: datetime) -> TrackEvidence:
        """Return what speaks for any track after those that are named."""
        sources: dict[int, list[str]] = {}
        for track, row in named.tracks.items():
            if row["track_no"]:
                sources.setdefault(row["track_no"], []).append(track)
        artist_name = named.tracks.get(playing, {}).get("artist_name")
        rows = self._following(named.listener_no, sources)
        following = [named.corrections.apply(row) for row in rows]
        remembered = self._known_tracks(named.listener_no, sources, artist_name)
        tracks = named.tracks | {row["track_id"]: row for row in (*following, *remembered)}
        for row in (*following, *named.tracks.values()):  # by the numbers that plays are kept under
            track = row["track_id"]
            tracks[track] = {**tracks[track], "track_no": row["track_no"]}
        own, house = self._weights(following, sources, as_of=as_of)
        evidence = Evidence(
            own=own,
            household=house,
            artist_shares={
                row["track_id"]: row["artist_share"]
                for row in remembered
                if artist_name and row["artist_name"] == artist_name
            },
            activations={
                track: row["activation"] for track, row in tracks.items() if row.get("activation")
            },
        )
        return TrackEvidence(evidence=evidence, listener_no=named.listener_no, tracks=tracks)

    def _following(self, listener_no: int, sources: Iterable[int]) -> list[Row]:
        branches = [
            branch.format(listener_no=listener_no, source_no=source_no)
            for source_no in sources
            for branch in ((OWN, HOUSEHOLD) if self.in_household else (OWN,))
        ]
        if not branches:
            return []
        following = "union all".join(branches)
        return self.warehouse.rows(FOLLOWING.format(listener_no=listener_no, following=following))

    def _weights(
        self, following: Iterable[Row], sources: Mapping[int, list[str]], *, as_of: datetime
    ) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
        """Return one's own and the household's weights, by source."""
        own: dict[str, dict[str, float]] = {}
        house: dict[str, dict[str, float]] = {}
        aged = 2 ** (-((as_of - SINCE) / timedelta(days=1)) / self.parameters.half_life_days)
        for row in following:
            weight = row["strength"] * aged / (row["source_plays"] + self.parameters.prior_plays)
            side = own if row["is_own"] else house
            for source in sources[row["source_no"]]:
                targets = side.setdefault(source, {})
                targets[row["track_id"]] = max(weight, targets.get(row["track_id"], 0.0))
        return own, house

    def _known_tracks(
        self, listener_no: int, sources: Iterable[int], artist_name: str | None
    ) -> list[Row]:
        """Return the playing artist's tracks, the most active, and what was heard just now."""
        sql = KNOWN_TRACKS.format(
            listener_no=listener_no, top=TOP_ACTIVATIONS, numbers=sql_numbers(sources)
        )
        return self.warehouse.rows(sql, [artist_name or ""])

    def tracks(self, track_ids: Iterable[str]) -> dict[str, Row]:
        asked = sorted(set(track_ids))
        rows = self.warehouse.rows(TRACKS.format(placeholders=placeholders(asked)), asked)
        return {row["track_id"]: row for row in rows}

    def releases(self, track_id: str) -> list[str]:
        """Return every id of the recording that has this one; none where it is not known."""
        return [row["release_track_id"] for row in self.warehouse.rows(RELEASES, [track_id])]

    def pairs(self, playing: str, named: ResolvedTracks) -> dict[str, Row]:
        """Return what was heard with a track, with the higher of own and household scores."""
        track_no = named.tracks.get(playing, NOBODY)["track_no"]
        whose = [named.listener_no, HOUSEHOLD_NO] if self.in_household else [named.listener_no]
        sql = PAIRS.format(track_no=sql_numbers([track_no or -1]), whose=sql_numbers(whose))
        rows = [named.corrections.apply(row) for row in self.warehouse.rows(sql)]
        rows.sort(key=lambda row: float(row["cooccurrence_score"]))
        return {row["track_id"]: row for row in rows if row["track_id"] != playing}

    def affinities(self) -> dict[str, float]:
        rows = self.warehouse.rows(AFFINITIES, [self.user_id])
        return {row["artist_name"]: row["affinity_score"] for row in rows}

    def follow_counts(
        self, known: TrackEvidence, sources: Mapping[str, str]
    ) -> dict[str, FollowCounts]:
        """Return how often each track came after its source in a session, and when in the day."""
        number = {each: row["track_no"] for each, row in known.tracks.items()}
        found = {(number[a], number[b]): FollowCounts() for b, a in sources.items()}
        sql = CO_PLAYS.format(
            listener_no=known.listener_no,
            numbers=sql_numbers({each for pair in found for each in pair}),
            sources=sql_numbers({source for source, _ in found}),
            window=int(self.parameters.window),
        )
        for row in self.warehouse.rows(sql):
            if pair := found.get((row["source_no"], row["track_no"])):
                pair.count(row["away"], row["local_hour"])
        return {track: found[number[source], number[track]] for track, source in sources.items()}

    def list_rows(self, *, by_strategy: bool) -> list[Row]:
        rank = "strategy_rank" if by_strategy else "rank"
        return self.warehouse.rows(LISTS.format(rank=rank), [self.user_id])

    def last_plays(self) -> list[Row]:
        """Return the last plays, newest first."""
        return self.warehouse.rows(LAST_PLAYS, [self.user_id])
