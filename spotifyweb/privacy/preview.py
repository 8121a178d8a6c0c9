"""Previews of an erasure: what it would remove, in numbers of the published build."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext

from spotifyweb.accounts import timezones
from spotifyweb.accounts.models import Listener
from spotifyweb.events import SAME_PLAY
from spotifyweb.lake.sources import source_of
from spotifyweb.lake.suppression import (
    MINUTE,
    device_start,
    fingerprint,
    item_names,
)
from spotifyweb.privacy.models import ErasureRequest
from spotifyweb.warehouse import Warehouse

RESUBMITTED = "same device start"  # reported days later, when other plays may have ended
FIRST_DAY = date(2006, 4, 23)  # Spotify was founded
LISTEN = """
    select event_id, event_type, track_id, track_name, artist_name, local_at, started_at, ended_at,
        heard_ms, source, sources
    from silver.silver_release_listens where user_id = ? and event_id = ?
"""
OBSERVATIONS = """
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
OF_ONE_SOURCE = """
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
    ) as counts group by source order by source
"""


class NothingToErase(LookupError):
    """The listener has nothing to erase there; the message says what was looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a request would remove, and the request, which is not saved yet."""

    request: ErasureRequest
    plays: int = 0
    skips: int = 0
    heard_ms: int = 0
    first_at: datetime | None = None  # wall time in the listener's zone of that time
    last_at: datetime | None = None
    observations: int = 0  # events; of a source also those of plays that others report too
    listen: dict[str, Any] = field(default_factory=dict)  # of one play


def preview_erasure(
    listener: Listener,
    kind: str,
    *,
    warehouse: Warehouse,
    now: datetime,
    event_id: str = "",
    first: date | None = None,
    last: date | None = None,
    source: str = "",
) -> Preview:
    """Preview a play by its event, a period by its days, or a source by its name.

    Raises NothingToErase, WarehouseError.
    """
    if kind == ErasureRequest.Kind.PLAY:
        return preview_play(listener, event_id, warehouse=warehouse, now=now)
    if kind == ErasureRequest.Kind.SOURCE:
        return preview_source(listener, source, warehouse=warehouse, now=now)
    if first is None or last is None:
        raise NothingToErase(gettext("A period needs a first and a last day."))
    return preview_period(listener, first, last, warehouse=warehouse, now=now)


def preview_play(
    listener: Listener, event_id: str, *, warehouse: Warehouse, now: datetime
) -> Preview:
    """Preview one play with every event that reports it.

    Raises NothingToErase, WarehouseError.
    """
    user_id = listener.user_id
    listens = warehouse.rows(LISTEN, [user_id, event_id])
    if not listens:
        raise NothingToErase(gettext("Play not found."))
    observations = warehouse.rows(OBSERVATIONS, [user_id, event_id, event_id])
    erasure = _unsaved_request(listener, ErasureRequest.Kind.PLAY, now)
    erasure.since, erasure.until = _time_bounds(observations)
    erasure.began, erasure.salt = listens[0]["started_at"], secrets.token_hex(8)
    erasure.device_started_at = next(filter(None, map(device_start, observations)), None)
    known = {name for row in [*listens, *observations] for name in item_names(row)}
    erasure.items = sorted(fingerprint(erasure.salt, name) for name in known)
    listen = listens[0]
    summary = {"number": 1, "first_at": listen["local_at"], "last_at": listen["local_at"]}
    preview = _make_preview([listen | summary], erasure)
    return replace(preview, observations=len(observations), listen=listen)


def preview_period(
    listener: Listener, first: date, last: date, *, warehouse: Warehouse, now: datetime
) -> Preview:
    """Preview whole days, in the listener's zone of that time, up to now.

    Of a day that came twice because they moved west, everything in between is included. Raises
    NothingToErase, WarehouseError.
    """
    periods = timezones.timezone_periods(listener)
    today = now.astimezone(timezones.zone_at(periods, now)).date()
    if not FIRST_DAY <= first <= min(last, today):
        raise NothingToErase(
            gettext("A period starts in the past and ends on or after its first day.")
        )
    erasure = _unsaved_request(listener, ErasureRequest.Kind.PERIOD, now)
    erasure.first_date, erasure.last_date = first, min(last, today)
    erasure.since = timezones.start_of(periods, first)
    erasure.until = min(now, timezones.end_of(periods, erasure.last_date))
    bounds = [erasure.since, erasure.until]
    rows = warehouse.rows(PERIOD, [listener.user_id, *bounds, *bounds])
    return _make_preview(rows, erasure)


def preview_source(
    listener: Listener, name: str, *, warehouse: Warehouse, now: datetime
) -> Preview:
    """Preview all events of one source until now. Raises NothingToErase, WarehouseError."""
    events = event_counts(listener, warehouse=warehouse).get(name, 0)
    if not events:
        raise NothingToErase(gettext("You have no data from this source."))
    erasure = _unsaved_request(listener, ErasureRequest.Kind.SOURCE, now)
    erasure.source, erasure.until = name, now
    rows = warehouse.rows(OF_ONE_SOURCE, [listener.user_id, name])
    return replace(_make_preview(rows, erasure), observations=events)


def event_counts(listener: Listener, *, warehouse: Warehouse) -> dict[str, int]:
    """Return the number of the listener's events by source."""
    rows = warehouse.rows(SOURCES, [listener.user_id] * 3)
    return {row["source"]: int(row["number"]) for row in rows}


def _unsaved_request(
    listener: Listener, kind: ErasureRequest.Kind, now: datetime
) -> ErasureRequest:
    """Return a request that is not saved, as a preview changes nothing."""
    return ErasureRequest(
        listener=listener, kind=kind, asked_at=now, zone=str(listener.timezone or "UTC")
    )


def _time_bounds(observations: list[dict[str, Any]]) -> tuple[datetime, datetime]:
    """Return between which times any source would report that this play ended."""
    observations = [row for row in observations if row["matched_by"] != RESUBMITTED]
    ends = [row["played_at"] for row in observations]
    if all(source_of(row["source"]).is_exact_to_minute for row in observations):
        minute = min(ends).replace(second=0, microsecond=0)
        return minute, max(max(ends), minute + MINUTE)
    return min(ends) - SAME_PLAY, max(ends) + SAME_PLAY


def _make_preview(rows: list[dict[str, Any]], erasure: ErasureRequest) -> Preview:
    by_type = {row["event_type"]: row for row in rows}
    moments = [row[name] for row in rows for name in ("first_at", "last_at") if row[name]]
    return Preview(
        request=erasure,
        plays=int(by_type.get("play", {}).get("number", 0)),
        skips=int(by_type.get("skip", {}).get("number", 0)),
        heard_ms=sum(int(row["heard_ms"] or 0) for row in rows),
        first_at=min(moments, default=None),
        last_at=max(moments, default=None),
    )
