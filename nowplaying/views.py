"""The page of what plays now, its state for pages without a socket, and "Refresh now"."""

from contextlib import suppress
from datetime import timedelta

import redis
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from nowplaying import live_pages, state_payload, tasks
from spotifyweb import clients
from spotifyweb.accounts.auth import listener_of, wants_json
from spotifyweb.accounts.models import Connection
from spotifyweb.accounts.timezones import zone_of

HOLDS = timedelta(seconds=2)  # a second press within this time finds the answer of the first
LOGS_IN_AGAIN = {*Connection.values} - {Connection.CONNECTED}


@require_GET
@never_cache
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Render the page complete without its script, which goes on from the very same state."""
    now, listener = timezone.now(), listener_of(request)
    state = state_payload.state_for(listener.pk, now=now) or {}
    context = (
        state_payload.template_context(state)
        | state_payload.first_paint_times(state, zone_of(listener), now=now)
        | {"needs_login": state["trouble"] in LOGS_IN_AGAIN}
    )
    return render(request, "nowplaying/now.html", context)


@require_GET
@never_cache
@login_required
def state(request: HttpRequest) -> HttpResponse:
    """Return the state that the socket sends; asking for it counts as watching."""
    listener = listener_of(request)
    with suppress(redis.RedisError):  # then nobody is watched, and the state is told all the same
        live_pages.renew_presence(clients.redis_client(), listener.pk)
    return JsonResponse(state_payload.state_for(listener.pk, now=timezone.now()) or {})


@require_POST
@login_required
def refresh(request: HttpRequest) -> HttpResponse:
    """Poll the player at once, within Spotify's limits; the new state comes by the socket."""
    quota = clients.spotify_quota()
    answer = tasks.request_poll(listener_of(request), quota=quota, now=timezone.now(), holds=HOLDS)
    if wants_json(request):
        return JsonResponse({"message": answer.message}, status=202 if answer.accepted else 429)
    messages.info(request, answer.message)
    return redirect("nowplaying:page")
