"""A look on demand: it counts against the budget, and says so when it is refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from nowplaying import tasks
from nowplaying.models import Playback
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.spotify.quota import Quota
from spotifyweb.times import time_in_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    accepted: bool
    message: str


def refresh(listener: Listener, *, quota: Quota, now: datetime, holds: timedelta) -> Answer:
    """Send a look unless Spotify must not be asked; the message is for the listener."""
    if listener.connection != Connection.CONNECTED:
        return Answer(accepted=False, message="Log in with Spotify again to see what plays.")
    blocked_until = quota.blocked_until("player")
    if blocked_until and blocked_until > now:
        until = time_in_utc(blocked_until, now=now)
        return Answer(accepted=False, message=f"Spotify asked us to wait until {until}.")
    if not quota.has_room("player", user_id=listener.user_id, now=now):
        return Answer(accepted=False, message="Today's limit of calls to Spotify is reached.")
    if Playback.objects.filter(listener=listener, observed_at__gt=now - holds).exists():
        return Answer(accepted=True, message="This is from a moment ago.")
    tasks.poll.apply_async((listener.pk,), {"at_once": True}, expires=10)
    return Answer(accepted=True, message="Looking…")
