"""The pipeline's tables in the admin: read-only, but for tracks, which may be deleted."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import display_for_value
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_celery_beat.admin import PeriodicTaskAdmin
from django_celery_beat.models import ClockedSchedule, PeriodicTask, SolarSchedule

from ingestion.admin_rejects import RejectAdmin as RejectAdmin
from ingestion.models import Artist, Cursor, Gap, HistoryImport, Run, Track
from spotifyweb.accounts.read_only_admin import ReadOnlyAdmin

admin.site.unregister([ClockedSchedule, SolarSchedule])  # no task here is scheduled by them
admin.site.unregister(PeriodicTask)

MOODS = {
    "succeeded": "good",
    "done": "good",
    "filled": "good",
    "success": "good",
    "pass": "good",
    "warn": "warn",
    "fail": "bad",
    "error": "bad",
    "failed": "bad",
    "running": "busy",
    "possible": "warn",
}


def pill(status: str, label: str) -> SafeString:
    return format_html('<span class="pill pill-{}">{}</span>', MOODS.get(status, "quiet"), label)


def _flat(count: Any) -> Any:
    """Return a mapping as text, a count with separators, and anything else as it is."""
    if isinstance(count, dict):
        return " ".join(f"{k}: {v}" for k, v in count.items())
    return intcomma(count) if isinstance(count, int) else count


def _weight(result: dict[str, Any]) -> tuple[bool, float]:
    return result["status"] in {"success", "pass"}, -result["seconds"]


class NewsFilter(admin.SimpleListFilter):
    """Runs that did something, unless all are asked for."""

    title = _("runs")
    parameter_name = "runs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        return [("all", _("All runs"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("Runs with changes"),
        }
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:  # noqa: ARG002
        return queryset if self.value() == "all" else queryset.filter(has_news=True)


@admin.register(PeriodicTask)
class TaskAdmin(PeriodicTaskAdmin):  # type: ignore[misc]
    """The columns that fit: a task is once in the list, however it is scheduled."""

    list_display = ("name", "enabled", "scheduler", "last_run_at")
    list_filter = ("enabled",)
    date_hierarchy = None
    change_form_template = None  # the package's says "Translation: undefined" without a crontab
    fieldsets = (
        (None, {"fields": ("name", "regtask", "task", "enabled", "description")}),
        (_("Schedule"), {"fields": ("interval", "crontab", "crontab_translation", "last_run_at")}),
        (_("Arguments"), {"fields": ("args", "kwargs", "queue"), "classes": ("collapse",)}),
    )

    @admin.display(description=_("crontab in words"))
    def crontab_translation(self, task: PeriodicTask) -> str:
        return task.crontab.human_readable if task.crontab else "-"


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = (
        "started_at",
        "stage",
        "subject",
        "state",
        "took",
        "counted",
        "error_start",
        "trigger",
        "repeats",
    )
    list_filter = (NewsFilter, "stage", "status", "trigger")
    search_fields = ("subject", "error")
    date_hierarchy = "started_at"
    fields = (
        ("stage", "subject", "trigger", "state"),
        ("started_at", "ended_at", "repeats"),
        "counted",
        "build_id",
        "error",
        "hint",
        "log_excerpt",
        "offsets",
        "objects",
        "dbt_results",
    )

    @admin.display(description=_("log excerpt"))
    def log_excerpt(self, run: Run) -> SafeString:
        return format_html("<pre>{}</pre>", run.details.get("log", ""))

    @admin.display(description=_("offsets"))
    def offsets(self, run: Run) -> str:
        ranges = run.details.get("offsets", {}).items()
        return ", ".join(f"{partition}: {first} – {last}" for partition, (first, last) in ranges)

    @admin.display(description=_("objects"))
    def objects(self, run: Run) -> SafeString:
        return format_html("<pre>{}</pre>", "\n".join(run.details.get("objects", [])))

    @admin.display(description=_("models and tests"))
    def dbt_results(self, run: Run) -> SafeString:
        """Return a table of what dbt ran, failures first, then the slowest."""
        row = "<tr><td>{}</td><td>{}</td><td>{}</td><td class='number'>{} s</td><td>{}</td></tr>"
        results = sorted(run.details.get("dbt", []), key=_weight)
        found = [
            (r["kind"], r["name"], pill(r["status"], r["status"]), r["seconds"], r.get("rows", ""))
            for r in results
        ]
        return format_html("<table>{}</table>", format_html_join("", row, found))

    @admin.display(description=_("status"), ordering="status")
    def state(self, run: Run) -> SafeString:
        return pill(run.status, run.get_status_display())

    @admin.display(description=_("took"))
    def took(self, run: Run) -> str:
        if run.ended_at is None:
            return "…"
        seconds = (run.ended_at - run.started_at).total_seconds()
        return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"

    @admin.display(description=_("counts"))
    def counted(self, run: Run) -> str:
        return ", ".join(f"{name} {_flat(count)}" for name, count in run.counts.items() if count)

    @admin.display(description=_("error"))
    def error_start(self, run: Run) -> str:
        return run.error[:120]


@admin.register(Cursor)
class CursorAdmin(ReadOnlyAdmin):
    list_display = ("listener", "stream", "newest_event", "last_fetch", "error")
    list_filter = ("stream", ("error", admin.EmptyFieldListFilter))
    search_fields = ("listener__user_id", "listener__display_name", "error")
    list_select_related = ("listener",)
    fields = ("listener", "stream", "newest_event", "last_fetch", "error", "crawl_offset")

    @admin.display(description=_("newest event"), ordering="reached_at")
    def newest_event(self, cursor: Cursor) -> str:
        return display_for_value(cursor.reached_at, "-")

    @admin.display(description=_("last successful fetch"), ordering="fetched_at")
    def last_fetch(self, cursor: Cursor) -> str:
        return display_for_value(cursor.fetched_at, "-")


@admin.register(Gap)
class GapAdmin(ReadOnlyAdmin):
    list_display = ("listener", "starts_at", "ends_at", "reason", "state")
    list_filter = ("status", "reason")
    search_fields = ("listener__user_id", "listener__display_name")
    list_select_related = ("listener",)
    date_hierarchy = "starts_at"

    @admin.display(description=_("status"), ordering="status")
    def state(self, gap: Gap) -> SafeString:
        return pill(gap.status, gap.get_status_display())


class KindFilter(admin.AllValuesFieldListFilter):
    """The kinds of files that could be read; the others have none, and a link needs words."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        return (choice for choice in super().choices(changelist) if choice["display"])


@admin.register(HistoryImport)
class HistoryImportAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "listener", "file_name", "kind", "state", "rows", "error")
    list_filter = ("status", ("kind", KindFilter))
    search_fields = ("listener__user_id", "listener__display_name", "file_name", "error")
    list_select_related = ("listener",)
    date_hierarchy = "created_at"

    @admin.display(description=_("status"), ordering="status")
    def state(self, history: HistoryImport) -> SafeString:
        return pill(history.status, history.get_status_display())


@admin.register(Artist)
class ArtistAdmin(ReadOnlyAdmin):
    list_display = ("artist_name", "image_url", "fetched_at")
    list_filter = (("image_url", admin.EmptyFieldListFilter),)
    search_fields = ("artist_id", "artist_name")
    date_hierarchy = "fetched_at"


@admin.register(Track)
class TrackAdmin(ReadOnlyAdmin):
    list_display = ("track_name", "artist_name", "album_name", "duration_ms", "isrc", "fetched_at")
    list_filter = (("duration_ms", admin.EmptyFieldListFilter),)
    search_fields = ("track_id", "track_name", "artist_name", "album_name", "isrc")
    date_hierarchy = "fetched_at"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Allow administrators to delete a track: it is fetched anew when it is needed."""
        return bool(request.user.is_superuser)
