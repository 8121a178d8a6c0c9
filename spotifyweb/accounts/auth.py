"""Whose request it is."""

from django.http import HttpRequest

from spotifyweb.accounts.models import Listener


def listener_of(request: HttpRequest) -> Listener:
    """Whoever is logged in, or came with an API token. Only behind a login."""
    assert isinstance(request.user, Listener), "only behind a login"
    return request.user
