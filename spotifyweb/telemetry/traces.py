"""Traces: the way of one event through all processes, as spans of OpenTelemetry.

    with traces.span("append to the event log", topic=topic) as event_ids:
        event_ids += [event.event_id for event in events]

Off unless OTEL_EXPORTER_OTLP_ENDPOINT is set. All spans of an event lie in one trace, whose id is
made from the event's: each process adds to it, and nothing is passed along with a record.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
from django.conf import settings

from spotifyweb import clients

MAX_EVENTS = 50  # of one block: more are an import, of which no event is traced
LANDED = "traces:landed"  # events that the next build will hold
LANDED_SECONDS = 2 * 24 * 3600


def is_on() -> bool:
    return bool(settings.OTEL_EXPORTER_OTLP_ENDPOINT)


@contextmanager
def span(name: str, **attributes: str | int) -> Iterator[list[str]]:
    """Trace the block for each event whose id it adds to the list, also where it fails."""
    event_ids: list[str] = []
    began, error = time.time_ns(), ""
    try:
        yield event_ids
    except BaseException as failure:
        error = type(failure).__name__
        raise
    finally:
        if is_on() and len(event_ids) <= MAX_EVENTS:
            from spotifyweb.telemetry import otel

            for event_id in event_ids:
                otel.record(name, event_id, attributes, began=began, error=error)


def ids(table: pa.Table) -> list[str]:
    """Return the ids of a table's events, where they are traced; of too many none are."""
    is_traced = is_on() and table.num_rows <= MAX_EVENTS
    return table["event_id"].to_pylist() if is_traced else []


def remember_landed(event_ids: Sequence[str]) -> None:
    """Keep what landed for the spans of the next build, the newest MAX_EVENTS."""
    if is_on() and event_ids:
        client = clients.redis_client()
        client.lpush(LANDED, *event_ids)
        client.ltrim(LANDED, 0, MAX_EVENTS - 1)
        client.expire(LANDED, LANDED_SECONDS)


def pop_landed() -> list[str]:
    """Return what landed since the build before, and forget it."""
    if not is_on():
        return []
    pipeline = clients.redis_client().pipeline()
    pipeline.lrange(LANDED, 0, -1)
    pipeline.delete(LANDED)
    found, _ = pipeline.execute()
    return [event_id.decode() for event_id in found]
