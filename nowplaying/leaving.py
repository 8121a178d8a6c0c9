"""Log-out closes that browser's sockets; disconnecting or erasing closes all of a listener's."""

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest

from nowplaying import pushing
from nowplaying.models import CallsOnDay, Playback
from spotifyweb.accounts.models import Listener
from spotifyweb.accounts.signals import forgetting


def connect() -> None:
    user_logged_out.connect(end_session, dispatch_uid="nowplaying")
    forgetting.connect(forget, dispatch_uid="nowplaying")


def end_session(request: HttpRequest, **_: Any) -> None:
    pushing.close_pages(pushing.session_group(request.session.session_key))


def forget(listener: Listener | None, **_: Any) -> dict[str, int]:
    """The player's state and its counts are Spotify's data, whatever else is kept."""
    if listener is None:
        return {}
    pushing.close_pages(pushing.group_of(listener.pk))
    states, _by_model = Playback.objects.filter(listener=listener).delete()
    counts, _by_model = CallsOnDay.objects.filter(listener=listener).delete()
    return {"states of the player": states, "counts of calls": counts}
