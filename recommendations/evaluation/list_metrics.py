"""The lists against the plays: new tracks that were played next, old ones that came back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby, zip_longest
from typing import Any

from recommendations import lists
from recommendations.evaluation import gold_schema
from recommendations.evaluation.cases import Window
from recommendations.feedback import FeedbackSummary
from recommendations.parameters import Parameters
from recommendations.queries import ListenerQueries
from recommendations.strategies import strategies
from spotifyweb.warehouse.scratch import Scratch

Lists = dict[str, list[str]]  # user_id -> tracks, best first

NEWLY_PLAYED = """
select user_id, track_id from install_history
where is_play and played_at >= ? and played_at < ?
and (user_id, track_id) not in (select (user_id, track_id) from activation)
group by all
"""
RETURNED = """
select played.user_id, played.track_id from install_history as played
join activation using (user_id, track_id)
where is_play and played.played_at >= ? and played.played_at < ? and idle_days >= ?
group by all
"""
NEW: Mapping[str, str] = {
    "discover, uncapped": """
        select user_id, track_id from (
            select *, row_number() over (
                partition by user_id
                order by
                    score desc, 0.7 * cooccurrence_score + 0.003 * artist_affinity desc, track_id
            ) as position
            from recommendation_lists where strategy = 'transitions' and kind <> 'rediscovery'
        ) where position <= 50 order by user_id, position""",
    "drafted": """
        select user_id, track_id from recommendation_lists
        where strategy = 'cooccurrence' and kind = 'household' and rank <= 50
        order by user_id, rank""",
    "most played by others": """
        select listeners.user_id, popular.track_id
        from (select distinct user_id from activation) as listeners
        cross join (select track_id, sum(plays) as plays from activation group by all) as popular
        anti join activation as own
            on own.user_id = listeners.user_id and own.track_id = popular.track_id
        qualify row_number() over (
            partition by listeners.user_id order by plays desc, popular.track_id
        ) <= 50 order by listeners.user_id, plays desc, popular.track_id""",
}
OLD: Mapping[str, str] = {
    "rediscovery, uncapped": """
        select user_id, track_id from recommendation_lists
        where strategy = 'transitions' and kind = 'rediscovery' and rank <= 50
        order by user_id, rank""",
    "most played, idle": """
        select user_id, track_id from activation where idle_days >= {idle_days}
        qualify row_number() over (partition by user_id order by plays desc, track_id) <= 50
        order by user_id, plays desc, track_id""",
    "longest idle": """
        select user_id, track_id from activation where idle_days >= {idle_days}
        qualify row_number() over (partition by user_id order by idle_days desc, track_id) <= 50
        order by user_id, idle_days desc, track_id""",
}


IDLE = """
select user_id, track_id, artist_name, idle_days, cast(plays as double) as plays
from activation where idle_days >= ? order by user_id, plays desc, track_id
"""


def newly_played(scratch: Scratch, window: Window) -> dict[str, set[str]]:
    """Return what each listener played in the window and never before it."""
    return _by_listener(scratch.tuples(NEWLY_PLAYED, [window.start, window.end]))


def rediscoveries(scratch: Scratch, window: Window, parameters: Parameters) -> dict[str, set[str]]:
    """Return what each listener played in the window after it was silent for a month."""
    idle_days = parameters.rediscovery_idle_days
    return _by_listener(scratch.tuples(RETURNED, [window.start, window.end, idle_days]))


def answers(
    scratch: Scratch, questions: Mapping[str, str], parameters: Parameters
) -> dict[str, Lists]:
    """Return everybody's list by each contender."""
    found: dict[str, Lists] = {}
    for name, sql in questions.items():
        lists: Lists = defaultdict(list)
        for user_id, track in scratch.tuples(
            sql.format(idle_days=parameters.rediscovery_idle_days)
        ):
            lists[str(user_id)].append(str(track))
        found[name] = lists
    return found


def served_lists(
    scratch: Scratch, kinds: Sequence[str], parameters: Parameters, *, now: datetime
) -> Lists:
    """Return everybody's list as API and page serve it: the kinds in turn, artists limited."""
    members = gold_schema.household_members(scratch)
    listeners = scratch.tuples("select distinct user_id from listener_numbers order by 1")
    return {
        user_id: _served_list(
            gold_schema.listener_queries(scratch, user_id, parameters, members=members), kinds, now
        )
        for user_id in (str(row[0]) for row in listeners)
    }


def _served_list(gold: ListenerQueries, kinds: Sequence[str], now: datetime) -> list[str]:
    answers = [
        lists.recommend_lists(
            gold=gold,
            summary=FeedbackSummary(),
            now=now,
            strategy=strategies()["transitions"],
            kind=kind,
            per_artist=int(gold.parameters.per_artist),
        )["kinds"]
        for kind in kinds
    ]
    columns = [each["recommendations"] for answer in answers for each in answer]
    rows = [row for turn in zip_longest(*columns) for row in turn if row]
    return [row["track_id"] for row in rows][: lists.LENGTH]


def served_most_played(scratch: Scratch, parameters: Parameters) -> Lists:
    """Return everybody's most played of what is silent, by the rules of what is served.

    Beside the served list it shows what its order is worth, and beside the most played without
    rules what limit and seats cost.
    """
    rows = scratch.rows(IDLE, [parameters.rediscovery_idle_days])
    return {
        user_id: [
            row["track_id"]
            for _, row in lists.arrange(
                [(row["plays"], row) for row in own],
                kind="rediscovery",
                parameters=parameters,
                per_artist=int(parameters.per_artist),
            )
        ][: lists.LENGTH]
        for user_id, own in groupby(rows, key=lambda row: str(row["user_id"]))
    }


def _by_listener(rows: list[tuple[Any, ...]]) -> dict[str, set[str]]:
    wanted: dict[str, set[str]] = defaultdict(set)
    for user_id, track in rows:
        wanted[str(user_id)].add(str(track))
    return wanted
