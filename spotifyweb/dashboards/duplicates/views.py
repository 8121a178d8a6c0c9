"""`/merged/`: plays that several sources reported, and separations of them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from spotifyweb import clients
from spotifyweb.accounts.auth import listener_of
from spotifyweb.dashboards import pending_erasure
from spotifyweb.dashboards.duplicates import observations, separations
from spotifyweb.dashboards.duplicates.observations import MergedPlay, Pair
from spotifyweb.dashboards.models import Separation
from spotifyweb.dashboards.pagination import Page
from spotifyweb.dashboards.request import StatsRequest, stats_page
from spotifyweb.warehouse import Row

PAGE_SIZE = 30
NEXT_BUILD = _("Statistics follow within a minute or so.")


@stats_page
def merged_page(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:
    """List merged plays, or with `show=apart` the separations."""
    listens, page = stats_request.listens, Page.read(request.GET, size=PAGE_SIZE)
    decisions = separations.separation_states(stats_request.listener, listens.warehouse)
    counts = observations.merged_counts(listens.warehouse, listens.user_id)
    context: dict[str, object] = {
        "stats_request": stats_request,
        "show": "apart" if request.GET.get("show") == "apart" else "",
        "count": counts["observations"],
        "decisions": len(decisions),
    }
    if context["show"]:
        chosen = decisions[page.offset : page.offset + page.size]
        context["separations"] = list(
            separations.separation_details(stats_request.listener, listens.warehouse, chosen)
        )
        context["page"] = page.with_total(len(decisions))
    else:
        plays = observations.merged_plays(
            listens.warehouse, listens.user_id, limit=page.size, offset=page.offset
        )
        decisions_by_pair = separations.decisions_of(stats_request.listener)
        plays = pending_erasure.filter_merged(stats_request.listener, plays)
        context["merged"] = [(play, _with_decisions(play, decisions_by_pair)) for play in plays]
        context["page"] = page.with_total(counts["plays"])
    return render(request, "dashboards/merged.html", context)


def _with_decisions(
    merged: MergedPlay, decisions: dict[Pair, Separation]
) -> list[tuple[Row, Separation | None]]:
    """Return each other observation of a play with the separation that waits for a build."""
    best = merged.play["event_id"]
    pairs = [(row, observations.event_pair((best, row["observation_id"]))) for row in merged.others]
    return [(row, decisions.get(pair) if pair else None) for row, pair in pairs]


@login_required
@require_POST
def separate(request: HttpRequest) -> HttpResponse:
    """Separate two observations of one play."""
    try:
        separations.separate(
            listener_of(request),
            request.POST.getlist("event_id"),
            warehouse=clients.warehouse(),
            now=timezone.now(),
        )
    except separations.NotOnePlay:
        messages.error(
            request, _("These two are not reports of the same play. Nothing was changed.")
        )
    else:
        messages.success(request, f"{_('Split into two plays.')} {NEXT_BUILD}")
    return redirect(_back(request))


@login_required
@require_POST
def undo(request: HttpRequest, separation_id: int) -> HttpResponse:
    """Undo a separation."""
    if not separations.undo(listener_of(request), separation_id=separation_id):
        raise Http404
    messages.success(request, f"{_('Merged again.')} {NEXT_BUILD}")
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """Return the address of the list and page that the button was on."""
    page = Page.read(request.POST, size=PAGE_SIZE).number
    show = "show=apart&" if request.POST.get("show") == "apart" else ""
    return f"{reverse('dashboards:merged')}?{show}page={page}"
