"""What is read of gold, as rows; SQL that both engines understand. One listener at a time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from recommendations.parameters import Parameters
from recommendations.ranking import Evidence
from spotifyweb.warehouse import Row, Warehouse

SINCE = datetime(2020, 1, 1, tzinfo=UTC)  # as growth_since_2020 in dbt/macros/recommending.sql
DAY = ("nights", "mornings", "afternoons", "evenings")  # six hours each, from midnight
FOREMOST = 50  # by activation, for when nothing is known of what plays

NUMBERS = """
select track_id as name, track_no as number from gold.track_numbers where track_id in ({marks})
union all
select '*' as name, listener_no as number from gold.listener_numbers where user_id = ?
"""
FOLLOWING = """
select source_no, target_no, targets.track_id, strength, source_plays, true as is_own
from gold.transitions
inner join gold.track_numbers as targets on targets.track_no = target_no
where listener_no = ? and source_no in ({numbers})
union all
select source_no, target_no, targets.track_id, strength, source_plays, false as is_own
from gold.house_transitions
inner join gold.track_numbers as targets on targets.track_no = target_no
where ? and source_no in ({numbers})
"""
REMEMBERED = """
select track_no, track_id, activation, artist_share, artist_name, plays, distinct_days
from gold.activation
where listener_no = ? and (artist_name = ? or place <= {foremost} or track_no in ({numbers}))
"""
TRACKS = """
select track_id, track_name, artist_name, album_name, image_url, url from gold.tracks
where track_id in ({marks})
"""
NUMBERED = """
select
    tracks.track_id, track_name, artist_name, album_name, image_url, url
from gold.track_numbers as numbers
inner join gold.tracks as tracks on tracks.track_id = numbers.track_id
where numbers.track_no in ({numbers})
"""
PAIRED = """
select track_b as track_id, max(cooccurrence_score) as cooccurrence_score
from gold.track_cooccurrence
where track_a = ? and (user_id = ? or (? and user_id = '*')) group by track_b
"""
AFFINITIES = "select artist_name, affinity_score from gold.artist_affinity where user_id = ?"
HEARD = """
select track_no, play_no, session_no, local_hour from gold.play_order
where listener_no = ? and track_no in ({numbers})
"""
LISTED = """
select lists.*, tracks.album_name, tracks.image_url, tracks.url
from gold.track_recommendations as lists
left join gold.tracks as tracks on tracks.track_id = lists.track_id
where lists.user_id = ? order by lists.kind, lists.{place}
"""
LAST_PLAYS = """
select track_id, started_at, ended_at from gold.recent_plays
where user_id = ? and content_type = 'track'
order by ended_at desc limit 60
"""


def marks(values: Collection[object]) -> str:
    return ", ".join("?" for _ in values) or "null"


def written(numbers: Iterable[int]) -> str:
    """Numbers of our own, written out: hundreds of parameters cost DuckDB ten times as much."""
    return ", ".join(str(int(number)) for number in numbers) or "null"


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
class Known:
    """Evidence, and what reasons are made of: numbers, and what is remembered of each track."""

    evidence: Evidence
    listener_no: int
    numbers: dict[str, int]
    remembered: dict[str, Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """The published build, for one listener."""

    warehouse: Warehouse
    user_id: str
    parameters: Parameters
    of_house: bool = False  # only who joined the house hears of its other members' tracks

    def known(self, sources: Sequence[str], *, artist_name: str | None, as_of: datetime) -> Known:
        """What speaks for any track after these."""
        numbers = self._numbers(sources)
        listener_no = numbers.pop("*", -1)
        own, house = self._transitions(listener_no, numbers, as_of=as_of)
        rows = self._remembered(listener_no, numbers.values(), artist_name)
        remembered = {row["track_id"]: row for row in rows}
        shares = {
            track: row["artist_share"]
            for track, row in remembered.items()
            if artist_name and row["artist_name"] == artist_name
        }
        evidence = Evidence(
            own=own,
            house=house,
            artist_shares=shares,
            activations={track: row["activation"] for track, row in remembered.items()},
        )
        numbers |= {track: row["track_no"] for track, row in remembered.items()}
        return Known(
            evidence=evidence, listener_no=listener_no, numbers=numbers, remembered=remembered
        )

    def _numbers(self, tracks: Iterable[str]) -> dict[str, int]:
        """Each known track's number; the listener's own under '*'."""
        asked = sorted(set(tracks))
        rows = self.warehouse.rows(NUMBERS.format(marks=marks(asked)), [*asked, self.user_id])
        return {row["name"]: row["number"] for row in rows}

    def _transitions(
        self, listener_no: int, numbers: dict[str, int], *, as_of: datetime
    ) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
        """One's own and the house's weights by source; the targets' numbers join `numbers`."""
        own: dict[str, dict[str, float]] = {}
        house: dict[str, dict[str, float]] = {}
        names = {number: track for track, number in numbers.items()}
        if not names:
            return own, house
        sql = FOLLOWING.format(numbers=written(names))
        aged = 2 ** (-((as_of - SINCE) / timedelta(days=1)) / self.parameters.half_life_days)
        for row in self.warehouse.rows(sql, [listener_no, self.of_house]):
            weight = row["strength"] * aged / (row["source_plays"] + self.parameters.prior_plays)
            side = own if row["is_own"] else house
            side.setdefault(names[row["source_no"]], {})[row["track_id"]] = weight
            numbers[row["track_id"]] = row["target_no"]
        return own, house

    def _remembered(
        self, listener_no: int, numbers: Iterable[int], artist_name: str | None
    ) -> list[Row]:
        sql = REMEMBERED.format(numbers=written(numbers), foremost=FOREMOST)
        return self.warehouse.rows(sql, [listener_no, artist_name or ""])

    def tracks(self, track_ids: Iterable[str]) -> dict[str, Row]:
        asked = sorted(set(track_ids))
        rows = self.warehouse.rows(TRACKS.format(marks=marks(asked)), asked)
        return {row["track_id"]: row for row in rows}

    def numbered(self, numbers: Iterable[int]) -> dict[str, Row]:
        """As `tracks`, for many: by number it is quicker."""
        rows = self.warehouse.rows(NUMBERED.format(numbers=written(numbers)))
        return {row["track_id"]: row for row in rows}

    def paired(self, track_id: str) -> dict[str, float]:
        """The baseline's co-occurrence with that track, one's own or the house's."""
        rows = self.warehouse.rows(PAIRED, [track_id, self.user_id, self.of_house])
        return {row["track_id"]: row["cooccurrence_score"] for row in rows}

    def affinities(self) -> dict[str, float]:
        rows = self.warehouse.rows(AFFINITIES, [self.user_id])
        return {row["artist_name"]: row["affinity_score"] for row in rows}

    def followed(
        self, source_no: int, listener_no: int, targets: Mapping[str, int]
    ) -> dict[str, Followed]:
        """How often each target came after the source in a session, and when in the day."""
        sql = HEARD.format(numbers=written([source_no, *targets.values()]))
        rows = self.warehouse.rows(sql, [listener_no])
        starts: dict[int, list[int]] = {}  # session -> places of the source
        for row in rows:
            if row["track_no"] == source_no:
                starts.setdefault(row["session_no"], []).append(row["play_no"])
        found = {number: Followed() for number in targets.values()}
        for row in rows:
            places = [row["play_no"] - start for start in starts.get(row["session_no"], ())]
            near = [away for away in places if abs(away) <= self.parameters.window]
            if near and row["track_no"] in found:
                after = min((away for away in near if away > 0), default=None)
                found[row["track_no"]].count(after, row["local_hour"])
        return {track: found[number] for track, number in targets.items()}

    def listed(self, *, by_strategy: bool) -> list[Row]:
        place = "strategy_place" if by_strategy else "place"
        return self.warehouse.rows(LISTED.format(place=place), [self.user_id])

    def last_plays(self) -> list[Row]:
        """Newest first."""
        return self.warehouse.rows(LAST_PLAYS, [self.user_id])
