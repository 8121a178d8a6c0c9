"""`/corrections/`: tracks and artists that a listener joined or split by hand."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from spotifyweb import clients
from spotifyweb.accounts.auth import listener_of
from spotifyweb.dashboards.corrections import changes
from spotifyweb.dashboards.corrections.changes import Wish
from spotifyweb.dashboards.request import Asked, listening_page

SOON = "Your pages update within a minute or so."


@listening_page
def corrections_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    listed = changes.listed(asked.listener, asked.view.warehouse)
    return render(request, "dashboards/corrections.html", {"asked": asked, "listed": listed})


@login_required
@require_POST
def correct(request: HttpRequest) -> HttpResponse:
    """Join two tracks or artists, or split one off."""
    try:
        _record(request)
    except changes.NotKnown as error:
        messages.error(request, f"{error} Nothing was changed.")
    else:
        messages.success(request, f"Saved. {SOON}")
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if is_ours else "dashboards:corrections")


def _record(request: HttpRequest) -> None:
    """Raises NotKnown."""
    names = ("kind", "action", "subject", "other")
    wish = Wish(**{name: request.POST.get(name, "").strip()[:300] for name in names})
    changes.record(listener_of(request), wish, warehouse=clients.warehouse(), now=timezone.now())


@login_required
@require_POST
def undo(request: HttpRequest, correction_id: int) -> HttpResponse:
    if not changes.undo(listener_of(request), correction_id):
        raise Http404
    messages.success(request, f"Undone. {SOON}")
    return redirect("dashboards:corrections")
