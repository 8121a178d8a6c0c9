"""What came after the earlier plays of a track, in the order in which one listener heard them."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from recommendations.parameters import Parameters
from recommendations.queries.statements import sql_numbers
from recommendations.scoring import Continuation, PlayOrder
from spotifyweb.warehouse import Row, Warehouse

SINCE = datetime(2020, 1, 1, tzinfo=UTC)  # as growth_since_2020 in dbt/macros/recommendations.sql
SAME_PLAY = timedelta(seconds=30)  # `same_play_seconds` of dbt: two reports of one end
NEWER = 1e300  # than any play

# `growth` is the weight of a play up to one factor for the moment of the question, and grows with
# time; m is how many tracks of this session came among the plays before
OCCURRENCES = """
with occurrences as (
    select play_no, session_no, growth from gold.play_sequence
    where listener_no = {listener_no} and track_no = {playing} and growth < {until}
    order by play_no desc limit {most}
),
around as (
    select
        occurrences.play_no as occurrence, occurrences.growth, plays.track_no,
        plays.play_no - occurrences.play_no as away
    from gold.play_sequence as plays
    inner join occurrences on plays.session_no = occurrences.session_no
    where plays.listener_no = {listener_no}
        and plays.play_no - occurrences.play_no between -{before} and {window}
),
contexts as (
    select
        occurrence, growth, power(growth, {faster}) as week,
        max(case when away = -1 and track_no = {first} then 1 else 0 end) as is_pair,
        max(case when away = -1 and track_no = {first} then 1 else 0 end)
        * max(case when away = -2 and track_no = {second} then 1 else 0 end) as is_triple,
        count(distinct case when away < 0 and track_no in ({context}) then track_no end) as m
    from around group by occurrence, growth
),
totals as (
    select
        sum(is_pair * growth) as pair_total, sum(m * m * growth) as similar_total,
        sum(week) as week_total, max(occurrence) as newest, max(growth) as newest_growth
    from contexts
)
select
    around.track_no,
    sum(is_pair * power(away, -{distance}) * contexts.growth) as pair,
    sum(is_triple * power(away, -{distance}) * contexts.growth) as triple,
    sum(m * m * power(away, -{distance}) * contexts.growth) as similar,
    sum(case when away = 1 then week else 0 end) as week,
    max(case when away = 1 and contexts.occurrence = newest then 1 else 0 end) as is_last,
    count(distinct case when is_pair = 1 then contexts.occurrence end) as pair_times,
    count(distinct case when m > 0 then contexts.occurrence end) as similar_times,
    count(case when away = 1 then 1 end) as direct_times,
    max(pair_total) as pair_total, max(similar_total) as similar_total,
    max(week_total) as week_total, max(newest_growth) as newest_growth
from around
inner join contexts on contexts.occurrence = around.occurrence
cross join totals
where away > 0
group by around.track_no
"""
STEPS = """
select distinct earlier.track_no as earlier_no, later.track_no as later_no
from gold.play_sequence as earlier
inner join gold.play_sequence as later
    on later.listener_no = earlier.listener_no and later.play_no = earlier.play_no + 1
        and later.session_no = earlier.session_no
where earlier.listener_no = {listener_no} and later.listener_no = {listener_no}
    and earlier.track_no in ({numbers}) and later.track_no in ({numbers})
    and earlier.growth < {until}
"""


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
    playing, context = session[0], session[1 : 1 + int(p.context_tracks)]
    if playing is None:
        return {}, PlayOrder()
    first, second = (*(number or -1 for number in context), -1, -1)[:2]
    rows = warehouse.rows(
        OCCURRENCES.format(
            listener_no=listener_no,
            playing=playing,
            first=first,
            second=second,
            context=sql_numbers({number for number in context if number}),
            most=int(p.occurrences),
            before=int(p.similar_window),
            window=int(p.window),
            faster=p.half_life_days / p.week_days,
            distance=p.distance_power,
            until=_growth_before(playing_ended_at, p),
        )
    )
    if not rows:
        return {}, PlayOrder()
    until = _growth_before(session_began, p)
    steps = _steps(session, p)
    known = _known_steps(warehouse, listener_no, steps, until=until)
    hits = sum(step in known for step in steps)
    aged = 1 / growth_at(as_of, p)
    return (
        {row["track_no"]: _continuation(row, aged, p) for row in rows},
        _totals(rows[0], aged, (hits + 0.3) / (len(steps) + 1), p),
    )


def _steps(
    session: Sequence[int | None], parameters: Parameters
) -> list[tuple[int | None, int | None]]:
    """Return the newest steps of the session, each from a track to the one after it."""
    newest = session[: 1 + int(parameters.repeat_steps)]
    return list(zip(newest[1:], newest, strict=False))


def _known_steps(
    warehouse: Warehouse,
    listener_no: int,
    steps: Sequence[tuple[int | None, int | None]],
    *,
    until: float,
) -> set[tuple[int | None, int | None]]:
    numbers = {number for step in steps for number in step if number}
    if not numbers:
        return set()
    sql = STEPS.format(listener_no=listener_no, numbers=sql_numbers(numbers), until=until)
    return {(row["earlier_no"], row["later_no"]) for row in warehouse.rows(sql)}


def _continuation(row: Row, aged: float, parameters: Parameters) -> Continuation:
    aged_week = aged ** (parameters.half_life_days / parameters.week_days)
    return Continuation(
        pair=row["pair"] * aged,
        triple=row["triple"] * aged,
        similar=row["similar"] * aged,
        week=row["week"] * aged_week,
        is_last=bool(row["is_last"]),
        pair_times=row["pair_times"],
        similar_times=row["similar_times"],
        direct_times=row["direct_times"],
    )


def _totals(row: Row, aged: float, repeat_rate: float, parameters: Parameters) -> PlayOrder:
    p = parameters
    return PlayOrder(
        pair_total=row["pair_total"] * aged,
        similar_total=row["similar_total"] * aged,
        week_total=row["week_total"] * aged ** (p.half_life_days / p.week_days),
        last_age_days=max(0.0, -math.log2(row["newest_growth"] * aged) * p.half_life_days),
        repeat_rate=repeat_rate,
    )
