"""Sessions of one listener, ended wherever they are."""

from importlib import import_module

from django.conf import settings
from django.contrib.sessions.models import Session

from spotifyweb.accounts.models import Listener


def end(listener: Listener) -> int:
    """How many were ended."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    theirs = [
        session.session_key
        for session in Session.objects.iterator()
        if session.get_decoded().get("_auth_user_id") == str(listener.pk)
    ]
    for key in theirs:
        store(key).delete()
    return len(theirs)
