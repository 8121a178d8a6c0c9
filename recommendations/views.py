"""`/recommendations/`: what may come next, three kinds of lists, and what you think of them."""

from typing import Any

import orjson
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from recommendations import cache, feedback, lists, recommend, serializers
from recommendations.models import Feedback
from recommendations.next_tracks import NextRequest
from recommendations.queries import ListenerQueries
from recommendations.strategies import strategies
from spotifyweb import clients
from spotifyweb.accounts.auth import listener_of
from spotifyweb.accounts.models import Listener
from spotifyweb.eventlog import LogError
from spotifyweb.warehouse import NothingPublished

NEXT_SHOWN = 5  # next tracks shown
MESSAGES: dict[str, Any] = {  # texts for the listener
    "up": _("You will see more like this."),
    "down": _("You will see less like this."),
    "later": ngettext_lazy("Hidden for %d day.", "Hidden for %d days.") % feedback.LATER_DAYS,
    "hide": _("Hidden. It won't be recommended again."),
    "clear": _("Feedback removed."),
}


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
    asked = _parse_query(query)
    answer, hit = _stored_lists(listener, asked)
    summary = feedback.summarize(listener, now=timezone.now())
    last = _last(recommend.queries_for(listener.user_id), summary)
    return {
        "answer": answer,
        "kinds": lists.KINDS,
        "kind": asked["kind"],
        "strategies": {name: each.label for name, each in strategies().items()},
        "strategy": asked["strategy"],
        "after": _next_tracks(listener, last, asked) if last else None,
        "hidden": _hidden_tracks(listener),
        "build": clients.warehouse().published(),
        "cache_hit": hit,
        "hit_rate": cache.hit_rate(),
    }


def _last(gold: ListenerQueries, summary: feedback.FeedbackSummary) -> str | None:
    """Return the newest play that no rule on artists and albums excludes."""
    played = [str(row["track_id"]) for row in gold.last_plays()]
    named = gold.tracks(played) if summary.excluded else {}
    return next((track for track in played if not summary.is_excluded(named.get(track, {}))), None)


def _parse_query(query: dict[str, Any]) -> dict[str, Any]:
    """Parse the query; whatever makes no sense there is left out."""
    serializer = serializers.ListsQuery(data=query)
    if not serializer.is_valid():
        serializer = serializers.ListsQuery(data={})
        serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _stored_lists(listener: Listener, asked: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the very answer that the API gives, from the same cache."""
    body, hit = cache.get_or_compute(
        recommend.lists_key(asked, user_id=listener.user_id, build_id=recommend.build_id()),
        lambda: orjson.dumps(recommend.lists_answer(asked, listener, now=timezone.now())),
        stamp=cache.current_stamp(listener.user_id),
    )
    return orjson.loads(body), hit


def _next_tracks(listener: Listener, track_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    question = NextRequest(
        track_id=track_id, limit=NEXT_SHOWN, strategy=asked["strategy"], numbers=True
    )
    answer = recommend.next_answer(question, listener, now=timezone.now())
    named = recommend.queries_for(listener.user_id).tracks(
        row["track_id"] for row in answer["recommendations"]
    )
    most = max((row["recommendation_score"] for row in answer["recommendations"]), default=0) or 1
    for row in answer["recommendations"]:
        row |= {name: named[row["track_id"]][name] for name in ("image_url", "url", "album_name")}
        row["width"] = round(100 * row["recommendation_score"] / most)
    return answer


def _hidden_tracks(listener: Listener) -> list[dict[str, Any]]:
    rows = (
        feedback.active(listener, now=timezone.now())
        .filter(kind=Feedback.Kind.HIDE)
        .order_by("-given_at")
    )
    names = recommend.queries_for(listener.user_id).tracks(row.track_id for row in rows)
    return [
        {"track_id": row.track_id, "expires_at": row.expires_at} | names.get(row.track_id, {})
        for row in rows
    ]


@require_POST
@login_required
def submit_feedback(request: HttpRequest, track_id: str) -> HttpResponse:
    """Store the feedback of a button: back to the page, or JSON for the page's script."""
    listener, kind = listener_of(request), request.POST.get("verdict", "")
    if kind not in MESSAGES or not serializers.is_track_id(track_id):
        return HttpResponse("Unknown feedback.", status=400)
    try:
        _record(listener, track_id, kind)
    except LogError:
        return _respond(request, "The event log is unavailable. Try again in a minute.", status=503)
    return _respond(request, MESSAGES[kind])


def _record(listener: Listener, track_id: str, kind: str) -> None:
    subject, now, log = recommend.subject(track_id), timezone.now(), clients.event_log()
    if kind == "clear":
        feedback.clear(listener, subject, now=now, log=log)
    else:
        days = feedback.LATER_DAYS if kind == "later" else None
        stored = Feedback.Kind.HIDE if days else kind
        feedback.record(listener, subject, kind=stored, days=days, now=now, log=log)


def _respond(request: HttpRequest, words: str, *, status: int = 200) -> HttpResponse:
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"told": words}, status=status)
    messages.add_message(request, messages.INFO if status == 200 else messages.ERROR, words)
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if safe else reverse("recommendations:page"))
