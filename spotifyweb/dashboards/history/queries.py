"""Queries of the history: a page of plays at a position, and the totals of its days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from spotifyweb.dashboards.filters import Period
from spotifyweb.dashboards.history.cursor import BEGINNING, Cursor, Position
from spotifyweb.dashboards.history.selection import COLUMNS, Condition, Selection
from spotifyweb.dashboards.query import NAMED_RELEASES, Grain
from spotifyweb.warehouse import Row, placeholders

PAGE_SIZE = 50
# Names are looked up for the plays of the page alone: joined before, they would be of all plays.
PLAYS = """
    with listens as (
        select {columns}, heard_ms as listened_ms,
            cast(extract(hour from local_at) as integer) as start_hour
        from {listens}
    )
    select event_id, event_type, release_track_id, track_name, artist_name, album_name, local_at,
        local_date, ended_at, heard_ms, device_type, device_name, source, sources, content_type,
        false as is_live
    from listens where {where} order by {order} limit {limit}
"""
NAMES = f"{NAMED_RELEASES} and played.release_track_id in ({{placeholders}})"
NEWEST_FIRST, OLDEST_FIRST = "ended_at desc, event_id", "ended_at, event_id desc"
DAYS = """
    select local_date, sum(plays) as plays, sum(heard_ms) as heard_ms from facts
    where {where} group by local_date
"""
# The newest plays before a moment are looked for in the days before it, then in more of them:
# plays lie in order of time, so a short span reads a small part of the table.
SPANS = (timedelta(days=30), timedelta(days=730), None)
SPANS_OF_ITEM = SPANS[1:]  # few of its plays lie in one month


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Plays in their order, with the cursors of the pages around them."""

    plays: list[Row]
    newer: Cursor | None = None
    older: Cursor | None = None
    is_top: bool = False


def read_page(selection: Selection, position: Position, *, size: int = PAGE_SIZE) -> HistoryPage:
    """Read the plays at a position; above all plays this is the top."""
    if position.after:
        page = _page_after(selection, position.after, size)
        return page or _page_before(selection, None, size)
    if position.moment:
        anchor = _newest_before_moment(selection, position.moment)
        return _page_before(selection, anchor, size) if anchor else HistoryPage(plays=[])
    return _page_before(selection, position.before, size)


def _page_before(selection: Selection, cursor: Cursor | None, size: int) -> HistoryPage:
    rows = _newest_plays(selection, cursor, size + 1)
    plays = rows[:size]
    return HistoryPage(
        plays=plays,
        newer=Cursor.of(plays[0]) if plays else None,
        older=Cursor.of(plays[-1]) if len(rows) > size else None,
        is_top=cursor is None,
    )


def _page_after(selection: Selection, cursor: Cursor, size: int) -> HistoryPage | None:
    """Return the page above a play; None where less than a page is above it."""
    newer = (
        "(ended_at > ? or (ended_at = ? and event_id < ?))",
        [cursor.ended_at, cursor.ended_at, cursor.event_id],
    )
    rows = _rows(selection, [newer], order=OLDEST_FIRST, limit=size + 1)
    if len(rows) <= size:
        return None
    plays = rows[1:]
    older = None if cursor == BEGINNING else Cursor.of(plays[-1])
    return HistoryPage(plays=plays, newer=Cursor.of(plays[0]), older=older)


def _newest_plays(selection: Selection, cursor: Cursor | None, limit: int) -> list[Row]:
    end = cursor.ended_at if cursor else selection.newest
    conditions: list[Condition] = []
    if cursor:
        older = "(ended_at < ? or (ended_at = ? and event_id > ?))"
        conditions.append((older, [end, end, cursor.event_id]))
    return _widen(selection, conditions, end=end, limit=limit)


def _newest_before_moment(selection: Selection, moment: datetime) -> Cursor | None:
    """Return a cursor just above the newest play that began before a moment."""
    end = moment.replace(tzinfo=UTC) + timedelta(days=2)  # in whichever zone
    conditions: list[Condition] = [("local_at < ?", [moment]), ("ended_at < ?", [end])]
    for near in (conditions, conditions[:1]):  # a play may be paused for longer
        rows = _widen(selection, near, end=end, limit=1)
        if rows:
            return Cursor(ended_at=rows[0]["ended_at"], event_id="")
    return None


def _widen(
    selection: Selection, conditions: list[Condition], *, end: datetime, limit: int
) -> list[Row]:
    rows: list[Row] = []
    for span in SPANS_OF_ITEM if selection.item else SPANS:
        near: list[Condition] = [("ended_at >= ?", [end - span])] if span else []
        rows = _rows(selection, conditions + near, order=NEWEST_FIRST, limit=limit)
        if len(rows) == limit:
            break
    return rows


def _rows(
    selection: Selection, conditions: list[Condition], *, order: str, limit: int
) -> list[Row]:
    """Return plays, named by their release where gold knows it; the newest first."""
    listens = selection.listens
    where, params = listens.where()
    conditions = conditions + selection.conditions()
    if not listens.filters.skips:
        conditions.append(("event_type = 'play'", []))
    sql = PLAYS.format(
        columns=COLUMNS[selection.table],
        listens=selection.table,
        where=" and ".join([where, *(condition for condition, _ in conditions)]),
        order=order,
        limit=limit,
    )
    values = [value for _, bound in conditions for value in bound]
    rows = listens.named_rows(sql, *params, *values)
    if order == OLDEST_FIRST:
        rows.reverse()
    return _name_rows(selection, rows)


def _name_rows(selection: Selection, rows: list[Row]) -> list[Row]:
    """Return the rows with names, picture and link of their release, where gold knows it."""
    ids = sorted({row["release_track_id"] for row in rows})
    if not ids:
        return []
    sql = NAMES.format(placeholders=placeholders(ids))
    names = selection.listens.named_rows(sql, selection.listens.user_id, *ids)
    named = {row["release_track_id"]: row for row in names}
    unnamed = {"image_url": None, "url": None}
    return [
        {**unnamed, "track_id": row["release_track_id"], **row}
        | named.get(row["release_track_id"], {})
        for row in rows
    ]


def day_totals(selection: Selection, days: Sequence[date]) -> dict[date, Row]:
    """Return plays and heard_ms of whole days, as every other page counts them."""
    if not days:
        return {}
    shown = Period(first=min(days), last=max(days))
    listens = selection.listens.during(shown.within(selection.listens.filters.period))
    conditions = selection.conditions()
    rows = listens.rows(
        DAYS.format(where=" and ".join(["true", *(condition for condition, _ in conditions)])),
        *(value for _, bound in conditions for value in bound),
        grain=Grain.TRACK if conditions else Grain.DAY,
    )
    return {row["local_date"]: row for row in rows}
