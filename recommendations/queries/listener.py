"""Queries on the published build for one listener."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from recommendations.parameters import Parameters
from recommendations.queries import live_plays, statements
from recommendations.queries.corrections import corrections_of
from recommendations.queries.play_order import follow_counts, growth_at, play_order
from recommendations.queries.play_sequence import PlaySequence, play_sequence
from recommendations.queries.rows import (
    FollowCounts,
    Listening,
    LivePlay,
    ResolvedTracks,
    TrackEvidence,
)
from recommendations.queries.statements import sql_ids, sql_numbers
from recommendations.scoring import Continuation, Evidence, PlayOrder
from spotifyweb.warehouse import Row, Warehouse, placeholders

TOP_ACTIVATIONS = 50  # by activation, for when nothing is known of what plays
NOBODY = {"track_no": -1}  # a listener without a number has no rows either
HOUSEHOLD_NO = 0  # as the listener of the household's pairs


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
        found = self.warehouse.rows(
            statements.SOURCES.format(ids=sql_ids(track_ids)), [self.user_id]
        )
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

    def evidence(self, asked: Listening, *, as_of: datetime) -> TrackEvidence:
        """Return what speaks for any track after those of the session."""
        sequence, later = self._sequence(asked)
        continuations, order = self._order(sequence, asked, as_of=as_of)
        named = asked.resolved.restrict({*asked.tracks[: 1 + int(self.parameters.context_tracks)]})
        sources = _tracks_by_number(named.tracks)
        artist_name = named.tracks.get(asked.tracks[0], {}).get("artist_name")
        rows = self._following(named.listener_no, sources)
        following = [named.corrections.apply(row) for row in rows]
        numbers = {*sources, *_foremost(continuations)}
        known = self._known_tracks(named.listener_no, numbers, artist_name)
        tracks = _merge_rows(named.tracks, following, known)
        own, household = self._weights(following, sources, as_of=as_of)
        recent = _recent_plays(tracks, as_of)
        evidence = Evidence(
            own=own,
            household=household,
            artist_shares=_artist_shares(known, artist_name),
            activations={
                track: row["activation"] for track, row in tracks.items() if row.get("activation")
            },
            recent_plays=live_plays.add_recent_plays(recent, later, as_of=as_of),
            order=replace(order, by_track=_by_track(continuations, tracks)),
        )
        return TrackEvidence(evidence=evidence, listener_no=named.listener_no, tracks=tracks)

    def _sequence(self, asked: Listening) -> tuple[PlaySequence, list[LivePlay]]:
        """Return the listener's plays, and those of them that the build does not know."""
        sequence = play_sequence(self.warehouse, asked.resolved.listener_no)
        later = live_plays.later_plays(sequence, asked.live_plays, self.parameters)
        tracks = asked.resolved.tracks
        return live_plays.extend(sequence, later, tracks, self.parameters), later

    def _order(
        self, sequence: PlaySequence, asked: Listening, *, as_of: datetime
    ) -> tuple[dict[int, Continuation], PlayOrder]:
        tracks = asked.resolved.tracks
        return play_order(
            sequence,
            [tracks.get(track, NOBODY)["track_no"] for track in asked.tracks],
            playing_ended_at=asked.playing_ended_at,
            session_began=asked.session_began,
            as_of=as_of,
            parameters=self.parameters,
        )

    def _following(self, listener_no: int, sources: Iterable[int]) -> list[Row]:
        branches = [
            branch.format(listener_no=listener_no, source_no=source_no)
            for source_no in sources
            for branch in (
                (statements.OWN, statements.HOUSEHOLD) if self.in_household else (statements.OWN,)
            )
        ]
        if not branches:
            return []
        following = "union all".join(branches)
        return self.warehouse.rows(
            statements.FOLLOWING.format(listener_no=listener_no, following=following)
        )

    def _weights(
        self, following: Iterable[Row], sources: Mapping[int, list[str]], *, as_of: datetime
    ) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
        """Return one's own and the household's weights, by source."""
        own: dict[str, dict[str, float]] = {}
        household: dict[str, dict[str, float]] = {}
        aged = 1 / growth_at(as_of, self.parameters)
        for row in following:
            weight = row["strength"] * aged / (row["source_plays"] + self.parameters.prior_plays)
            side = own if row["is_own"] else household
            for source in sources[row["source_no"]]:
                targets = side.setdefault(source, {})
                targets[row["track_id"]] = max(weight, targets.get(row["track_id"], 0.0))
        return own, household

    def _known_tracks(
        self, listener_no: int, sources: Iterable[int], artist_name: str | None
    ) -> list[Row]:
        """Return the playing artist's tracks, the most active, and what was heard just now."""
        sql = statements.KNOWN_TRACKS.format(
            listener_no=listener_no, top=TOP_ACTIVATIONS, numbers=sql_numbers(sources)
        )
        return self.warehouse.rows(sql, [artist_name or ""])

    def tracks(self, track_ids: Iterable[str]) -> dict[str, Row]:
        asked = sorted(set(track_ids))
        if not asked:
            return {}
        sql = statements.TRACKS.format(placeholders=placeholders(asked))
        return {row["track_id"]: row for row in self.warehouse.rows(sql, asked)}

    def releases(self, track_id: str) -> list[str]:
        """Return every id of the recording that has this one; none where it is not known."""
        return [
            row["release_track_id"] for row in self.warehouse.rows(statements.RELEASES, [track_id])
        ]

    def pairs(self, playing: str, named: ResolvedTracks) -> dict[str, Row]:
        """Return what was heard with a track, with the higher of own and household scores."""
        track_no = named.tracks.get(playing, NOBODY)["track_no"]
        whose = [named.listener_no, HOUSEHOLD_NO] if self.in_household else [named.listener_no]
        sql = statements.PAIRS.format(
            track_no=sql_numbers([track_no or -1]), whose=sql_numbers(whose)
        )
        rows = [named.corrections.apply(row) for row in self.warehouse.rows(sql)]
        rows.sort(key=lambda row: float(row["cooccurrence_score"]))
        return {row["track_id"]: row for row in rows if row["track_id"] != playing}

    def affinities(self) -> dict[str, float]:
        rows = self.warehouse.rows(statements.AFFINITIES, [self.user_id])
        return {row["artist_name"]: row["affinity_score"] for row in rows}

    def follow_counts(
        self, known: TrackEvidence, sources: Mapping[str, str]
    ) -> dict[str, FollowCounts]:
        """Return how often each track came after its source in a session, and when in the day."""
        number = {each: row["track_no"] for each, row in known.tracks.items()}
        sequence = play_sequence(self.warehouse, known.listener_no)
        window = int(self.parameters.window)
        return {
            track: follow_counts(sequence, number[source], number[track], window=window)
            for track, source in sources.items()
        }

    def list_rows(self, strategy: str) -> list[Row]:
        """Return the rows of the strategy's lists, each kind's best first."""
        return self.warehouse.rows(statements.LISTS, [self.user_id, strategy])

    def top_recommendations(self, limit: int) -> list[Row]:
        """Return the first rows of `track_recommendations`, with the parts of their scores."""
        rows = self.warehouse.rows(statements.TOP_RECOMMENDATIONS, [self.user_id, limit])
        return [row | {"generated_at": row["generated_at"].replace(tzinfo=UTC)} for row in rows]

    def last_plays(self) -> list[Row]:
        """Return the last plays, newest first."""
        return self.warehouse.rows(statements.LAST_PLAYS, [self.user_id])


def _tracks_by_number(tracks: Mapping[str, Row]) -> dict[int, list[str]]:
    """Return the ids of tracks by number, without those that have none."""
    found: dict[int, list[str]] = {}
    for track, row in tracks.items():
        if row["track_no"]:
            found.setdefault(row["track_no"], []).append(track)
    return found


def _merge_rows(
    named: Mapping[str, Row], following: Sequence[Row], known: Sequence[Row]
) -> dict[str, Row]:
    """Return rows by track, those of `known` first, with the number that plays are kept under."""
    tracks = {**named} | {row["track_id"]: row for row in (*following, *known)}
    for row in (*following, *named.values()):
        track = row["track_id"]
        tracks[track] = {**tracks[track], "track_no": row["track_no"]}
    return tracks


def _artist_shares(known: Iterable[Row], artist_name: str | None) -> dict[str, float]:
    """Return the share of each track among the plays of its artist, if that is the one playing."""
    return {
        row["track_id"]: row["artist_share"]
        for row in known
        if artist_name and row["artist_name"] == artist_name
    }


def _by_track(
    continuations: Mapping[int, Continuation], tracks: Mapping[str, Row]
) -> dict[str, Continuation]:
    return {
        track: continuations[row["track_no"]]
        for track, row in tracks.items()
        if row["track_no"] in continuations
    }


def _foremost(continuations: Mapping[int, Continuation], most: int = 150) -> list[int]:
    """Return the tracks for which the order of plays says most, by number."""

    def weight(number: int) -> float:
        each = continuations[number]
        return each.pair + each.triple + each.similar + each.week + each.is_last

    return sorted(continuations, key=weight, reverse=True)[:most]


def _recent_plays(tracks: Mapping[str, Row], as_of: datetime) -> dict[str, float]:
    return {
        track: row["recent_plays"] * _since_build(row, as_of)
        for track, row in tracks.items()
        if row.get("recent_plays")
    }


def _since_build(row: Row, as_of: datetime) -> float:
    """Return what a play of the moment of the build counts now: half of it after a day."""
    built_at = row["last_played_at"].replace(tzinfo=UTC) + timedelta(days=row["idle_days"])
    return float(2 ** min(0.0, (built_at - as_of) / timedelta(days=1)))
