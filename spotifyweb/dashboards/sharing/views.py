"""`/shares/`: a listener's share links. `/share/<token>/`: what a link shows to anyone."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from spotifyweb import signals
from spotifyweb.accounts import timezones
from spotifyweb.accounts.auth import listener_of
from spotifyweb.dashboards.filters import Filters, choose
from spotifyweb.dashboards.models import ShareLink
from spotifyweb.dashboards.request import NoPlays, StatsRequest, read_request
from spotifyweb.dashboards.sharing import links
from spotifyweb.dashboards.sharing.forms import ShareLinkForm
from spotifyweb.dashboards.stats.overview import read_days
from spotifyweb.dashboards.views import overview, top, trends, year

PageContext = Callable[[StatsRequest, Mapping[str, str]], dict[str, object]]
SHARED_PAGES: dict[str, PageContext] = {
    "overview": lambda stats_request, _: overview.overview_context(
        stats_request, read_days(stats_request.listens)
    ),
    "trends": trends.trends_context,
    "top": top.top_context,
    "year": year.shared_year_context,
    "now": lambda stats_request, _: (
        stats_request.context() | signals.current_playback(stats_request.listener.pk)
    ),
}
LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
VISITOR_PARAMETERS = ("by", "step", "kind", "page")  # a visitor's choices; filters are frozen


@login_required
def shares_page(request: HttpRequest) -> HttpResponse:
    """List the links, with a form for a new one that keeps the current filters."""
    listener = listener_of(request)
    now = timezone.now()
    form = ShareLinkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        share = links.create(listener, now=now, **form.cleaned_data)
        messages.success(
            request, gettext("Link created: %(url)s") % {"url": link_url(request, share)}
        )
        return redirect("dashboards:shares")
    today = now.astimezone(timezones.zone_of(listener)).date()
    query = QueryDict(form["query"].value()) if form.is_bound else request.GET
    page = choose(request.GET.get("page", ""), ShareLink.PAGES, "overview")
    shares = ShareLink.objects.filter(listener=listener)
    context = {
        "form": form,
        "filters": Filters.read(query.dict(), today=today),
        "is_local": urlsplit(f"//{request.get_host()}").hostname in LOCAL_HOSTS,
        "chosen": form["pages"].value() if form.is_bound else [page],
        "shares": [(share, link_url(request, share)) for share in shares],
        "live": set(ShareLink.live(now=now).filter(listener=listener).values_list("pk", flat=True)),
    }
    return render(request, "dashboards/shares.html", context)


@login_required
@require_POST
def revoke(request: HttpRequest, share_id: int) -> HttpResponse:
    """Revoke a link."""
    if not links.revoke(listener_of(request), share_id=share_id, now=timezone.now()):
        raise Http404
    messages.success(request, gettext("Link revoked."))
    return redirect("dashboards:shares")


def shared_page(request: HttpRequest, token: str, page: str = "") -> HttpResponse:
    """Show a shared page; a wrong token, a dead link and a page not shared get the same 404.

    They look alike, so that nobody learns which links there were.
    """
    now = timezone.now()
    try:
        share, stats_request = open_link(token, page, now=now)
    except Http404:
        return restrict_response(render(request, "dashboards/link_unavailable.html", status=404))
    page = page or share.pages[0]
    choices = {name: request.GET[name] for name in VISITOR_PARAMETERS if name in request.GET}
    context = SHARED_PAGES[page](stats_request, choices) | {"share": share, "share_page": page}
    if request.user != share.listener:
        links.count_view(share, now=now)
    return restrict_response(render(request, f"dashboards/{page}.html", context))


def shared_picture(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001
    """Render the card of a shared year; this does not count as a visit."""
    _, stats_request = open_link(token, "year", now=timezone.now())
    return restrict_response(year.render_card(stats_request, year.year_of_filters(stats_request)))


def open_link(token: str, page: str, *, now: datetime) -> tuple[ShareLink, StatsRequest]:
    """Return a live link and the request that it shows. Raises Http404 and WarehouseError."""
    share = links.find_live(token, now=now)
    if share is None or (page or share.pages[0]) not in share.pages:
        raise Http404
    try:
        stats_request = read_request(share.listener, QueryDict(share.query).dict(), now=now)
    except NoPlays:
        raise Http404 from None
    shared = replace(stats_request, is_shared=True)
    return share, replace(shared, listens=replace(shared.listens, is_frozen=shared.is_frozen))


def restrict_response(response: HttpResponse) -> HttpResponse:
    """Keep a shared page out of indexes and caches, and its address out of referrers."""
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response


def link_url(request: HttpRequest, share: ShareLink) -> str:
    """Return the address of a link."""
    return request.build_absolute_uri(f"/share/{share.token}/")
