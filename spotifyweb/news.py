"""What happens in one app and may matter to another. Who sends does not know who listens."""

from django.dispatch import Signal

# Spotify described tracks in an answer that was asked for something else.
# Sent with tracks (a list of TrackDetails) and now.
tracks_seen = Signal()

# A transform published a build; sent with build_id.
build_published = Signal()
