"""/metrics for Prometheus, computed from the database and the backends at each scrape."""

import hmac
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from ingestion.operations import status
from nowplaying import metrics as player_metrics
from spotifyweb import clients, events

LOOPBACK = {"127.0.0.1", "localhost", "::1", "[::1]"}


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer metrics to admins, to holders of METRICS_TOKEN, and to this machine itself."""
    if not (has_metrics_access(request) or is_admin(request)):
        return HttpResponse("METRICS_TOKEN as a bearer token, please\n", status=401)
    registry = CollectorRegistry()
    registry.register(PipelineCollector(timezone.now()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def is_admin(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated and request.user.is_staff)


def has_metrics_access(request: HttpRequest) -> bool:
    """Tell whether the request has METRICS_TOKEN, or comes from this machine itself."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    expected = settings.METRICS_TOKEN
    if expected and hmac.compare_digest(token.encode(), expected.encode()):
        return True
    return _is_local(request)


def _is_local(request: HttpRequest) -> bool:
    """Tell whether the request comes from this machine, and not through a proxy on it."""
    forwarded = {"X-Forwarded-For", "Forwarded", "X-Real-Ip"} & set(request.headers)
    is_loopback = request.get_host().rsplit(":", 1)[0] in LOOPBACK
    return not forwarded and is_loopback and request.META.get("REMOTE_ADDR") in LOOPBACK


class PipelineCollector(Collector):
    """Read metrics from the database when scraped: one truth for all processes together."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterable[GaugeMetricFamily]:
        yield from self._stages()
        yield from self._event_log()
        build = status.published_build()
        built = {"published": (self.now - build.published_at).total_seconds()} if build else {}
        yield _gauge("warehouse_build_age_seconds", "Since it was published", "build", values=built)
        yield from self._listeners()

    def _stages(self) -> Iterable[GaugeMetricFamily]:
        runs: dict[tuple[str, str], int] = {}
        ages: dict[str, float] = {}
        for state in status.stages(now=self.now):
            runs |= {(state.stage, kind): count for kind, count in state.day.items()}
            runs[state.stage, "without news"] = state.quiet
            if state.succeeded_at:
                ages[state.stage] = (self.now - state.succeeded_at).total_seconds()
        labels = ("stage", "status")
        yield _gauge("pipeline_runs_last_day", "Runs of the last 24 hours", *labels, values=runs)
        name = "pipeline_seconds_since_success"
        yield _gauge(name, "Since the last good run", "stage", values=ages)

    def _event_log(self) -> Iterable[GaugeMetricFamily]:
        by_partition, labels = _lags(), ("topic", "partition")
        lags: Counter[str] = Counter()
        for (topic, _), lag in by_partition.items():
            lags[topic] += lag
        yield _gauge("log_lag_records", "Appended, not landed", "topic", values=lags)
        yield _gauge("log_partition_lag_records", "Not landed", *labels, values=by_partition)
        name, repetitions = "log_records_read_again_30_days", status.repetitions(now=self.now)
        yield _gauge(name, "In the lake before", "topic", "reason", values=repetitions)
        rejects = status.rejects(now=self.now)
        yield _gauge("rejects_last_day", "Records set aside", "topic", values=rejects)

    def _listeners(self) -> Iterable[GaugeMetricFamily]:
        poller = asdict(player_metrics.poller_status(now=self.now)).items()
        players = {name: count for name, count in poller if count is not None}
        yield _gauge("players", "Of the live path", "what", values=players)
        yield _gauge("listeners", "By connection", "connection", values=status.connections())
        calls = clients.spotify_quota().spent(now=self.now)
        yield _gauge("spotify_calls_today", "By family", "family", values=calls)
        gaps = {"possible": status.possible_gaps(now=self.now)}
        yield _gauge("gaps_possible", "Of 30 days", "state", values=gaps)


def _lags() -> dict[tuple[str, str], int]:
    """Return the lag by topic and partition, without topics of a log that does not answer."""
    return {
        (topic, str(partition)): lag
        for topic in events.TOPICS
        for partition, lag in (status.partition_lags(topic) or {}).items()
    }


def _gauge(name: str, what: str, *labels: str, values: Mapping[Any, float]) -> GaugeMetricFamily:
    """Return a gauge of values by label, or by tuples of several labels."""
    family = GaugeMetricFamily(name, what, labels=labels)
    for key, value in values.items():
        family.add_metric(key if isinstance(key, tuple) else (key,), value)
    return family
