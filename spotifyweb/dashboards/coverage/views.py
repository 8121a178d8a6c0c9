"""`/coverage/`: periods in which plays may be missing."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb import clients
from spotifyweb.accounts.auth import listener_of
from spotifyweb.dashboards.coverage import gaps
from spotifyweb.dashboards.coverage.sources import source_bars
from spotifyweb.dashboards.query_cache import CachedWarehouse


@login_required
def coverage_page(request: HttpRequest) -> HttpResponse:
    listener = listener_of(request)
    warehouse = CachedWarehouse(warehouse=clients.warehouse(), user_id=listener.user_id)
    context = {
        "gaps": gaps.gaps(listener),
        "counts": gaps.counts(listener),
        "bars": source_bars(listener, warehouse),
        "zone": listener.timezone,
    }
    return render(request, "dashboards/coverage.html", context)
