"""`/compare/`: two periods of one listener, or one period of two who are in the house."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards.household import members
from spotifyweb.dashboards.request import Asked, listening_page
from spotifyweb.dashboards.stats import comparison, overview

CHOSEN = ("a_from", "a_to", "b_from", "b_to", "with")


@listening_page
def compare_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    left, right = comparison.periods(request.GET, today=asked.today)
    try:
        sides = comparison.compared(asked, request.GET)
    except comparison.NotAMate:
        raise Http404 from None
    mates = comparison.mates_of(asked.listener)
    context = asked.context() | {
        "sides": sides,
        "left": left,
        "right": right,
        "other": request.GET.get("with", ""),
        "kept_params": asked.filters.dates | chosen(request),
        "mates": {handle: members.name_of(mate) for handle, mate in mates.items()},
        "common": comparison.common(sides),
        "as_of": overview.newest_at(asked.view.warehouse),
    }
    return render(request, "dashboards/compare.html", context)


def chosen(request: HttpRequest) -> dict[str, str]:
    """What this page adds to the filters."""
    return {name: request.GET[name] for name in CHOSEN if request.GET.get(name)}
