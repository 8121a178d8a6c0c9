"""The control room in the admin: how everything stands, with its actions."""

from datetime import datetime
from pathlib import Path
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ingestion import admin_actions
from ingestion.models import Run, Stage
from ingestion.operations import costs, machine, quality, status, status_tables, trends
from ingestion.pipeline import dbt_runner, dead_letters, replay
from spotifyweb import clients, events
from spotifyweb.monitoring import probes, publication
from spotifyweb.warehouse import WarehouseError

BUTTONS: dict[str, Promise] = {
    Stage.PRODUCE: _("Fetch now"),
    Stage.CONSUME: _("Load now"),
    Stage.TRANSFORM: _("Build now"),
    Stage.ENRICH: _("Fetch metadata"),
    Stage.COST: _("Collect costs"),
    Stage.TIDY: _("Clean up"),
}
DESCRIPTIONS: dict[str, Promise] = {
    Stage.PRODUCE: _("Fetches plays and likes from Spotify into the event log"),
    Stage.IMPORT: _("Imports a listener's history into the event log"),
    Stage.CONSUME: _("Loads the event log into the lake"),
    Stage.ENRICH: _("Fetches missing lengths and covers from Spotify"),
    Stage.TRANSFORM: _("Builds, tests and publishes the warehouse"),
    Stage.REBUILD: _("Rebuilds the warehouse from the lake"),
    Stage.QUALITY: _("Checks the data of each new build"),
    Stage.COST: _("Collects what Snowflake costs, once a day"),
    Stage.TIDY: _("Deletes old runs and metadata"),
}
DBT_DOCS_FIXES = {  # what a browser reports as errors in dbt's own page
    b'xlink:href="{{': b'ng-attr-xlink:href="{{',
    b"${require('./assets/favicons/favicon.ico')}": b"data:,",
}


@require_safe
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    now, build, quota = timezone.now(), status.published_build(), clients.spotify_quota()
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Status"),
        "now": now,
        "stages": [
            {"state": state, "what": DESCRIPTIONS[state.stage], "button": _button(state)}
            for state in status.stages(now=now)
        ],
        "tables": _tables(build.build_id if build else "", now=now),
        "topics": _topics(now=now),
        "can_replay": replay.is_available(),
        "blocks": quota.blocks(now=now),
        "throttled_listeners": status.throttled_listeners(now=now),
        "slowed_seconds": settings.NOW_PLAYING.low,
        "invalid_answers": quota.invalid_counts(now=now),
        "needing_login": status.needing_login(),
        "failing_cursors": status.failing_cursors(),
        "build": build,
        "freshness": status.freshness(),
        "is_billed": publication.is_billed(),
        "quota_left": machine.quota_left(now=now),
        "key_count": len(settings.TOKEN_KEYS),
        "open_rejects": dead_letters.open_rejects().count(),
    }
    return TemplateResponse(request, "admin/status.html", context)


def _tables(published: str, *, now: datetime) -> dict[str, status_tables.Table]:
    building = Run.objects.filter(
        stage__in=(Stage.TRANSFORM, Stage.REBUILD), status=Run.Status.RUNNING
    )
    return {
        "services": status_tables.services(probes.probe_all(now=now)),
        "listeners": status_tables.listeners(now=now),
        "calls": status_tables.calls(now=now),
        "imports": status_tables.imports(),
        "failures": status_tables.failures(),
        "schedule": status_tables.schedule(now=now),
        "builds": status_tables.builds(
            _available_builds(), published=published, is_building=building.exists()
        ),
        "resources": status_tables.resources(),
        "audit": status_tables.audit(),
    }


def _button(state: status.StageState) -> Promise | None:
    """Return what the button of a stage says: a failing one is retried."""
    label = BUTTONS.get(state.stage)
    return _("Retry") if label and state.failed else label


def _available_builds() -> list[str]:
    """Return the builds that may be published again; none where the warehouse is away."""
    try:
        return list(publication.available())
    except WarehouseError:
        return []


def _topics(*, now: datetime) -> list[dict[str, Any]]:
    rejects, dropped = status.rejects(now=now), status.dropped_events(now=now)
    repetitions = status.repetitions(now=now)
    lags = {topic: status.partition_lags(topic) for topic in events.TOPICS}
    return [
        {
            "name": topic,
            "lag": None if partitions is None else sum(partitions.values()),
            "partitions": partitions or {},
            "rejects": rejects.get(topic, 0),
            "dropped": dropped.get(topic, 0),
            "repetitions": {
                reason: count for (name, reason), count in repetitions.items() if name == topic
            },
        }
        for topic, partitions in lags.items()
    ]


@require_safe
@never_cache
def quality_page(request: HttpRequest) -> HttpResponse:
    """Show each check of the data with its last thirty days."""
    context = {
        **admin.site.each_context(request),
        "title": _("Data quality"),
        "histories": quality.histories(now=timezone.now()),
        "days": quality.DAYS,
        "width": quality.WIDTH,
        "height": quality.HEIGHT,
    }
    return TemplateResponse(request, "admin/quality.html", context)


@require_safe
@never_cache
def trends_page(request: HttpRequest) -> HttpResponse:
    """Show the last thirty days of the pipeline, as bars and as a table with the newest first."""
    now = timezone.now()
    found = trends.trends(now=now)
    counts = zip(*(trend.counts for trend in found), strict=True)
    context = {
        **admin.site.each_context(request),
        "title": _("Last 30 days"),
        "trends": found,
        "table": list(zip(trends.days(now=now), counts, strict=True))[::-1],
        "width": trends.WIDTH,
        "height": trends.HEIGHT,
        "bar_width": trends.WIDTH / trends.DAYS - trends.GAP,
    }
    return TemplateResponse(request, "admin/trends.html", context)


@require_safe
@never_cache
def cost_page(request: HttpRequest) -> HttpResponse:
    """Show what Snowflake cost in the last thirty days, as collected; it is not asked."""
    run = costs.last_run()
    context = {
        **admin.site.each_context(request),
        "title": _("Cost of Snowflake"),
        "run": run,
        "days": costs.days(run) if run else [],
        "queries": costs.expensive_queries(run) if run else [],
        "price": settings.SNOWFLAKE_COST["credit_dollars"],
        "limit": settings.SNOWFLAKE_COST["daily_dollars"],
        "is_billed": publication.is_billed(),
    }
    return TemplateResponse(request, "admin/cost.html", context)


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


urlpatterns: list[URLPattern] = [
    path("admin/status/", admin.site.admin_view(page), name="status"),
    path("admin/status/cost/", admin.site.admin_view(cost_page), name="status-cost"),
    path("admin/status/dbt-docs/", admin.site.admin_view(show_dbt_docs), name="status-dbt-docs"),
    path("admin/status/quality/", admin.site.admin_view(quality_page), name="status-quality"),
    path("admin/status/trends/", admin.site.admin_view(trends_page), name="status-trends"),
    *admin_actions.urlpatterns,
]
