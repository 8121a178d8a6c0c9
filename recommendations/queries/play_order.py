"""What came after the earlier plays of a track, in the order in which one listener heard them."""

import math
from bisect import bisect
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from recommendations.parameters import Parameters
from recommendations.queries.play_sequence import EXCLUDED, PlaySequence
from recommendations.queries.rows import FollowCounts
from recommendations.scoring import Continuation, PlayOrder
from spotifyweb.events import SAME_PLAY

SINCE = datetime(2020, 1, 1, tzinfo=UTC)  # as growth_since_2020 in dbt/macros/recommendations.sql
NEWER = 1e300  # than any play


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """An earlier play of the playing track, with what it weighs now."""

    place: int
    pair: float
    triple: float
    similar: float
    week: float


@dataclass(slots=True)
class _Sums:
    """What came after the occurrences so far, for one track."""

    pair: float = 0.0
    triple: float = 0.0
    similar: float = 0.0
    week: float = 0.0
    is_last: bool = False
    pair_places: set[int] = field(default_factory=set)
    similar_places: set[int] = field(default_factory=set)
    direct_times: int = 0

    def add(self, occurrence: Occurrence, near: float) -> None:
        self.pair += occurrence.pair * near
        self.triple += occurrence.triple * near
        self.similar += occurrence.similar * near
        if occurrence.pair:
            self.pair_places.add(occurrence.place)
        if occurrence.similar:
            self.similar_places.add(occurrence.place)

    def add_direct(self, occurrence: Occurrence, *, is_last: bool) -> None:
        self.week += occurrence.week
        self.direct_times += 1
        self.is_last = self.is_last or is_last

    def continuation(self) -> Continuation:
        return Continuation(
            pair=self.pair,
            triple=self.triple,
            similar=self.similar,
            week=self.week,
            is_last=self.is_last,
            pair_times=len(self.pair_places),
            similar_times=len(self.similar_places),
            direct_times=self.direct_times,
        )


def growth_at(moment: datetime, parameters: Parameters) -> float:
    """Return what `growth` is for a play that ended at this moment."""
    days = (moment - SINCE) / timedelta(days=1)
    return float(2 ** (days / parameters.half_life_days))


def _growth_before(moment: datetime | None, parameters: Parameters) -> float:
    """Return a bound for plays that ended before, by more than two reports of one end differ."""
    return growth_at(moment - SAME_PLAY, parameters) if moment else NEWER


def play_order(
    sequence: PlaySequence,
    session: Sequence[int | None],  # the playing track's number and those before it, newest first
    *,
    playing_ended_at: datetime | None,  # earlier plays of the playing track end before it
    session_began: datetime | None,  # earlier sessions end before it
    as_of: datetime,
    parameters: Parameters,
) -> tuple[dict[int, Continuation], PlayOrder]:
    """Return what came after earlier plays by track number, and the totals."""
    p = parameters
    until, aged = _growth_before(playing_ended_at, p), 1 / growth_at(as_of, p)
    played = sequence.positions(session[0])
    earlier = [place for place in played if sequence.growth[place] < until][-int(p.occurrences) :]
    if not earlier:
        return {}, PlayOrder()
    context = session[1 : 1 + int(p.context_tracks)]
    occurrences = [_occurrence(sequence, place, context, aged, p) for place in earlier]
    age = -math.log2(sequence.growth[earlier[-1]] * aged) * p.half_life_days
    began = _growth_before(session_began, p)
    return _continuations(sequence, occurrences, p), PlayOrder(
        pair_total=sum(each.pair for each in occurrences),
        similar_total=sum(each.similar for each in occurrences),
        week_total=sum(each.week for each in occurrences),
        last_age_days=max(0.0, age),
        repeat_rate=_repeat_rate(sequence, session[: 1 + int(p.repeat_steps)], began, p),
    )


def _continuations(
    sequence: PlaySequence, occurrences: Sequence[Occurrence], parameters: Parameters
) -> dict[int, Continuation]:
    """Return what came after, by track number."""
    window = int(parameters.window)
    near = [away**-parameters.distance_power for away in range(1, window + 1)]
    found: defaultdict[int, _Sums] = defaultdict(_Sums)
    for each in occurrences:
        after = sequence.after(each.place, window)
        for track, weight in zip(after, near, strict=False):
            found[track].add(each, weight)
        if after:
            found[after[0]].add_direct(each, is_last=each is occurrences[-1])
    found.pop(EXCLUDED, None)
    return {track: sums.continuation() for track, sums in found.items()}


def _occurrence(
    sequence: PlaySequence,
    place: int,
    context: Sequence[int | None],
    aged: float,
    parameters: Parameters,
) -> Occurrence:
    before = sequence.before(place, int(parameters.similar_window))
    g = sequence.growth[place] * aged
    pair = g if context and context[0] and before[:1] == [context[0]] else 0.0
    is_triple = len(context) > 1 and context[1] and before[1:2] == [context[1]]
    m = len({*context} & {*before} - {None, EXCLUDED})
    return Occurrence(
        place=place,
        pair=pair,
        triple=pair if is_triple else 0.0,
        similar=m * m * g,
        week=g ** (parameters.half_life_days / parameters.week_days),
    )


def _repeat_rate(
    sequence: PlaySequence, newest: Sequence[int | None], until: float, parameters: Parameters
) -> float:
    """Return how many of the session's last steps an earlier session made, as a share."""
    steps = list(zip(newest[1:], newest, strict=False))[: int(parameters.repeat_steps)]
    made = {
        (before, after)
        for after in {after for _, after in steps}
        for place in sequence.positions(after)
        if sequence.growth[place] < until
        for before in sequence.before(place, 1)
    }
    return (sum(None not in step and step in made for step in steps) + 0.3) / (len(steps) + 1)


def follow_counts(sequence: PlaySequence, source: int, target: int, *, window: int) -> FollowCounts:
    """Return how often a track came near another in a session, and at which hours."""
    counts, sources = FollowCounts(), sequence.positions(source)
    sessions = sequence.session_nos
    for place in sequence.positions(target):
        after = bisect(sources, place)
        near = [
            each
            for each in sources[max(0, after - 1) : after + 1]
            if sessions[each] == sessions[place] and abs(each - place) <= window
        ]
        if near:
            away = place - near[0]
            counts.count(away if away > 0 else None, sequence.local_hours[place])
    return counts
