"""What happens in one app and may matter to another. Who sends does not know who listens."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.dispatch import Signal

# Spotify described tracks in an answer that was asked for something else.
# Sent with tracks (a list of TrackDetails) and now.
tracks_seen = Signal()

# A transform published a build; sent with build_id.
build_published = Signal()

# An admin ended a wait that Spotify had asked for; sent with now.
block_lifted = Signal()

# The simulator made listeners up; sent with listeners, those that are new, and now.
people_invented = Signal()

# A build begins. Whoever keeps something that it reads answers {name of a snapshot: its rows}.
snapshots_asked = Signal()

# What plays for a listener, for a page that may show it; sent with listener_pk.
# The answer is what the card of templates/nowplaying/card.html wants.
playing_asked = Signal()


def playing(listener_pk: int) -> dict[str, Any]:
    """The first answer; empty where nobody looks at players."""
    answers: list[tuple[Any, Any]] = playing_asked.send(sender=Signal, listener_pk=listener_pk)
    return next((answer for _, answer in answers if answer), {})


def snapshots() -> Iterator[tuple[str, Iterable[Mapping[str, object]]]]:
    """Each app's snapshots for the lake."""
    answers: list[tuple[Any, Any]] = snapshots_asked.send(sender=Signal)
    for _, answer in answers:
        yield from answer.items()
