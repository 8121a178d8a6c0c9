"""What an erasure would take, before it is asked for: numbers of the published build."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from spotifyweb.accounts import timezones
from spotifyweb.accounts.models import Listener, Order
from spotifyweb.lake.suppression import MINUTE, MINUTE_SOURCE, device_start, fingerprint, item_names
from spotifyweb.warehouse import Warehouse

SAME_PLAY = timedelta(seconds=30)  # as far apart as two tellings of one play may end
HANDED_IN_AGAIN = "same device start"  # days later, when others may have been played
FIRST_DAY = date(2006, 4, 23)  # Spotify was founded
LISTEN = """
    select event_id, event_type, track_id, track_name, artist_name, local_at, started_at, ended_at,
        heard_ms, source, sources
    from silver.silver_release_listens where user_id = ? and event_id = ?
"""
TELLINGS = """
    select events.event_id, events.event_type, events.track_id, events.track_name,
        events.artist_name, events.played_at, events.started_at, events.device_started_at,
        events.ms_played, events.source, merged.matched_by
    from silver.silver_events as events
    left join silver.silver_merged as merged
        on merged.event_id = events.event_id and merged.user_id = events.user_id
    where events.user_id = ? and (events.event_id = ? or merged.play_event_id = ?)
"""
PERIOD = """
    select event_type, count(*) as number, sum(heard_ms) as heard_ms,
        min(local_at) as first_at, max(local_at) as last_at
    from silver.silver_release_listens
    where user_id = ?
        and ((ended_at >= ? and ended_at < ?) or (started_at >= ? and started_at < ?))
    group by event_type
"""
ONLY = """
    select event_type, count(*) as number, sum(heard_ms) as heard_ms,
        min(local_at) as first_at, max(local_at) as last_at
    from silver.silver_release_listens where user_id = ? and sources = ? group by event_type
"""
SOURCES = """
    select source, sum(number) as number from (
        select source, count(*) as number from silver.silver_events
        where user_id = ? group by source
        union all
        select source, count(*) as number from silver.silver_likes
        where user_id = ? group by source
        union all
        select source, count(*) as number from silver.silver_feedback
        where user_id = ? group by source
    ) as told group by source order by source
"""


class NothingToErase(LookupError):
    """This listener has nothing of that; the message says what was meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an order would take out, and the order itself, not yet given."""

    order: Order
    plays: int = 0
    skips: int = 0
    heard_ms: int = 0
    first_at: datetime | None = None  # wall time where the listener lived then
    last_at: datetime | None = None
    tellings: int = 0  # events; of a source also those of plays that another source tells too
    listen: dict[str, Any] = field(default_factory=dict)  # of one play


def play(listener: Listener, event_id: str, *, warehouse: Warehouse, now: datetime) -> Preview:
    """One play, by all that was told of it. Raises NothingToErase, WarehouseError."""
    mine = listener.user_id
    listens = warehouse.rows(LISTEN, [mine, event_id])
    if not listens:
        raise NothingToErase("You have no such play.")
    tellings = warehouse.rows(TELLINGS, [mine, event_id, event_id])
    order = _order(listener, Order.Kind.PLAY, now)
    order.since, order.until = _moments(tellings)
    order.began, order.salt = listens[0]["started_at"], secrets.token_hex(8)
    order.device_started_at = next(filter(None, map(device_start, tellings)), None)
    known = {name for row in [*listens, *tellings] for name in item_names(row)}
    order.items = sorted(fingerprint(order.salt, name) for name in known)
    one = listens[0]
    spanned = {"number": 1, "first_at": one["local_at"], "last_at": one["local_at"]}
    counted = _counted([one | spanned], order)
    return replace(counted, tellings=len(tellings), listen=one)


def period(
    listener: Listener, first: date, last: date, *, warehouse: Warehouse, now: datetime
) -> Preview:
    """Whole days where the listener lived then, up to now. Raises NothingToErase, WarehouseError.

    Of a day that came twice because they moved west, everything in between goes too.
    """
    lived = timezones.of(listener)
    today = now.astimezone(timezones.zone_at(lived, now)).date()
    if not FIRST_DAY <= first <= min(last, today):
        raise NothingToErase("A period begins in the past, and ends after it began.")
    order = _order(listener, Order.Kind.PERIOD, now)
    order.first_date, order.last_date = first, min(last, today)
    order.since = timezones.start_of(lived, first)
    order.until = min(now, timezones.end_of(lived, order.last_date))
    bounds = [order.since, order.until]
    rows = warehouse.rows(PERIOD, [listener.user_id, *bounds, *bounds])
    return _counted(rows, order)


def source(listener: Listener, name: str, *, warehouse: Warehouse, now: datetime) -> Preview:
    """All that one source told until now. Raises NothingToErase, WarehouseError."""
    told = sources(listener, warehouse=warehouse).get(name, 0)
    if not told:
        raise NothingToErase("You have nothing of that source.")
    order = _order(listener, Order.Kind.SOURCE, now)
    order.source, order.until = name, now
    rows = warehouse.rows(ONLY, [listener.user_id, name])
    return replace(_counted(rows, order), tellings=told)


def sources(listener: Listener, *, warehouse: Warehouse) -> dict[str, int]:
    """How many events of each source there are."""
    rows = warehouse.rows(SOURCES, [listener.user_id] * 3)
    return {row["source"]: int(row["number"]) for row in rows}


def _order(listener: Listener, kind: Order.Kind, now: datetime) -> Order:
    """Not saved yet: looking changes nothing."""
    return Order(listener=listener, kind=kind, asked_at=now, zone=str(listener.timezone or "UTC"))


def _moments(tellings: list[dict[str, Any]]) -> tuple[datetime, datetime]:
    """Between which moments any source would say that this play ended, when it was told first."""
    tellings = [row for row in tellings if row["matched_by"] != HANDED_IN_AGAIN]
    told = [row["played_at"] for row in tellings]
    if {row["source"] for row in tellings} == {MINUTE_SOURCE}:
        minute = min(told).replace(second=0, microsecond=0)
        return minute, max(max(told), minute + MINUTE)
    return min(told) - SAME_PLAY, max(told) + SAME_PLAY


def _counted(rows: list[dict[str, Any]], order: Order) -> Preview:
    by_type = {row["event_type"]: row for row in rows}
    moments = [row[name] for row in rows for name in ("first_at", "last_at") if row[name]]
    return Preview(
        order=order,
        plays=int(by_type.get("play", {}).get("number", 0)),
        skips=int(by_type.get("skip", {}).get("number", 0)),
        heard_ms=sum(int(row["heard_ms"] or 0) for row in rows),
        first_at=min(moments, default=None),
        last_at=max(moments, default=None),
    )
