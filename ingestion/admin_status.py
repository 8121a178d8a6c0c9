"""The status page in the admin: how each stage stands, and a button to run it now."""

from pathlib import Path
from typing import Any

from celery import current_app
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from kombu.exceptions import OperationalError

from ingestion.models import HistoryImport, Run, Stage, Trigger
from ingestion.operations import alerts, status
from ingestion.pipeline import dbt_runner
from spotifyweb import clients, signals
from spotifyweb.monitoring import probes

RUNNABLE: dict[str, tuple[str, str | Promise]] = {  # stage -> task, and what the button says
    Stage.PRODUCE: ("ingestion.produce", _("Fetch now")),
    Stage.CONSUME: ("ingestion.consume_all", _("Load now")),
    Stage.TRANSFORM: ("ingestion.transform", _("Build now")),
    Stage.ENRICH: ("ingestion.enrich", _("Fetch metadata")),
    Stage.TIDY: ("ingestion.tidy", _("Clean up")),
}
DESCRIPTIONS: dict[str, Promise] = {
    Stage.PRODUCE: _("Fetches plays and likes from Spotify into the event log"),
    Stage.IMPORT: _("Imports a listener's history into the event log"),
    Stage.CONSUME: _("Loads the event log into the lake"),
    Stage.ENRICH: _("Fetches missing lengths and covers from Spotify"),
    Stage.TRANSFORM: _("Builds, tests and publishes the warehouse"),
    Stage.REBUILD: _("Rebuilds the warehouse from the lake"),
    Stage.TIDY: _("Deletes old runs and metadata"),
}
DBT_DOCS_FIXES = {  # what a browser reports as errors in dbt's own page
    b'xlink:href="{{': b'ng-attr-xlink:href="{{',
    b"${require('./assets/favicons/favicon.ico')}": b"data:,",
}


@require_safe
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Status"),
        "now": now,
        "stages": [
            {"state": state, "what": DESCRIPTIONS[state.stage], "button": RUNNABLE.get(state.stage)}
            for state in status.stages(now=now)
        ],
        "engines": probes.probe_all(now=now),
        "topics": _topics(now=now),
        "blocks": status.blocks(now=now),
        "calls_today": status.calls_today(now=now),
        "throttled_listeners": status.throttled_listeners(),
        "slowed_seconds": settings.NOW_PLAYING.low,
        "invalid_answers": status.invalid_answers(now=now),
        "connections": status.connections(),
        "needing_login": status.needing_login(),
        "failing_cursors": status.failing_cursors(),
        "gaps": status.possible_gaps(now=now),
        "imports": HistoryImport.objects.select_related("listener")[:5],
        "failures": Run.objects.filter(status=Run.Status.FAILED)[:8],
        "build": status.published_build(),
        "freshness": status.freshness(),
    }
    return TemplateResponse(request, "admin/status.html", context)


def _topics(*, now: Any) -> list[dict[str, Any]]:
    rejects, dropped = status.rejects(now=now), status.dropped_events(now=now)
    return [
        {
            "name": topic,
            "lag": lag,
            "rejects": rejects.get(topic, 0),
            "dropped": dropped.get(topic, 0),
        }
        for topic, lag in status.lags().items()
    ]


@require_safe
@never_cache
@csp_replace(
    {
        "default-src": ["'none'"],
        "script-src": ["'unsafe-inline'", "'unsafe-eval'"],
        "style-src": ["'unsafe-inline'"],
        "img-src": ["data:"],
        "font-src": ["data:"],
        "connect-src": ["'none'"],
        "sandbox": ["allow-scripts"],
    }
)
def dbt_docs(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Return dbt's docs: one page with inline scripts, in a sandbox without this site's origin."""
    page = _dbt_docs_file().read_bytes()
    for broken, mended in DBT_DOCS_FIXES.items():
        page = page.replace(broken, mended)
    return HttpResponse(page)


def show_dbt_docs(request: HttpRequest) -> HttpResponseBase:
    """Return dbt's docs, or a page that says when there will be some."""
    if _dbt_docs_file().exists():
        return dbt_docs(request)
    context = {**admin.site.each_context(request), "title": _("dbt docs")}
    return TemplateResponse(request, "admin/dbt_docs.html", context, status=404)


def _dbt_docs_file() -> Path:
    return dbt_runner.docs_path(settings.DATA_DIR / "dbt")


@require_POST
def run_now(request: HttpRequest) -> HttpResponse:
    """Ask a worker to run that stage; the page shows what becomes of it."""
    task, _label = RUNNABLE.get(request.POST.get("stage", ""), ("", ""))
    if not task:
        messages.error(request, _("Unknown stage."))
        return redirect("status")
    try:
        current_app.send_task(task, kwargs={"trigger": Trigger.PERSON})
    except OperationalError as error:
        messages.error(request, _("No worker available: %(error)s") % {"error": error})
    else:
        messages.success(request, _("Queued: %(task)s") % {"task": task})
    return redirect("status")


@require_POST
def test_alert(request: HttpRequest) -> HttpResponse:
    """Send a message to every address in ALERT_URLS."""
    if not settings.ALERT_URLS:
        messages.error(request, _("ALERT_URLS is not set."))
    elif alerts.send("Test alert", "Alerts from Liner arrive here.", is_failing=False):
        messages.success(request, _("Test alert sent."))
    else:
        messages.error(request, _("The alert could not be delivered. See the log."))
    return redirect("status")


@require_POST
def lift_block(request: HttpRequest) -> HttpResponse:
    """Allow calls before the time that Spotify named; it may name a new one."""
    scope = request.POST.get("scope", "")
    if clients.spotify_quota().lift(scope):
        signals.block_lifted.send(sender=Run, now=timezone.now())
        messages.success(request, _("Block on %(scope)s requests lifted.") % {"scope": scope})
    else:
        messages.info(request, _("There is no block on %(scope)s requests.") % {"scope": scope})
    return redirect("status")


urlpatterns: list[URLPattern] = [
    path("admin/status/", admin.site.admin_view(page), name="status"),
    path("admin/status/dbt-docs/", admin.site.admin_view(show_dbt_docs), name="status-dbt-docs"),
    path("admin/status/lift/", admin.site.admin_view(lift_block), name="status-lift"),
    path("admin/status/alert/", admin.site.admin_view(test_alert), name="status-alert"),
    path("admin/status/run/", admin.site.admin_view(run_now), name="status-run"),
]
