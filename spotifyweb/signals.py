"""Signals between apps; a sender does not know its receivers."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.dispatch import Signal

# Spotify described tracks in a response to another request.
# Sent with tracks (a list of TrackDetails) and now.
tracks_seen = Signal()

# A transform published a build; sent with build_id.
build_published = Signal()

# A listener logged in with Spotify and their tokens are saved; sent with listener.
listener_connected = Signal()

# Everything encrypted is to be encrypted with the first of TOKEN_KEYS.
# Receivers return how many values they encrypted anew.
keys_rotated = Signal()

# Sessions were ended from elsewhere than their browsers; sent with keys.
sessions_ended = Signal()

# A listener disconnected Spotify, before anything is erased; sent with listener and keeps_history.
listener_disconnected = Signal()

# An erasure request is about to be executed; sent with erasure. It may be sent twice.
erasure_started = Signal()

# A suppression was lifted: what it covers may be imported again; sent with listener.
suppression_lifted = Signal()

# An admin ended a wait that Spotify had asked for; sent with now.
block_lifted = Signal()

# The simulator created listeners; sent with listeners (the new ones) and now.
listeners_simulated = Signal()

# A build begins. Receivers return {name of a snapshot for the lake: its rows}.
snapshots_requested = Signal()

# A page wants to show what plays for a listener; sent with listener_pk.
# Receivers return the context of templates/nowplaying/card.html.
playback_requested = Signal()


def current_playback(listener_pk: int) -> dict[str, Any]:
    """Return the context of the player's card; empty where no app polls players."""
    answers: list[tuple[Any, Any]] = playback_requested.send(sender=Signal, listener_pk=listener_pk)
    return next((answer for _, answer in answers if answer), {})


def collect_snapshots() -> Iterator[tuple[str, Iterable[Mapping[str, object]]]]:
    """Yield the name and the rows of each app's snapshots for the lake."""
    answers: list[tuple[Any, Any]] = snapshots_requested.send(sender=Signal)
    for _, answer in answers:
        yield from answer.items()
