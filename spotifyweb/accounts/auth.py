"""Helpers for views: who asks, where a form leads back to and what answers it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.html import conditional_escape
from django.utils.http import url_has_allowed_host_and_scheme

from spotifyweb.accounts.models import Listener


def listener_of(request: HttpRequest) -> Listener:
    """Return the listener who made the request, by session or API token.

    Asserts that the view is behind a login.
    """
    assert isinstance(request.user, Listener), "only behind a login"
    return request.user


def local_path(address: str, *, fallback: str) -> str:
    """Return a path of this site as it is, and the fallback for anything that leads elsewhere."""
    is_local = url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if is_local and address.startswith("/") else fallback


def wants_json(request: HttpRequest) -> bool:
    """Return whether a page's script asks, which stays on its page."""
    return request.headers.get("Accept", "").startswith("application/json")


def respond(
    request: HttpRequest,
    sentence: str,
    *,
    level: int = messages.INFO,
    status: int = 200,
    next_path: str,
) -> HttpResponse:
    """Answer a form: a redirect with a message, or the sentence as HTML for the page's script."""
    if wants_json(request):
        return JsonResponse({"message": conditional_escape(sentence)}, status=status)
    messages.add_message(request, level, sentence)
    return redirect(next_path)


def url_or_empty(name: str) -> str:
    """Return the URL of a page of another app, or "" where it is not installed."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
