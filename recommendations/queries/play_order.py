"""What came after the earlier plays of a track, in the order in which one listener heard them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from recommendations.parameters import Parameters
from recommendations.queries.statements import sql_numbers
from recommendations.scoring import Continuation, PlayOrder
from spotifyweb.warehouse import Row, Warehouse

SINCE = datetime(2020, 1, 1, tzinfo=UTC)  # as growth_since_2020 in dbt/macros/recommendations.sql
SAME_PLAY = timedelta(seconds=30)  # `same_play_seconds` of dbt: two reports of one end
NEWER = 1e300  # than any play

PLAYS = """
select track_no, play_no, session_no, growth from gold.play_sequence
where listener_no = {listener_no} and track_no in ({numbers})
"""
# Two plain scans: a join of the sequence with itself costs five times as much
AFTER = """
select
    plays.track_no,
    sum(pair * near) as pair, sum(triple * near) as triple, sum(alike * near) as similar,
    sum(case when away = 1 then week else 0 end) as week,
    max(case when away = 1 and occurrence = {newest} then 1 else 0 end) as is_last,
    count(distinct case when pair > 0 then occurrence end) as pair_times,
    count(distinct case when alike > 0 then occurrence end) as similar_times,
    count(case when away = 1 then 1 end) as direct_times
from gold.play_sequence as plays
inner join (
    select occurrence + away as play_no, occurrences.*, away, near
    from (values {occurrences})
        as occurrences (occurrence, session_no, pair, triple, alike, week)
    cross join (values {steps}) as steps (away, near)
) as later on later.play_no = plays.play_no and later.session_no = plays.session_no
where plays.listener_no = {listener_no}
group by plays.track_no
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """An earlier play of the playing track, with what it weighs now."""

    play_no: int
    session_no: int
    pair: float
    triple: float
    similar: float
    week: float

    def values(self) -> str:
        weights = (self.pair, self.triple, self.similar, self.week)
        return f"({self.play_no}, {self.session_no}, {', '.join(f'{w:.17e}' for w in weights)})"


def growth_at(moment: datetime, parameters: Parameters) -> float:
    """Return what `growth` is for a play that ended at this moment."""
    days = (moment - SINCE) / timedelta(days=1)
    return float(2 ** (days / parameters.half_life_days))


def _growth_before(moment: datetime | None, parameters: Parameters) -> float:
    """Return a bound for plays that ended before, by more than two reports of one end differ."""
    return growth_at(moment - SAME_PLAY, parameters) if moment else NEWER


def play_order(
    warehouse: Warehouse,
    listener_no: int,
    session: Sequence[int | None],  # the playing track's number and those before it, newest first
    *,
    playing_ended_at: datetime | None,  # earlier plays of the playing track end before it
    session_began: datetime | None,  # earlier sessions end before it
    as_of: datetime,
    parameters: Parameters,
) -> tuple[dict[int, Continuation], PlayOrder]:
    """Return what came after earlier plays by track number, and the totals."""
    p = parameters
    newest = session[: 1 + int(max(p.repeat_steps, p.context_tracks))]
    sql = PLAYS.format(
        listener_no=listener_no, numbers=sql_numbers({number for number in newest if number})
    )
    plays = {row["play_no"]: row for row in warehouse.rows(sql)} if session[0] else {}
    until, aged = _growth_before(playing_ended_at, p), 1 / growth_at(as_of, p)
    earlier = sorted(
        number
        for number, row in plays.items()
        if row["track_no"] == session[0] and row["growth"] < until
    )[-int(p.occurrences) :]
    if not earlier:
        return {}, PlayOrder()
    context = session[1 : 1 + int(p.context_tracks)]
    occurrences = [_occurrence(plays, number, context, aged, p) for number in earlier]
    rate = _repeat_rate(plays, newest, _growth_before(session_began, p), p)
    age = -math.log2(plays[earlier[-1]]["growth"] * aged) * p.half_life_days
    rows = warehouse.rows(
        AFTER.format(
            listener_no=listener_no,
            newest=earlier[-1],
            occurrences=", ".join(each.values() for each in occurrences),
            steps=", ".join(f"({d}, {d**-p.distance_power:.17e})" for d in _reach(p.window)),
        )
    )
    return {row.pop("track_no"): _continuation(row) for row in rows}, PlayOrder(
        pair_total=sum(each.pair for each in occurrences),
        similar_total=sum(each.similar for each in occurrences),
        week_total=sum(each.week for each in occurrences),
        last_age_days=max(0.0, age),
        repeat_rate=rate,
    )


def _reach(most: float) -> range:
    return range(1, int(most) + 1)


def _before(plays: Mapping[int, Row], play_no: int, away: int) -> int | None:
    """Return which track of this session came so many plays before, in the same session."""
    row = plays.get(play_no - away)
    is_near = row is not None and row["session_no"] == plays[play_no]["session_no"]
    return int(row["track_no"]) if row is not None and is_near else None


def _occurrence(
    plays: Mapping[int, Row],
    play_no: int,
    context: Sequence[int | None],
    aged: float,
    parameters: Parameters,
) -> Occurrence:
    p = parameters
    before = [_before(plays, play_no, away) for away in _reach(p.similar_window)]
    g = plays[play_no]["growth"] * aged
    pair = g if context and context[0] and before[0] == context[0] else 0.0
    is_triple = len(context) > 1 and context[1] and before[1] == context[1]
    m = len({*context} & {*before} - {None})
    return Occurrence(
        play_no=play_no,
        session_no=plays[play_no]["session_no"],
        pair=pair,
        triple=pair if is_triple else 0.0,
        similar=m * m * g,
        week=g ** (p.half_life_days / p.week_days),
    )


def _repeat_rate(
    plays: Mapping[int, Row],
    newest: Sequence[int | None],
    until: float,
    parameters: Parameters,
) -> float:
    """Return how many of the session's last steps an earlier session made, as a share."""
    steps = list(zip(newest[1:], newest, strict=False))[: int(parameters.repeat_steps)]
    made = {
        (_before(plays, number, 1), row["track_no"])
        for number, row in plays.items()
        if row["growth"] < until
    }
    return (sum(None not in step and step in made for step in steps) + 0.3) / (len(steps) + 1)


def _continuation(row: Row) -> Continuation:
    return Continuation(**row | {"is_last": bool(row["is_last"])})
