"""`/compare/`: two periods of one listener, or one period of two household members."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards.household import members
from spotifyweb.dashboards.request import StatsRequest, stats_page
from spotifyweb.dashboards.stats import comparison, overview

PAGE_PARAMETERS = ("a_from", "a_to", "b_from", "b_to", "with")


@stats_page
def compare_page(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:
    left, right = comparison.periods(request.GET, today=stats_request.today)
    try:
        sides = comparison.compare(stats_request, request.GET)
    except comparison.NotAMember:
        raise Http404 from None
    others = comparison.comparable_members(stats_request.listener)
    context = stats_request.context() | {
        "sides": sides,
        "left": left,
        "right": right,
        "other": request.GET.get("with", ""),
        "kept_params": stats_request.filters.dates | page_parameters(request),
        "members": {handle: members.name_of(member) for handle, member in others.items()},
        "common": comparison.common(sides),
        "as_of": overview.build_as_of(stats_request.listens.warehouse),
    }
    return render(request, "dashboards/compare.html", context)


def page_parameters(request: HttpRequest) -> dict[str, str]:
    """Return the parameters of this page besides the filters."""
    return {name: request.GET[name] for name in PAGE_PARAMETERS if request.GET.get(name)}
