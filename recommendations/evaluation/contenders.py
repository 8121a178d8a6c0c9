"""Who answers what comes next: ours, the documented baseline both ways and one way, most played."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from recommendations import scoring
from recommendations.evaluation.cases import Case
from recommendations.parameters import Parameters
from spotifyweb.warehouse.scratch import Scratch

DEPTH = 10
FOREMOST = 50  # by activation, for sources of which nothing is known

OWN = """
select listeners.user_id, sources.track_id, targets.track_id,
    strength * power(2, -(epoch(cast(? as timestamp)) - epoch(timestamp '2020-01-01')) / 86400 / ?)
    / (source_plays + ?)
from {transitions} as transitions
{listeners}
join track_numbers as sources on sources.track_no = transitions.source_no
join track_numbers as targets on targets.track_no = transitions.target_no
"""
LISTENERS = (
    "join listener_numbers as listeners on listeners.listener_no = transitions.listener_no",
    "cross join (select '*' as user_id) as listeners",
)
PAIRS = """
with session_tracks as (
    select distinct user_id, date_trunc('hour', played_at) as hour, track_id from silver_plays
),
sessions as (select user_id, track_id, count(*) as sessions from session_tracks group by all),
pairs as (
    select a.user_id, a.track_id as a, b.track_id as b, count(*) as together
    from session_tracks as a join session_tracks as b using (user_id, hour)
    where a.track_id {relation} b.track_id group by all having count(*) >= 2
)
select pairs.user_id, pairs.a, pairs.b, together / sessions.sessions as score
from pairs join sessions on sessions.user_id = pairs.user_id and sessions.track_id = pairs.a
qualify row_number() over (
    partition by pairs.user_id, pairs.a order by score desc, together desc, pairs.b
) <= 20
"""


class Contender(Protocol):
    name: str

    def fit(self, scratch: Scratch, as_of: datetime, /) -> None:
        """Learn from the silver tables and the models, which end at `as_of`."""

    def answer(self, cases: Sequence[Case]) -> list[list[str]]:
        """Up to ten tracks for each case, best first."""


class Transitions:
    """The default strategy, by the code that serves it."""

    name = "transitions"

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters

    def fit(self, scratch: Scratch, as_of: datetime) -> None:
        p = self.parameters
        self.weights: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
        for table, listeners in zip(
            ("transitions", "household_transitions"), LISTENERS, strict=True
        ):
            sql = OWN.format(transitions=table, listeners=listeners)
            rows = scratch.tuples(sql, [as_of, p.half_life_days, p.prior_plays])
            for user_id, source, target, weight in rows:
                self.weights[str(user_id), str(source)][str(target)] = float(str(weight))
        self.mates = {row[0] for row in scratch.tuples("select user_id from household_members")}
        self._remember(scratch)

    def _remember(self, scratch: Scratch) -> None:
        self.shares: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
        self.activations: dict[str, dict[str, float]] = defaultdict(dict)
        self.artists: dict[str, str] = {}
        self.foremost: dict[str, list[str]] = defaultdict(list)
        sql = "select user_id, track_id, artist_name, activation, artist_share from activation"
        for row in scratch.rows(sql + " order by activation desc, track_id"):
            user_id, track, artist = row["user_id"], row["track_id"], row["artist_name"]
            self.artists[track] = artist
            self.activations[user_id][track] = row["activation"]
            self.shares[user_id, artist][track] = row["artist_share"]
            if len(self.foremost[user_id]) < FOREMOST:
                self.foremost[user_id].append(track)

    def answer(self, cases: Sequence[Case]) -> list[list[str]]:
        return [self._one(case) for case in cases]

    def _one(self, case: Case) -> list[str]:
        ranked = scoring.rank_candidates(
            playing=case.playing,
            before=case.before,
            heard=case.heard,
            evidence=self._evidence(case),
            parameters=self.parameters,
        )
        return [track for track, _ in ranked[:DEPTH]]

    def _evidence(self, case: Case) -> scoring.Evidence:
        sources = (case.playing, *case.before)
        own = {track: self.weights.get((case.user_id, track), {}) for track in sources}
        heard_of = sources if case.user_id in self.mates else ()
        house = {track: self.weights.get(("*", track), {}) for track in heard_of}
        shares = self.shares.get((case.user_id, self.artists.get(case.playing, "")), {})
        named = {track for weights in (*own.values(), *house.values()) for track in weights}
        named |= {*shares, *self.foremost[case.user_id]}
        known = self.activations[case.user_id]
        return scoring.Evidence(
            own=own,
            household=house if any(house.values()) else {},
            artist_shares=shares,
            activations={track: known[track] for track in named if track in known},
        )


class Baseline:
    """0.7 co-occurrence within the clock hour + 0.3 affinity, as drafted, both ways or one."""

    def __init__(self, *, both_ways: bool) -> None:
        self.name = "co-occurrence" if both_ways else "co-occurrence, one way"
        self.relation = "<>" if both_ways else "<"

    def fit(self, scratch: Scratch, _: datetime) -> None:
        affinities = {
            (row["user_id"], row["artist_name"]): row["affinity_score"]
            for row in scratch.rows("select * from artist_affinity")
        }
        tracks = scratch.rows("select track_id, artist_name from silver_tracks")
        artists = {row["track_id"]: row["artist_name"] for row in tracks}
        scored = defaultdict(list)
        for row in scratch.rows(PAIRS.format(relation=self.relation)):
            affinity = affinities.get((row["user_id"], artists.get(row["b"])), 0.0)
            score = 0.7 * row["score"] + 0.3 * affinity / 100
            scored[row["user_id"], row["a"]].append((-score, row["b"]))
        self.lists = {
            key: [track for _, track in sorted(found)[:DEPTH]] for key, found in scored.items()
        }

    def answer(self, cases: Sequence[Case]) -> list[list[str]]:
        return [self.lists.get((case.user_id, case.playing), []) for case in cases]


class MostPlayed:
    """The listener's most played tracks, whatever plays now."""

    name = "most played"

    def fit(self, scratch: Scratch, _: datetime) -> None:
        self.lists: dict[str, list[str]] = defaultdict(list)
        sql = "select user_id, track_id from silver_plays group by all"
        for user_id, track in scratch.tuples(sql + " order by count(*) desc, user_id, track_id"):
            self.lists[str(user_id)].append(str(track))

    def answer(self, cases: Sequence[Case]) -> list[list[str]]:
        return [self._one(case) for case in cases]

    def _one(self, case: Case) -> list[str]:
        most = self.lists[case.user_id][: DEPTH + 1]
        return [track for track in most if track != case.playing][:DEPTH]
