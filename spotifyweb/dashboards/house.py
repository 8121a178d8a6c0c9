"""The house: what listeners who agreed to it see of one another. Leaving takes one's part along."""

from collections.abc import Sequence
from datetime import datetime

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.models import Housemate
from spotifyweb.dashboards.reading import View, narrowing
from spotifyweb.warehouse import Row

BOARD = """
    select user_id, sum(plays) as plays, sum(heard_ms) as heard_ms
    from gold.user_daily_listening
    where user_id in ({marks}) and {where}
    group by user_id order by heard_ms desc, user_id
"""
BLEND = """
    with each_of as (
        select daily.user_id, daily.track_id, sum(daily.plays) as plays,
            sum(daily.heard_ms) as heard_ms
        from gold.user_track_daily as daily
        where daily.user_id in ({marks}) and {where}
        group by daily.user_id, daily.track_id having sum(daily.plays) > 0
    ),
    together as (
        select track_id, count(*) as listeners, min(plays) as least, sum(plays) as plays,
            sum(heard_ms) as heard_ms
        from each_of group by track_id having count(*) > 1
    )
    select tracks.track_id, tracks.track_name, tracks.artist_name, tracks.album_name,
        tracks.image_url, tracks.url, together.listeners, together.plays, together.heard_ms
    from together inner join gold.tracks as tracks on tracks.track_id = together.track_id
    order by together.listeners desc, together.least desc, together.plays desc, tracks.track_id
    limit 30
"""
WHO = """
    select known.user_id, sum(known.plays) as plays, sum(known.heard_ms) as heard_ms
    from gold.user_tracks as known
    inner join gold.tracks as tracks on tracks.track_id = known.track_id
    where known.user_id in ({marks}) and {is_it}
    group by known.user_id having sum(known.plays) > 0
    order by plays desc, heard_ms desc, known.user_id
"""


def join(listener: Listener, *, now: datetime) -> None:
    Housemate.objects.get_or_create(listener=listener, defaults={"joined_at": now})


def leave(listener: Listener) -> None:
    Housemate.objects.filter(listener=listener).delete()


def is_member(listener: Listener) -> bool:
    return Housemate.objects.filter(listener=listener).exists()


def members() -> dict[str, Listener]:
    """Those who agreed and are still allowed here, by user_id."""
    found = Listener.objects.filter(housemate__isnull=False, is_active=True)
    return {listener.user_id: listener for listener in found}


def leaderboard(view: View, mates: Sequence[str]) -> list[Row]:
    return _rows(view, BOARD, mates)


def blend(view: View, mates: Sequence[str]) -> list[Row]:
    """Tracks that several of them play, those that all of them play much first."""
    return _rows(view, BLEND, mates)


def who_plays(view: View, mates: Sequence[str], is_it: str, key: Sequence[object]) -> list[Row]:
    sql = WHO.format(marks=_marks(mates), is_it=is_it)
    return view.warehouse.rows(sql, [*mates, *key])


def _rows(view: View, sql: str, mates: Sequence[str]) -> list[Row]:
    """The filters that every table knows; nobody's own rules bind the others."""
    clauses = narrowing(view.filters)
    where = " and ".join(clause for clause, _ in clauses) or "true"
    values = [value for _, some in clauses for value in some]
    return view.warehouse.rows(sql.format(marks=_marks(mates), where=where), [*mates, *values])


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" for _ in values)
