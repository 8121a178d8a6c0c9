"""A listener's own settings: zone, consent, API tokens, leaving."""

from typing import Any
from zoneinfo import available_timezones

from django.contrib import messages
from django.contrib.auth import logout as end_session
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from spotifyweb.accounts import allow_list, api_tokens, consent, erasing, links
from spotifyweb.accounts.auth import listener_of
from spotifyweb.accounts.models import ApiToken, Connection, Listener


@never_cache
@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/settings.html", about(listener_of(request)))


def about(listener: Listener) -> dict[str, Any]:
    return {
        "consent": consent.of(listener, now=timezone.now()),
        "is_connected": listener.connection == Connection.CONNECTED,
        "zones": sorted(name for name in available_timezones() if "/" in name or name == "UTC"),
        "api_tokens": ApiToken.objects.filter(listener=listener),
        "scopes": ApiToken.Scope.choices,
        "export_url": links.if_there("dashboards:exports"),
        "api_docs_url": links.if_there("api-docs"),
    }


@login_required
@require_POST
def zone(request: HttpRequest) -> HttpResponse:
    name = request.POST.get("timezone", "")
    if allow_list.is_zone(name):
        allow_list.lives_in(listener_of(request), name, now=timezone.now())
        messages.success(request, f"Your days are now those of {name.replace('_', ' ')}.")
    else:
        messages.error(request, f"“{name[:64]}” is no time zone; choose one from the list.")
    return redirect("settings")


@never_cache
@login_required
@require_POST
@sensitive_variables("token")
def create_token(request: HttpRequest) -> HttpResponse:
    """Shown in the answer itself and nowhere kept in full, so there is no redirect."""
    listener = listener_of(request)
    name, scopes = request.POST.get("name", "").strip()[:60], request.POST.getlist("scopes")
    if not name or not set(scopes) & set(ApiToken.Scope.values):
        messages.error(request, "A token needs a name and at least one thing that it may do.")
        return redirect("settings")
    token = api_tokens.create(listener, name=name, scopes=scopes, now=timezone.now())
    context = about(listener) | {"new_token": token, "new_token_name": name}
    return render(request, "accounts/settings.html", context, status=201)


@login_required
@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    if not api_tokens.revoke(listener_of(request), token_id=token_id):
        raise Http404("no such token")
    messages.success(request, "The token was revoked and works no more.")
    return redirect("settings")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request: HttpRequest) -> HttpResponse:
    """Leave Spotify, with a choice of what stays here."""
    listener = listener_of(request)
    choice = request.POST.get("choice", "")
    if request.method != "POST" or choice not in erasing.Choice.values:
        return render(request, "accounts/disconnect.html", {"choices": erasing.Choice})
    if choice == erasing.Choice.EVERYTHING and request.POST.get("sure") != "yes":
        messages.error(request, "To erase everything, tick the box that says you are sure.")
        return render(
            request, "accounts/disconnect.html", {"choices": erasing.Choice, "chosen": choice}
        )
    order = erasing.leave(listener, erasing.Choice(choice), now=timezone.now())
    if order is None:
        messages.success(request, "You are disconnected. Your history stays here.")
        return redirect("settings")
    if choice == erasing.Choice.EVERYTHING:
        end_session(request)
    return redirect("erasure", token=order.token)
