"""/health for people and probes, /ready for load balancers, /metrics for Prometheus."""

import hmac
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from ingestion import status
from nowplaying import metrics as player_metrics
from spotifyweb import engines, heartbeats, upgrade

HELD = timedelta(seconds=3)
_examined: dict[str, tuple[datetime, dict[str, Any]]] = {}
LOOPBACK = {"127.0.0.1", "localhost", "::1", "[::1]"}


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 while pages can be shown; `status` is "degraded" when something else is not well.

    Strangers learn no more than that; who may read /metrics learns what it is.
    """
    body = examined(now=timezone.now())
    is_down = body["status"] == "down"  # then nobody's session can be read
    is_told = _is_known(request) or (not is_down and _is_admin(request))
    return JsonResponse(
        body if is_told else {"status": body["status"]}, status=503 if is_down else 200
    )


def examined(*, now: datetime) -> dict[str, Any]:
    """As of at most HELD seconds ago: however often it is asked, the engines are asked rarely."""
    held = _examined.get("last")
    if held is None or not timedelta(0) <= now - held[0] < HELD:
        held = _examined["last"] = now, _examine(now)
    return held[1]


def _examine(now: datetime) -> dict[str, Any]:
    answers = engines.ask_all(now=now)
    return {
        "status": _status(answers),
        "checked_at": now.isoformat(),
        "checks": {
            one.name: {"status": "ok" if one.is_well else "failing", "took_ms": one.took_ms}
            for one in answers
        },
        "ages_seconds": _ages(answers, now=now),
        "players": _players(answers, now=now),
    }


@require_safe
@never_cache
def ready(_: HttpRequest) -> JsonResponse:
    """200 when this process can answer pages, else 503; and whether a newer build is awaited."""
    now = timezone.now()
    failing = [name for name in engines.ESSENTIAL if not engines.ask(name, now=now).is_well]
    body = {"ready": not failing, "failing": failing, "warehouse": upgrade.report()}
    return JsonResponse(body, status=503 if failing else 200)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For admins, for whoever knows METRICS_TOKEN, and for this machine itself."""
    if not _may_measure(request):
        return HttpResponse("METRICS_TOKEN as a bearer token, please\n", status=401)
    registry = CollectorRegistry()
    registry.register(Pipeline(timezone.now()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _status(answers: list[engines.Answer]) -> str:
    failing = {one.name for one in answers if not one.is_well}
    if failing & set(engines.ESSENTIAL):
        return "down"
    return "degraded" if failing else "ok"


def _ages(answers: list[engines.Answer], *, now: datetime) -> dict[str, int]:
    """How long ago beat ticked, and how old the published build is."""
    well = {one.name for one in answers if one.is_well}
    ticked_at = heartbeats.seen().get(heartbeats.BEAT) if "redis" in well else None
    build = status.build() if "warehouse" in well else None
    moments = {"beat": ticked_at, "build": build.published_at if build else None}
    return {name: int((now - at).total_seconds()) for name, at in moments.items() if at}


def _players(answers: list[engines.Answer], *, now: datetime) -> dict[str, int | None]:
    """The age of the last tick; how many players are due, blocked, or in need of a login."""
    is_well = any(one.name == "database" and one.is_well for one in answers)
    return asdict(player_metrics.poller_status(now=now)) if is_well else {}


def _may_measure(request: HttpRequest) -> bool:
    return _is_known(request) or _is_admin(request)


def _is_admin(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated and request.user.is_staff)


def _is_known(request: HttpRequest) -> bool:
    """With METRICS_TOKEN, or from this machine itself."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = settings.METRICS_TOKEN
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    return _is_local(request)


def _is_local(request: HttpRequest) -> bool:
    """From this machine, and not by way of a proxy on it."""
    forwarded = {"X-Forwarded-For", "Forwarded", "X-Real-Ip"} & set(request.headers)
    here = request.get_host().rsplit(":", 1)[0] in LOOPBACK
    return not forwarded and here and request.META.get("REMOTE_ADDR") in LOOPBACK


class Pipeline(Collector):
    """Read from the database when asked: all processes together, nothing counted twice."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterable[GaugeMetricFamily]:
        runs = GaugeMetricFamily(
            "pipeline_runs_last_day", "Runs of the last 24 hours", labels=["stage", "status"]
        )
        ages = GaugeMetricFamily(
            "pipeline_seconds_since_success", "Since the last good run", labels=["stage"]
        )
        for state in status.stages(now=self.now):
            for kind, count in state.day.items():
                runs.add_metric([state.stage, kind], count)
            if state.succeeded_at:
                ages.add_metric([state.stage], (self.now - state.succeeded_at).total_seconds())
        lags = {topic: lag for topic, lag in status.lags().items() if lag is not None}
        build = status.build()
        built = {"published": (self.now - build.published_at).total_seconds()} if build else {}
        yield runs
        yield ages
        yield _gauge("log_lag_records", "Appended, not landed", "topic", lags)
        yield _gauge("rejects_last_day", "Records set aside", "topic", status.rejects(now=self.now))
        yield _gauge("warehouse_build_age_seconds", "Since it was published", "build", built)
        players = asdict(player_metrics.poller_status(now=self.now))
        told = {name: count for name, count in players.items() if count is not None}
        yield _gauge("players", "Of the live path", "what", told)
        yield _gauge("listeners", "By connection", "connection", status.connections())
        yield _gauge("spotify_calls_today", "By family", "family", status.spent(now=self.now))
        yield _gauge("gaps_possible", "Of 30 days", "state", {"possible": self._gaps()})

    def _gaps(self) -> int:
        return status.possible_gaps(now=self.now)


def _gauge(
    name: str, what: str, label: str, values: dict[str, int] | dict[str, float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, what, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


urlpatterns: list[URLPattern] = [
    path("health", health, name="health"),
    path("ready", ready, name="ready"),
    path("metrics", metrics, name="metrics"),
]
