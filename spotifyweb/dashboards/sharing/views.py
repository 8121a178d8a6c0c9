"""`/shares/`: one's own links. `/share/<token>/`: what such a link shows, to anybody who has it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from spotifyweb import signals
from spotifyweb.accounts import timezones
from spotifyweb.accounts.auth import listener_of
from spotifyweb.dashboards.filters import Filters, one_of
from spotifyweb.dashboards.models import Share
from spotifyweb.dashboards.request import Asked, NothingYet, read_request
from spotifyweb.dashboards.sharing import links
from spotifyweb.dashboards.views import overview, top, trends, year

Shown = Callable[[Asked, Mapping[str, str]], dict[str, object]]
PAGES: dict[str, Shown] = {
    "overview": lambda asked, _: overview.shown(asked),
    "trends": trends.shown,
    "top": top.shown,
    "year": year.shown,
    "now": lambda asked, _: asked.context() | signals.current_playback(asked.listener.pk),
}
ASKABLE = ("by", "step", "kind", "page")  # what a visitor may choose; filters are frozen


@login_required
def shares_page(request: HttpRequest) -> HttpResponse:
    """The listener's links, and the form for a new one with the filters they came with."""
    listener = listener_of(request)
    now = timezone.now()
    if request.method == "POST":
        share = links.create(
            listener,
            pages=request.POST.getlist("pages"),
            query=QueryDict(request.POST.get("query", "")),
            title=request.POST.get("title", ""),
            lifetime=request.POST.get("lifetime", "30"),
            now=now,
        )
        messages.success(request, f"The link is ready: {address(request, share)}")
        return redirect("dashboards:shares")
    today = now.astimezone(timezones.zone_of(listener)).date()
    context = {
        "filters": Filters.read(request.GET.dict(), today=today),
        "page_names": Share.PAGES,
        "chosen": one_of(request.GET.get("page", ""), Share.PAGES, "overview"),
        "lifetimes": links.LIFETIMES,
        "shares": [
            (share, address(request, share)) for share in Share.objects.filter(listener=listener)
        ],
        "live": set(Share.live(now=now).filter(listener=listener).values_list("pk", flat=True)),
    }
    return render(request, "dashboards/shares.html", context)


@login_required
@require_POST
def revoke(request: HttpRequest, share_id: int) -> HttpResponse:
    if not links.revoke(listener_of(request), share_id=share_id, now=timezone.now()):
        raise Http404
    messages.success(request, "The link shows nothing any more.")
    return redirect("dashboards:shares")


def shared_page(request: HttpRequest, token: str, page: str = "") -> HttpResponse:
    """The same 404 for a wrong token, an expired and a revoked link, and a page not chosen."""
    now = timezone.now()
    share, asked = opened(token, page, now=now)
    page = page or share.pages[0]
    wishes = {name: request.GET[name] for name in ASKABLE if name in request.GET}
    context = PAGES[page](asked, wishes) | {"share": share, "share_page": page}
    if request.user != share.listener:
        links.count_view(share, now=now)
    return kept_apart(render(request, f"dashboards/{page}.html", context))


def shared_picture(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001
    """The year on one card, for a link that shows the year. Seeing it counts as no view."""
    _, asked = opened(token, "year", now=timezone.now())
    return kept_apart(year.card(asked, year.number_of(asked)))


def opened(token: str, page: str, *, now: datetime) -> tuple[Share, Asked]:
    """The link and what it shows. Raises Http404 and WarehouseError."""
    share = links.opened(token, now=now)
    if share is None or (page or share.pages[0]) not in share.pages:
        raise Http404
    try:
        asked = read_request(share.listener, QueryDict(share.query).dict(), now=now)
    except NothingYet:
        raise Http404 from None
    return share, replace(asked, is_shared=True)


def kept_apart(response: HttpResponse) -> HttpResponse:
    """In no index, in no cache, and telling nobody where its reader came from."""
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response


def address(request: HttpRequest, share: Share) -> str:
    return request.build_absolute_uri(f"/share/{share.token}/")
