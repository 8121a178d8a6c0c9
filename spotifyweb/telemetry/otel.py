"""OpenTelemetry's side of `traces`: imported only where traces are on, as its SDK is an extra."""

from contextvars import ContextVar
from functools import cache
from hashlib import sha256
from os import getpid
from socket import gethostname

from django.conf import settings
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Status, StatusCode

SERVICE = "liner"

_event_id: ContextVar[str] = ContextVar("event_id")


def trace_id(event_id: str) -> int:
    """Return the id of an event's trace; in 32 hexadecimal digits, viewers search for it."""
    return int.from_bytes(sha256(event_id.encode()).digest()[:16])


class EventIdGenerator(RandomIdGenerator):
    """Ids of traces made from the event's, so that each process finds the same."""

    def generate_trace_id(self) -> int:
        return trace_id(_event_id.get())

    def is_trace_id_random(self) -> bool:
        return False


@cache
def provider() -> TracerProvider:
    """Return this process's provider; it sends in a thread, and the rest when the process ends."""
    endpoint = f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/traces"
    names: dict[str, str | int] = {"service.name": SERVICE, "host.name": gethostname()}
    names["process.pid"] = getpid()
    found = TracerProvider(resource=Resource.create(names), id_generator=EventIdGenerator())
    found.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return found


def record(
    name: str, event_id: str, attributes: dict[str, str | int], *, began: int, error: str
) -> None:
    """Record a span of one event that began at that time, in ns since 1970, and ends now."""
    token = _event_id.set(event_id)
    try:
        span = (
            provider()
            .get_tracer(SERVICE)
            .start_span(
                name,
                context=Context(),  # a root: no process knows the spans of another
                start_time=began,
                attributes={"event_id": event_id, **attributes},
            )
        )
    finally:
        _event_id.reset(token)
    if error:
        span.set_status(Status(StatusCode.ERROR, error))
    span.end()
