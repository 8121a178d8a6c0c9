"""`/corrections/`: tracks and artists joined or split by hand."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from spotifyweb import clients
from spotifyweb.accounts.auth import listener_of, local_path
from spotifyweb.dashboards.corrections import changes
from spotifyweb.dashboards.corrections.changes import RequestedCorrection
from spotifyweb.dashboards.request import StatsRequest, stats_page

SOON = _("Your statistics update within a minute or so.")


@stats_page
def corrections_page(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:
    corrections = changes.list_corrections(stats_request.listener, stats_request.listens.warehouse)
    return render(
        request,
        "dashboards/corrections.html",
        {"stats_request": stats_request, "corrections": corrections},
    )


@login_required
@require_POST
def create_correction(request: HttpRequest) -> HttpResponse:
    """Join two tracks or artists, or split one off."""
    try:
        _record(request)
    except changes.UnknownItem as error:
        messages.error(request, f"{error} {_('Nothing was changed.')}")
    else:
        messages.success(request, f"{_('Saved.')} {SOON}")
    back = request.POST.get("next", "")
    return redirect(local_path(back, fallback=reverse("dashboards:corrections")))


def _record(request: HttpRequest) -> None:
    """Record the correction of a form. Raises UnknownItem."""
    names = ("kind", "action", "subject", "other")
    requested = RequestedCorrection(
        **{name: request.POST.get(name, "").strip()[:300] for name in names}
    )
    changes.record(
        listener_of(request), requested, warehouse=clients.warehouse(), now=timezone.now()
    )


@login_required
@require_POST
def undo_correction(request: HttpRequest, correction_id: int) -> HttpResponse:
    """Undo a correction."""
    if not changes.undo(listener_of(request), correction_id):
        raise Http404
    messages.success(request, f"{_('Undone.')} {SOON}")
    return redirect("dashboards:corrections")
