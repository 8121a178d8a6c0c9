"""Rejects in the admin: why a record was set aside, what it holds, and what became of it."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ingestion.admin_actions import audit, confirmation_page, is_confirmed
from ingestion.admin_forms import RecordForm
from ingestion.models import Reject
from ingestion.pipeline import dead_letters
from spotifyweb import clients
from spotifyweb.accounts.read_only_admin import ReadOnlyAdmin
from spotifyweb.eventlog import LogError
from spotifyweb.lake import LakeError

ERRORS_SHOWN = 5


class ResolutionFilter(admin.SimpleListFilter):
    title = gettext_lazy("resolution")
    parameter_name = "resolution"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        return [("open", _("Open")), *Reject.Resolution.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reject]) -> QuerySet[Reject]:  # noqa: ARG002
        value = self.value()
        return queryset.filter(resolution=value.removeprefix("open")) if value else queryset


@admin.register(Reject)
class RejectAdmin(ReadOnlyAdmin):
    list_display = (
        "rejected_at",
        "topic",
        "partition",
        "offset",
        "reason",
        "record_start",
        "resolution",
        "resolved_at",
    )
    list_filter = (ResolutionFilter, "topic")
    search_fields = ("reason", "raw_start", "offset", "event_id")
    date_hierarchy = "rejected_at"
    actions = ("requeue", "drop")

    @admin.display(description=gettext_lazy("start of the record"))
    def record_start(self, reject: Reject) -> str:
        return reject.raw_start

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("ingestion.change_reject")

    @admin.action(description=gettext_lazy("Requeue"), permissions=["resolve"])
    def requeue(self, request: HttpRequest, queryset: QuerySet[Reject]) -> None:
        resolve(request, list(queryset.order_by("pk")), "requeue")

    @admin.action(description=gettext_lazy("Drop"), permissions=["resolve"])
    def drop(self, request: HttpRequest, queryset: QuerySet[Reject]) -> HttpResponse | None:
        if not is_confirmed(request):
            return _drop_question(request, queryset.count())
        resolve(request, list(queryset.order_by("pk")), "drop")
        return None

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.resolve_page)
        return [path("<int:pk>/resolve/", page, name="reject-resolve"), *super().get_urls()]

    def resolve_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the whole record of a reject; requeue it as it is or edited, or drop it."""
        if not self.has_resolve_permission(request):
            raise PermissionDenied
        reject = get_object_or_404(Reject, pk=pk)
        action = request.POST.get("action", "")
        if action == "drop" and not is_confirmed(request):
            return _drop_question(request, 1)
        is_edit = action == "edit"
        form = RecordForm(request.POST if is_edit else None, initial={"value": _record(reject)})
        if action in ("requeue", "drop") or (is_edit and form.is_valid()):
            value = form.cleaned_data["value"].encode() if is_edit else None
            if resolve(request, [reject], action, value=value):
                return redirect(f"{reverse('admin:ingestion_reject_changelist')}?resolution=open")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Resolve reject"),
            "reject": reject,
            "form": form,
        }
        return TemplateResponse(request, "admin/reject.html", context)


def resolve(
    request: HttpRequest, rejects: Sequence[Reject], action: str, *, value: bytes | None = None
) -> bool:
    """Do it to each, with an audit line and a message; return whether all are resolved."""
    counts, errors = Counter[str](), list[str]()
    try:
        for reject, error in dead_letters.resolve_each(
            rejects,
            action,
            log=clients.event_log(),
            store=clients.lake(),
            now=timezone.now(),
            value=value,
        ):
            if error:
                errors.append(f"{reject.topic} {reject.partition}/{reject.offset}: {error}")
            else:
                counts[reject.resolution] += 1
                audit(request, str(reject), f"{action} {reject.event_id}".strip(), about=reject)
    except (LogError, LakeError) as error:
        errors.append(str(error))
    _report(request, counts, errors)
    return not errors


def _report(request: HttpRequest, counts: Counter[str], errors: Sequence[str]) -> None:
    for resolution, count in counts.items():
        text = _("Rejects %(resolution)s: %(count)d.")
        messages.success(request, text % {"resolution": resolution, "count": count})
    for error in errors[:ERRORS_SHOWN]:
        messages.error(request, error)
    if len(errors) > ERRORS_SHOWN:
        messages.error(request, _("%(count)d rejects in total failed.") % {"count": len(errors)})


def _drop_question(request: HttpRequest, count: int) -> HttpResponse:
    return confirmation_page(
        request,
        question=ngettext("Drop %(count)d reject?", "Drop %(count)d rejects?", count)
        % {"count": count},
        consequence=_("They stay in the lake, and cannot be requeued any more."),
        label=_("Drop"),
    )


def _record(reject: Reject) -> str:
    """Return the record as text, indented where it is JSON; "" where it cannot be shown."""
    try:
        raw = dead_letters.raw_values([reject], clients.lake()).get(reject.pk, b"")
    except LakeError:
        return ""
    try:
        return orjson.dumps(orjson.loads(raw), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return raw.decode(errors="replace")
