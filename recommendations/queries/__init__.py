"""What gold knows of one listener: `listener` asks, `statements` holds SQL, `rows` the results,
`play_sequence` keeps their plays in order, `play_order` counts what came after earlier ones."""

from recommendations.queries.listener import ListenerQueries
from recommendations.queries.rows import (
    FollowCounts,
    Listening,
    LivePlay,
    ResolvedTracks,
    TrackEvidence,
)

__all__ = [
    "FollowCounts",
    "ListenerQueries",
    "Listening",
    "LivePlay",
    "ResolvedTracks",
    "TrackEvidence",
]
