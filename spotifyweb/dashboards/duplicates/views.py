"""`/merged/`: the evidence for each play that several tell of, and the listener's word on it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from spotifyweb import clients
from spotifyweb.accounts.auth import listener_of
from spotifyweb.dashboards import pending_erasure
from spotifyweb.dashboards.duplicates import observations, separations
from spotifyweb.dashboards.duplicates.observations import Merged, Pair
from spotifyweb.dashboards.models import Separation
from spotifyweb.dashboards.pagination import Page
from spotifyweb.dashboards.request import Asked, listening_page
from spotifyweb.warehouse import Row

LISTED = 30
SOON = "The next build is on its way; a large history takes a minute."


@listening_page
def merged_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    """What was merged, or with `show=apart` what the listener parted."""
    view, page = asked.view, Page.read(request.GET, size=LISTED)
    decisions = separations.everything(asked.listener, view.warehouse)
    context: dict[str, object] = {
        "asked": asked,
        "show": "apart" if request.GET.get("show") == "apart" else "",
        "count": observations.count(view.warehouse, view.user_id),
        "decisions": len(decisions),
    }
    if context["show"]:
        chosen = decisions[page.offset : page.offset + page.size]
        context["parted"] = list(separations.shown(asked.listener, view.warehouse, chosen))
        context["page"] = page.of(len(decisions))
    else:
        found = observations.merged(
            view.warehouse, view.user_id, limit=page.size, offset=page.offset
        )
        decided = separations.decided(asked.listener)
        found = pending_erasure.merged(asked.listener, found)
        context["merged"] = [(one, _others(one, decided)) for one in found]
        context["page"] = page.of(observations.plays(view.warehouse, view.user_id))
    return render(request, "dashboards/merged.html", context)


def _others(one: Merged, decided: dict[Pair, Separation]) -> list[tuple[Row, Separation | None]]:
    """Each other telling of a play, and the decision on it that waits for a build."""
    kept = one.play["event_id"]
    pairs = [(row, observations.pair_of((kept, row["telling_id"]))) for row in one.others]
    return [(row, decided.get(pair) if pair else None) for row, pair in pairs]


@login_required
@require_POST
def separate(request: HttpRequest) -> HttpResponse:
    try:
        separations.separate(
            listener_of(request),
            request.POST.getlist("event_id"),
            warehouse=clients.warehouse(),
            now=timezone.now(),
        )
    except separations.NotOnePlay:
        messages.error(request, "These two are not told of one play of yours: nothing was changed.")
    else:
        messages.success(request, f"These were two plays: noted. {SOON}")
    return redirect(_back(request))


@login_required
@require_POST
def rejoin(request: HttpRequest, separation_id: int) -> HttpResponse:
    if not separations.rejoin(listener_of(request), separation_id=separation_id):
        raise Http404
    messages.success(request, f"They are one play again. {SOON}")
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """The list and the page of it that the button was on."""
    page = Page.read(request.POST, size=LISTED).number
    show = "show=apart&" if request.POST.get("show") == "apart" else ""
    return f"{reverse('dashboards:merged')}?{show}page={page}"
