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
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from recommendations import asking, caching, listing, serializers, verdicts
from recommendations.answering import Question, Strategy
from recommendations.gold import Gold
from recommendations.models import Verdict
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.accounts.whose import listener_of
from spotifyweb.eventlog import LogError
from spotifyweb.warehouse import NoBuild

STRATEGIES = {Strategy.TRANSITIONS: "Best", Strategy.COOCCURRENCE: "Heard together"}
AFTER = 5  # next tracks shown
DONE = {
    "up": "More like this: noted.",
    "down": "Less like this: noted.",
    "later": f"Hidden for {verdicts.LATER_DAYS} days.",
    "hide": "Hidden. It will not be recommended again.",
    "clear": "Your verdict is taken back.",
}


@require_GET
@never_cache
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Complete without its script."""
    listener = listener_of(request)
    try:
        context = shown(listener, request.GET.dict())
    except NoBuild:
        return render(request, "recommendations/nothing_yet.html")
    return render(request, "recommendations/page.html", context)


def shown(listener: Listener, query: dict[str, Any]) -> dict[str, Any]:
    asked = _asked(query)
    answer, hit = _stored_lists(listener, asked)
    said = verdicts.said(listener, now=timezone.now())
    last = _last(asking.gold(listener.user_id), said)
    return {
        "answer": answer,
        "kinds": listing.KINDS,
        "kind": asked["kind"],
        "strategies": STRATEGIES,
        "strategy": asked["strategy"],
        "after": _after(listener, last, asked) if last else None,
        "hidden": _hidden(listener),
        "build": clients.warehouse().published(),
        "cache_hit": hit,
        "hit_rate": caching.hit_rate(),
    }


def _last(gold: Gold, said: verdicts.Said) -> str | None:
    """The newest play of what no rule on artists and albums leaves out."""
    played = [str(row["track_id"]) for row in gold.last_plays()]
    named = gold.tracks(played) if said.left_out else {}
    return next((track for track in played if not said.leaves_out(named.get(track, {}))), None)


def _asked(query: dict[str, Any]) -> dict[str, Any]:
    """What the address asks for; whatever makes no sense there is left out."""
    serializer = serializers.ListsQuery(data=query)
    if not serializer.is_valid():
        serializer = serializers.ListsQuery(data={})
        serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _stored_lists(listener: Listener, asked: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The very answer that the API gives, from the same cache."""
    body, hit = caching.answer(
        asking.lists_key(asked, user_id=listener.user_id, build_id=asking.build_id()),
        lambda: orjson.dumps(asking.lists_answer(asked, listener, now=timezone.now())),
        rests_on=caching.resting_on(listener.user_id),
    )
    return orjson.loads(body), hit


def _after(listener: Listener, track_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    question = Question(
        track_id=track_id, limit=AFTER, strategy=Strategy(asked["strategy"]), numbers=True
    )
    answer = asking.next_answer(question, listener, now=timezone.now())
    named = asking.gold(listener.user_id).tracks(
        row["track_id"] for row in answer["recommendations"]
    )
    most = max((row["recommendation_score"] for row in answer["recommendations"]), default=0) or 1
    for row in answer["recommendations"]:
        row |= {name: named[row["track_id"]][name] for name in ("image_url", "url", "album_name")}
        row["width"] = round(100 * row["recommendation_score"] / most)
    return answer


def _hidden(listener: Listener) -> list[dict[str, Any]]:
    rows = (
        verdicts.in_force(listener, now=timezone.now())
        .filter(verdict=Verdict.Kind.HIDE)
        .order_by("-given_at")
    )
    names = asking.gold(listener.user_id).tracks(row.track_id for row in rows)
    return [
        {"track_id": row.track_id, "expires_at": row.expires_at} | names.get(row.track_id, {})
        for row in rows
    ]


@require_POST
@login_required
def feedback(request: HttpRequest, track_id: str) -> HttpResponse:
    """A press of a button: back to the page, or JSON for the page's script."""
    listener, verdict = listener_of(request), request.POST.get("verdict", "")
    if verdict not in DONE or not serializers.is_track_id(track_id):
        return HttpResponse("This is no verdict on a track.", status=400)
    try:
        _say(listener, track_id, verdict)
    except LogError:
        return _told(request, "The event log did not take it. Try again in a minute.", status=503)
    return _told(request, DONE[verdict])


def _say(listener: Listener, track_id: str, verdict: str) -> None:
    subject, now, log = asking.subject(track_id), timezone.now(), clients.event_log()
    if verdict == "clear":
        verdicts.clear(listener, subject, now=now, log=log)
    else:
        days = verdicts.LATER_DAYS if verdict == "later" else None
        kind = Verdict.Kind.HIDE if days else verdict
        verdicts.give(listener, subject, verdict=kind, days=days, now=now, log=log)


def _told(request: HttpRequest, words: str, *, status: int = 200) -> HttpResponse:
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"told": words}, status=status)
    messages.add_message(request, messages.INFO if status == 200 else messages.ERROR, words)
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if safe else reverse("recommendations:page"))
