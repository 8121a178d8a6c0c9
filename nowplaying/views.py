"""The page of what plays now, its state for pages without a socket, and "look again"."""

from datetime import timedelta
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from nowplaying import pushing, refreshing, watching
from nowplaying.models import Playback
from spotifyweb import clients
from spotifyweb.accounts.models import Listener

WORDS = {
    "track": "playing",
    "episode": "a podcast",
    "ad": "An advertisement",
    "private": "A private session: nothing is kept",
    "nothing": "Nothing is playing",
}
HOLDS = timedelta(seconds=2)  # a second press within this time finds the answer of the first


def listener_of(request: HttpRequest) -> Listener:
    return cast(Listener, request.user)


@require_GET
@never_cache
@login_required
def page(request: HttpRequest) -> HttpResponse:
    listener = listener_of(request)
    playback = Playback.objects.filter(listener=listener).first()
    state = pushing.state_of(playback, now=timezone.now())
    words = WORDS.get(state["kind"], WORDS["nothing"])
    return render(
        request, "nowplaying/now.html", {"state": state, "item": state["item"], "words": words}
    )


@require_GET
@never_cache
@login_required
def state(request: HttpRequest) -> HttpResponse:
    """The same state that the socket sends; asking for it counts as watching."""
    listener = listener_of(request)
    watching.mark(clients.redis_client(), listener.pk)
    playback = Playback.objects.filter(listener=listener).first()
    return JsonResponse(pushing.state_of(playback, now=timezone.now()))


@require_POST
@login_required
def refresh(request: HttpRequest) -> HttpResponse:
    """Look at the player at once, within Spotify's limits; the new state comes by the socket."""
    quota = clients.spotify_quota()
    answer = refreshing.refresh(listener_of(request), quota=quota, now=timezone.now(), holds=HOLDS)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"message": answer.message}, status=202 if answer.accepted else 429)
    messages.info(request, answer.message)
    return redirect("nowplaying:page")
