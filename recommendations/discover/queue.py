"""Add a track to the queue of the listener's active device at Spotify."""

from datetime import datetime

from django.utils.translation import gettext

from recommendations import recommend
from recommendations.serializers import is_track_id
from spotifyweb.accounts import scoped_actions, tokens
from spotifyweb.accounts.models import Listener
from spotifyweb.accounts.scoped_actions import ActionRefused

ADD = "add_to_queue"
SCOPE = "user-modify-playback-state"


def register() -> None:
    scoped_actions.register(ADD, scope=SCOPE, perform=add)


def add(listener: Listener, values: dict[str, str], now: datetime) -> str:
    """Add the track, in one call; returns a sentence. Raises SpotifyError or ActionRefused."""
    track_id = values["track"]
    if not is_track_id(track_id) or ":" in track_id:
        raise ActionRefused(gettext("This track is not on Spotify."))
    tokens.call_spotify(listener, lambda client: client.add_to_queue(track_id), now=now)
    name = recommend.subject(track_id).track_name or gettext("The track")
    return gettext("“%(name)s” was added to your queue.") % {"name": name}
