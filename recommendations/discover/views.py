"""`/recommendations/`, the Discover page: its sections, and feedback on what they show."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from recommendations import cache, feedback, lists, recommend, serializers
from recommendations.discover import playlists, queue, sections
from recommendations.models import Feedback
from recommendations.strategies import strategies
from spotifyweb import clients
from spotifyweb.accounts import scoped_actions
from spotifyweb.accounts.auth import listener_of, local_path, respond
from spotifyweb.accounts.models import Listener
from spotifyweb.eventlog import LogError
from spotifyweb.warehouse import NothingPublished

MESSAGES: dict[str, Any] = {  # texts for the listener
    "up": _("You will see more like this."),
    "down": _("You will see less like this."),
    "known": _("It won't be shown as new again."),
    "later": ngettext_lazy("Hidden for %d day.", "Hidden for %d days.") % feedback.LATER_DAYS,
    "hide": _("Hidden. It won't be recommended again."),
    "clear": _("Feedback removed."),
}
HIDING = ("known", "later", "hide")  # what takes the card from the page


@require_GET
@never_cache
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Render the page complete without its script."""
    listener = listener_of(request)
    try:
        context = page_context(listener, request.GET.dict())
    except NothingPublished:
        return render(request, "recommendations/nothing_yet.html")
    return render(request, "recommendations/page.html", context)


def page_context(listener: Listener, query: dict[str, Any]) -> dict[str, Any]:
    asked, now = _parse_query(query), timezone.now()
    summary = feedback.summarize(listener, now=now)
    found = sections.discover(
        listener, kind=asked["kind"], strategy=asked["strategy"], summary=summary, now=now
    )
    return {
        "discoveries": found,
        "sections": found.sections,
        "kinds": lists.KINDS,
        "kind": asked["kind"],
        "strategies": {name: each.label for name, each in strategies().items()},
        "strategy": asked["strategy"],
        "hidden": _hidden_tracks(listener),
        "build": clients.warehouse().published(),
        "hit_rate": cache.hit_rate(),
    }


def _parse_query(query: dict[str, Any]) -> dict[str, Any]:
    """Parse the query; whatever makes no sense there is left out."""
    serializer = serializers.ListsQuery(data=query)
    if not serializer.is_valid():
        serializer = serializers.ListsQuery(data={})
        serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _hidden_tracks(listener: Listener) -> list[dict[str, Any]]:
    rows = (
        feedback.active(listener, now=timezone.now())
        .filter(kind__in=(Feedback.Kind.HIDE, Feedback.Kind.KNOWN))
        .order_by("-given_at")
    )
    names = recommend.queries_for(listener.user_id).tracks(row.track_id for row in rows)
    return [
        {"track_id": row.track_id, "expires_at": row.expires_at, "kind": row.kind}
        | names.get(row.track_id, {})
        for row in rows
    ]


@require_POST
@login_required
def submit_feedback(request: HttpRequest, track_id: str) -> HttpResponse:
    """Store the feedback of a button: back to the page, or JSON for the page's script."""
    listener, kind = listener_of(request), request.POST.get("verdict", "")
    if kind not in MESSAGES or not serializers.is_track_id(track_id):
        return HttpResponse(gettext("Unknown feedback."), status=400)
    try:
        _record(listener, track_id, kind)
    except LogError:
        sentence = gettext("Nothing can be saved at the moment. Try again in a minute.")
        return respond(
            request, sentence, level=messages.ERROR, status=503, next_path=_page_of(request)
        )
    is_hidden = kind in HIDING and "next_if_hidden" in request.POST
    next_path = _page_of(request, "next_if_hidden" if is_hidden else "next")
    return respond(request, MESSAGES[kind], next_path=next_path)


def _record(listener: Listener, track_id: str, kind: str) -> None:
    subject, now, log = recommend.subject(track_id), timezone.now(), clients.event_log()
    if kind == "clear":
        feedback.clear(listener, subject, now=now, log=log)
    else:
        days = feedback.LATER_DAYS if kind == "later" else None
        stored = Feedback.Kind.HIDE if days else kind
        feedback.record(listener, subject, kind=stored, days=days, now=now, log=log)


@require_POST
@login_required
def save_playlist(request: HttpRequest) -> HttpResponse:
    """Save the listed tracks as a private playlist, after Spotify's consent where it is missing."""
    values = playlists.values_of(request.POST.get("name", ""), request.POST.get("tracks", ""))
    once = request.POST.get("once", "")[:64]
    return scoped_actions.start(
        request, playlists.SAVE, values, once=once, next_path=_page_of(request)
    )


@require_POST
@login_required
def add_to_queue(request: HttpRequest, track_id: str) -> HttpResponse:
    """Add the track to the queue, after Spotify's consent where it is missing."""
    once = f"{request.POST.get('once', '')[:64]}:{track_id[:100]}"  # a page has one for all tracks
    return scoped_actions.start(
        request, queue.ADD, {"track": track_id}, once=once, next_path=_page_of(request)
    )


def _page_of(request: HttpRequest, field: str = "next") -> str:
    """Return the page that a form was on, as far as it is one of this site."""
    return local_path(request.POST.get(field, ""), fallback=reverse("recommendations:page"))
