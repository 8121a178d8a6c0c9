"""Authentication helpers for views and API endpoints, and sessions of listeners."""

from importlib import import_module

from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from spotifyweb.accounts.models import Listener


def listener_of(request: HttpRequest) -> Listener:
    """Return the listener who made the request, by session or API token.

    Asserts that the view is behind a login.
    """
    assert isinstance(request.user, Listener), "only behind a login"
    return request.user


def end_sessions(listener: Listener) -> int:
    """End every session of the listener; returns how many."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    keys = [
        session.session_key
        for session in Session.objects.iterator()
        if session.get_decoded().get("_auth_user_id") == str(listener.pk)
    ]
    for key in keys:
        store(key).delete()
    return len(keys)


def local_path(address: str, *, fallback: str) -> str:
    """Return a path of this site as it is, and the fallback for anything that leads elsewhere."""
    is_local = url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if is_local and address.startswith("/") else fallback


def url_or_empty(name: str) -> str:
    """Return the URL of a page of another app, or "" where it is not installed."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
