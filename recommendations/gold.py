"""What is read of gold, as rows; SQL that both engines understand. One listener at a time."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from recommendations.corrections import Own, own_of
from recommendations.parameters import Parameters
from recommendations.ranking import Evidence
from spotifyweb.warehouse import Row, Warehouse

SINCE = datetime(2020, 1, 1, tzinfo=UTC)  # as growth_since_2020 in dbt/macros/recommending.sql
DAY = ("nights", "mornings", "afternoons", "evenings")  # six hours each, from midnight
FOREMOST = 50  # by activation, for when nothing is known of what plays
NOBODY = {"track_no": -1}  # a listener without a number has no rows either
ID = re.compile(r"[0-9A-Za-z:]+")
HOUSE_NO = 0  # as the listener of the house's pairs

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
HOUSE = """
select source_no, target_no, strength, source_plays, false as is_own
from gold.house_transitions where source_no = {source_no}
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
REMEMBERED = """
select
    track_id, track_no, track_name, artist_name, album_name,
    activation, artist_share, plays, distinct_days
from gold.activation
where listener_no = {listener_no}
    and (artist_name = ? or place <= {foremost} or track_no in ({numbers}))
"""
TRACKS = """
select release_track_id as track_id, track_name, artist_name, album_name, image_url, url
from gold.releases where release_track_id in ({marks})
"""
RELEASES = """
select others.release_track_id from gold.releases as others
inner join gold.releases as named on named.track_id = others.track_id
where named.release_track_id = ?
"""
PAIRED = """
select
    tracks.track_id, tracks.track_name, tracks.artist_name, tracks.artist_spelling,
    tracks.album_name, cooccurrence_score
from gold.track_pairs as pairs
inner join gold.numbered_tracks as tracks on tracks.track_no = pairs.b_no
where pairs.a_no = {track_no} and pairs.listener_no in ({whose})
"""
AFFINITIES = "select artist_name, affinity_score from gold.artist_affinity where user_id = ?"
HEARD = """
with heard as (
    select track_no, play_no, session_no, local_hour from gold.play_order
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
LISTED = """
select lists.*, tracks.album_name, tracks.image_url, tracks.url
from gold.track_recommendations as lists
left join gold.tracks as tracks on tracks.track_id = lists.track_id
where lists.user_id = ? order by lists.kind, lists.{place}
"""
LAST_PLAYS = """
select track_id, ended_at from gold.recent_plays
where user_id = ? and content_type = 'track'
order by ended_at desc limit 60
"""


def marks(values: Collection[object]) -> str:
    return ", ".join("?" for _ in values) or "null"


def written(numbers: Iterable[int]) -> str:
    """Numbers of our own, written out: hundreds of parameters cost DuckDB ten times as much."""
    return ", ".join(str(int(number)) for number in numbers) or "null"


def quoted(ids: Iterable[str]) -> str:
    """Ids written out for the same reason; what cannot be an id is left out."""
    return ", ".join(f"'{each}'" for each in sorted(set(ids)) if ID.fullmatch(each)) or "null"


@dataclass(slots=True, kw_only=True)
class Followed:
    """How many plays of one track came after another in a session."""

    times: int = 0
    within_two: int = 0
    before: int = 0  # plays that came first: they count too, for less
    by_part: dict[str, int] = field(default_factory=dict)  # of the day

    def count(self, away: int | None, local_hour: int) -> None:
        """A play so many places after the nearest of the other; None: all those came later."""
        if away is None:
            self.before += 1
            return
        part = DAY[local_hour // 6]
        self.times += 1
        self.within_two += away <= 2
        self.by_part[part] = self.by_part.get(part, 0) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a question names: whose it is, and those of its tracks that are known.

    A song may be named by any of its ids; `tracks` are by the one under which gold counts it.
    """

    listener_no: int
    tracks: dict[str, Row]
    ids: Mapping[str, str]  # as it was named -> as this listener's gold counts it
    own: Own = field(default_factory=Own)

    def only(self, track_ids: Collection[str]) -> "Named":
        kept = {track: row for track, row in self.tracks.items() if track in track_ids}
        return replace(self, tracks=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Evidence, and each track it names: its number, its names, what is remembered of it."""

    evidence: Evidence
    listener_no: int
    tracks: dict[str, Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """The published build, for one listener."""

    warehouse: Warehouse
    user_id: str
    parameters: Parameters
    of_house: bool = False  # only who joined the house hears of its other members' tracks

    def named(self, track_ids: Iterable[str]) -> Named:
        own = own_of(self.warehouse, self.user_id)
        asked = SOURCES.format(ids=quoted(track_ids))
        # a number is of what everybody counts, and so is found under any id as it was named
        found = self.warehouse.rows(asked, [self.user_id])
        ids = {
            row["release_track_id"]: own.tracks.get(row["release_track_id"], row["track_id"])
            for row in found
        }
        tracks = {
            ids[row["release_track_id"]]: own.row(row) | {"track_id": ids[row["release_track_id"]]}
            for row in found
        }
        listener_no = int(tracks.pop("*", NOBODY)["track_no"])
        return Named(listener_no=listener_no, tracks=tracks, ids=ids, own=own)

    def known(self, playing: str, named: Named, *, as_of: datetime) -> Known:
        """What speaks for any track after those that are named."""
        sources: dict[int, list[str]] = {}
        for track, row in named.tracks.items():
            if row["track_no"]:
                sources.setdefault(row["track_no"], []).append(track)
        artist_name = named.tracks.get(playing, {}).get("artist_name")
        following = [named.own.row(row) for row in self._following(named.listener_no, sources)]
        remembered = self._remembered(named.listener_no, sources, artist_name)
        tracks = named.tracks | {row["track_id"]: row for row in (*following, *remembered)}
        for row in (*following, *named.tracks.values()):  # by the numbers that plays are kept under
            track = row["track_id"]
            tracks[track] = {**tracks[track], "track_no": row["track_no"]}
        own, house = self._weights(following, sources, as_of=as_of)
        evidence = Evidence(
            own=own,
            house=house,
            artist_shares={
                row["track_id"]: row["artist_share"]
                for row in remembered
                if artist_name and row["artist_name"] == artist_name
            },
            activations={
                track: row["activation"] for track, row in tracks.items() if row.get("activation")
            },
        )
        return Known(evidence=evidence, listener_no=named.listener_no, tracks=tracks)

    def _following(self, listener_no: int, sources: Iterable[int]) -> list[Row]:
        branches = [
            branch.format(listener_no=listener_no, source_no=source_no)
            for source_no in sources
            for branch in ((OWN, HOUSE) if self.of_house else (OWN,))
        ]
        if not branches:
            return []
        following = "union all".join(branches)
        return self.warehouse.rows(FOLLOWING.format(listener_no=listener_no, following=following))

    def _weights(
        self, following: Iterable[Row], sources: Mapping[int, list[str]], *, as_of: datetime
    ) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
        """One's own and the house's, by source."""
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

    def _remembered(
        self, listener_no: int, sources: Iterable[int], artist_name: str | None
    ) -> list[Row]:
        """The playing artist's tracks, the foremost, and what was heard just now."""
        sql = REMEMBERED.format(
            listener_no=listener_no, foremost=FOREMOST, numbers=written(sources)
        )
        return self.warehouse.rows(sql, [artist_name or ""])

    def tracks(self, track_ids: Iterable[str]) -> dict[str, Row]:
        asked = sorted(set(track_ids))
        rows = self.warehouse.rows(TRACKS.format(marks=marks(asked)), asked)
        return {row["track_id"]: row for row in rows}

    def releases(self, track_id: str) -> list[str]:
        """Every id of the recording that has this one; none where it is not known."""
        return [row["release_track_id"] for row in self.warehouse.rows(RELEASES, [track_id])]

    def paired(self, playing: str, named: Named) -> dict[str, Row]:
        """What was heard with that track, with the higher score of one's own and the house's."""
        track_no = named.tracks.get(playing, NOBODY)["track_no"]
        whose = [named.listener_no, HOUSE_NO] if self.of_house else [named.listener_no]
        sql = PAIRED.format(track_no=written([track_no or -1]), whose=written(whose))
        rows = [named.own.row(row) for row in self.warehouse.rows(sql)]
        rows.sort(key=lambda row: float(row["cooccurrence_score"]))
        return {row["track_id"]: row for row in rows if row["track_id"] != playing}

    def affinities(self) -> dict[str, float]:
        rows = self.warehouse.rows(AFFINITIES, [self.user_id])
        return {row["artist_name"]: row["affinity_score"] for row in rows}

    def followed(self, known: Known, sources: Mapping[str, str]) -> dict[str, Followed]:
        """How often each track came after its source in a session, and when in the day."""
        number = {each: row["track_no"] for each, row in known.tracks.items()}
        found = {(number[source], number[track]): Followed() for track, source in sources.items()}
        sql = HEARD.format(
            listener_no=known.listener_no,
            numbers=written({each for pair in found for each in pair}),
            sources=written({source for source, _ in found}),
            window=int(self.parameters.window),
        )
        for row in self.warehouse.rows(sql):
            if pair := found.get((row["source_no"], row["track_no"])):
                pair.count(row["away"], row["local_hour"])
        return {track: found[number[source], number[track]] for track, source in sources.items()}

    def listed(self, *, by_strategy: bool) -> list[Row]:
        place = "strategy_place" if by_strategy else "place"
        return self.warehouse.rows(LISTED.format(place=place), [self.user_id])

    def last_plays(self) -> list[Row]:
        """Newest first."""
        return self.warehouse.rows(LAST_PLAYS, [self.user_id])
