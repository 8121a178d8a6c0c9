"""/health for people and monitoring, /ready for load balancers."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ingestion.operations import status
from nowplaying import metrics as player_metrics
from spotifyweb.accounts import key_fingerprints
from spotifyweb.celery import heartbeats
from spotifyweb.monitoring import probes, upgrade
from spotifyweb.monitoring.metrics import has_metrics_access, is_admin, metrics
from spotifyweb.monitoring.probes import ProbeResult

CACHED_FOR = timedelta(seconds=3)
_last_report: dict[str, tuple[datetime, dict[str, Any]]] = {}


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 while pages can be shown, else 503; `status` is "degraded" where anything fails.

    Everybody may read the status; details are for those who may read /metrics.
    """
    body = health_report(now=timezone.now())
    is_down = body["status"] == "down"  # then nobody's session can be read
    may_read = has_metrics_access(request) or (not is_down and is_admin(request))
    return JsonResponse(
        body if may_read else {"status": body["status"]}, status=503 if is_down else 200
    )


def health_report(*, now: datetime) -> dict[str, Any]:
    """Return a report at most CACHED_FOR old, so that frequent requests cause few probes."""
    last = _last_report.get("last")
    if last is None or not timedelta(0) <= now - last[0] < CACHED_FOR:
        last = _last_report["last"] = now, _probe_everything(now)
    return last[1]


def _probe_everything(now: datetime) -> dict[str, Any]:
    results = probes.probe_all(now=now)
    return {
        "status": _status(results),
        "checked_at": now.isoformat(),
        "checks": {
            result.name: {
                "status": "ok" if result.is_well else "failing",
                "took_ms": result.took_ms,
            }
            for result in results
        },
        "ages_seconds": _ages(results, now=now),
        "players": _players(results, now=now),
    }


@require_safe
@never_cache
def ready(_: HttpRequest) -> JsonResponse:
    """Answer 200 when this process can serve pages, else 503; says whether a build is pending."""
    now = timezone.now()
    failing = [name for name in probes.ESSENTIAL if not probes.probe(name, now=now).is_well]
    failing += ["keys"] if key_fingerprints.difference() else []
    body = {"ready": not failing, "failing": failing, "warehouse": upgrade.report()}
    return JsonResponse(body, status=503 if failing else 200)


def _status(results: Sequence[ProbeResult]) -> str:
    failing = {result.name for result in results if not result.is_well}
    if failing & set(probes.ESSENTIAL):
        return "down"
    return "degraded" if failing else "healthy"


def _ages(results: Sequence[ProbeResult], *, now: datetime) -> dict[str, int]:
    """Return the seconds since beat ticked and since the published build."""
    well = {result.name for result in results if result.is_well}
    ticked_at = heartbeats.last_heartbeats().get(heartbeats.BEAT) if "redis" in well else None
    build = status.published_build() if "warehouse" in well else None
    moments = {"beat": ticked_at, "build": build.published_at if build else None}
    return {name: int((now - at).total_seconds()) for name, at in moments.items() if at}


def _players(results: Sequence[ProbeResult], *, now: datetime) -> dict[str, int | None]:
    """Return the poller's status: age of its last tick, and counts of players by state."""
    is_well = any(result.name == "database" and result.is_well for result in results)
    return asdict(player_metrics.poller_status(now=now)) if is_well else {}


urlpatterns: list[URLPattern] = [
    path("health", health, name="health"),
    path("ready", ready, name="ready"),
    path("metrics", metrics, name="metrics"),
]
