"""The way in: from the code that Spotify sent along to a listener who is connected here."""

import logging
from datetime import datetime

from spotifyweb import clients
from spotifyweb.accounts import allow_list, signals
from spotifyweb.accounts.attempts import Begun
from spotifyweb.accounts.models import Listener
from spotifyweb.spotify import errors, payloads

log = logging.getLogger(__name__)


def arrive(code: str, *, begun: Begun, now: datetime) -> Listener:
    """Raises SpotifyError or admission.NotAllowedHere; then nothing was kept."""
    grant = clients.spotify_oauth().exchange(code, attempt=begun.attempt)
    try:
        profile = payloads.profile(clients.spotify_client(grant.access_token).me())
    except payloads.PayloadError as error:
        raise errors.BadAnswer(str(error)) from None
    listener = allow_list.admit(profile, grant, now=now)
    if not listener.timezone:
        allow_list.lives_in(listener, begun.timezone, now=now)
    log.info("listener %s logged in with Spotify", listener.pk)
    signals.arrived.send(sender=Listener, listener=listener)
    return listener
