"""Who answers what comes next: ours, the documented baseline both ways and one way, most played."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from recommendations import next_tracks
from recommendations.evaluation import gold_schema, history
from recommendations.evaluation.cases import Case
from recommendations.feedback import FeedbackSummary
from recommendations.next_tracks import NextRequest
from recommendations.parameters import Parameters
from recommendations.queries import LivePlay
from recommendations.session import Session
from spotifyweb import recent_listens
from spotifyweb.warehouse.scratch import Scratch

DEPTH = 10

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
        """Return up to ten tracks for each case, best first."""


class ServedStrategy:
    """A strategy that settings name, asked through the functions that API and pages call."""

    suffix = "as served"
    later: Mapping[str, Sequence[LivePlay]] = {}  # of each listener, oldest first

    def __init__(self, parameters: Parameters, *, strategy: str = "transitions") -> None:
        self.name = f"{strategy}, {self.suffix}"
        self.strategy, self.parameters = strategy, parameters
        self.per_artist = int(parameters.per_artist)
        self.asked: Sequence[Case] = ()

    def fit(self, scratch: Scratch, _: datetime) -> None:
        gold_schema.publish(scratch)
        self.scratch, self.members = scratch, gold_schema.household_members(scratch)
        self.asked = ()

    def answer(self, cases: Sequence[Case]) -> list[list[str]]:
        return [served for served, _ in self.answers(cases)]

    def answers(self, cases: Sequence[Case]) -> list[tuple[list[str], list[str]]]:
        """Return for each case what is served, and the ranking without a limit per artist."""
        if cases is not self.asked:
            self.answered = [self._answer(case) for case in cases]
            self.asked = cases
        return self.answered

    def _answer(self, case: Case) -> tuple[list[str], list[str]]:
        now = case.playing_at.replace(tzinfo=UTC)
        ranked, _ = next_tracks.rank_next(
            NextRequest(track_id=case.playing, strategy=self.strategy),
            gold=gold_schema.listener_queries(
                self.scratch, case.user_id, self.parameters, members=self.members
            ),
            session=Session(
                tracks=case.session,
                newest_at=now,
                began_at=case.began_at.replace(tzinfo=UTC),
                live_plays=self._live_plays(case.user_id, now),
            ),
            summary=FeedbackSummary(),
            now=now,
        )
        served, ranking = (
            [track for track, _ in ranked.choose(limit=DEPTH, per_artist=most)]
            for most in (self.per_artist, DEPTH)
        )
        return served, ranking

    def _live_plays(self, user_id: str, now: datetime) -> tuple[LivePlay, ...]:
        """Return what the live list holds at this moment of plays since the fit."""
        later = self.later.get(user_id, ())
        until = bisect_right(later, now, key=lambda play: play.ended_at)
        return tuple(later[max(0, until - recent_listens.MAX_ENTRIES) : until])


class LiveStrategy(ServedStrategy):
    """The same with the plays since the fit, which the live list adds at once."""

    suffix = "as served live"

    def fit(self, scratch: Scratch, as_of: datetime) -> None:
        super().fit(scratch, as_of)
        self.later = history.later_plays(scratch, as_of)


class UnlimitedRanking:
    """The same ranking before an artist is limited."""

    def __init__(self, ours: ServedStrategy) -> None:
        self.name, self.ours = ours.strategy, ours

    def fit(self, _scratch: Scratch, _as_of: datetime) -> None:
        """Leave it to the contender whose ranking it is."""

    def answer(self, cases: Sequence[Case]) -> list[list[str]]:
        return [ranking for _, ranking in self.ours.answers(cases)]


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
