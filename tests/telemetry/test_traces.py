"""The way of one event, as a real receiver of OTLP has it: an HTTP server that decodes protobuf."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.checks import run_checks
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.harness.instance import Instance
from bench.harness.polled_listener import PolledListener
from bench.harness.processes import PATIENCE_SECONDS
from bench.harness.sandbox_client import MIRA
from ingestion.pipeline import sink
from spotifyweb import clients
from spotifyweb.telemetry import otel, traces
from tests.faults import players
from tests.nowplaying.conftest import mira, watch  # noqa: F401

SPANS = {
    "poll the player",
    "append to the event log",
    "write to the lake",
    "build with dbt",
    "publish the build",
    "show on a page",
}
NOW = datetime(2026, 5, 1, 18, 10, tzinfo=UTC)


@dataclass
class Receiver:
    """Spans as they arrived, by the id of their trace."""

    spans: dict[bytes, list[Any]] = field(default_factory=lambda: defaultdict(list))
    processes: dict[bytes, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, request: ExportTraceServiceRequest) -> None:
        for resource in request.resource_spans:
            values = {pair.key: pair.value for pair in resource.resource.attributes}
            for span in (span for scope in resource.scope_spans for span in scope.spans):
                self.spans[span.trace_id].append(span)
                self.processes[span.trace_id].add(values["process.pid"].int_value)

    def names(self, event_id: str) -> list[str]:
        return self.names_of(otel.trace_id(event_id).to_bytes(16))

    def names_of(self, trace: bytes) -> list[str]:
        found = sorted(self.spans[trace], key=lambda span: span.end_time_unix_nano)
        return [span.name for span in found]

    def events_with(self, names: set[str]) -> list[bytes]:
        return [trace for trace in [*self.spans] if names <= {*self.names_of(trace)}]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.add(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = f"http://127.0.0.1:{server.server_port}/"
    otel.provider.cache_clear()
    yield kept
    otel.provider().shutdown()
    otel.provider.cache_clear()
    server.shutdown()
    server.server_close()


def _skip(mira: PolledListener) -> None:  # noqa: F811
    first, second = (row["id"] for row in mira.sandbox.control("tracks", limit=2)["tracks"])
    mira.sandbox.player(MIRA, "play", track_id=first, queue=[second])
    mira.poll()
    mira.sandbox.clock(advance=5)
    mira.sandbox.player(MIRA, "skip")
    mira.poll()


def _land(topic: str) -> list[str]:
    runs = sink.drain_all(
        log=clients.event_log(),
        store=clients.lake(),
        limits=sink.limits(),
        clock=lambda: NOW,
        topics=[topic],
    )
    assert [run.error for run in runs] == [""]
    return traces.pop_landed()


def test_a_skip_is_found_by_its_id_from_the_player_to_the_lake(
    mira: PolledListener,  # noqa: F811
    receiver: Receiver,
) -> None:
    _skip(mira)
    [event_id] = _land("user_skips")
    otel.provider().force_flush()

    assert receiver.names(event_id) == [
        "poll the player",
        "append to the event log",
        "write to the lake",
    ]


@pytest.mark.long
def test_a_play_is_found_by_its_id_in_six_spans_over_the_processes(
    receiver: Receiver, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", settings.OTEL_EXPORTER_OTLP_ENDPOINT)
    monkeypatch.setenv("TRANSFORM_MIN_MINUTES", "0")
    instance = Instance(folder=tmp_path / "house")
    try:
        instance.start()
        session = players.log_in(instance, MIRA)
        track = instance.control("tracks", limit=1)["tracks"][0]["id"]
        instance.control("player", account_id=MIRA, do="play", track_id=track)
        deadline = time.monotonic() + 12 * PATIENCE_SECONDS
        while not (found := receiver.events_with(SPANS)) and time.monotonic() < deadline:
            requests.get(instance.url, cookies={"sessionid": session}, timeout=60)
            time.sleep(2)
    finally:
        instance.stop()
    told = {trace: receiver.names_of(trace) for trace in receiver.spans}
    assert found, told
    assert len({pid for trace in found for pid in receiver.processes[trace]}) > 1


def test_an_error_is_told_and_raised(receiver: Receiver) -> None:
    with pytest.raises(OSError), traces.span("write to the lake", topic="user_plays") as event_ids:
        event_ids.append("a play")
        raise OSError("disk full")
    otel.provider().force_flush()

    [span] = receiver.spans[otel.trace_id("a play").to_bytes(16)]
    attributes = {pair.key: pair.value.string_value for pair in span.attributes}
    assert (span.status.code, span.status.message) == (2, "OSError")
    assert attributes == {"event_id": "a play", "topic": "user_plays"}


def test_an_import_is_not_traced_event_by_event(receiver: Receiver) -> None:
    with traces.span("append to the event log") as event_ids:
        event_ids += map(str, range(traces.MAX_EVENTS + 1))
    otel.provider().force_flush()

    assert receiver.spans == {}


def test_without_the_setting_nothing_is_recorded_or_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(otel, "record", lambda *_, **__: pytest.fail("a span was recorded"))

    with traces.span("write to the lake") as event_ids:
        event_ids.append("a play")
    traces.remember_landed(["a play"])

    assert traces.pop_landed() == []


def test_the_setting_without_the_packages_stops_the_start(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:4318"
    assert "spotifyweb.E014" not in {message.id for message in run_checks()}

    monkeypatch.setattr("spotifyweb.checks.find_spec", lambda _: None)
    [missing] = [message for message in run_checks() if message.id == "spotifyweb.E014"]

    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in missing.msg
    assert "--extra tracing" in str(missing.hint)
