"""What gold knows of one listener: `listener` asks, `statements` holds SQL, `rows` the results,
`play_order` reads what came after earlier plays."""

from recommendations.queries.listener import ListenerQueries
from recommendations.queries.rows import FollowCounts, Listening, ResolvedTracks, TrackEvidence

__all__ = ["FollowCounts", "ListenerQueries", "Listening", "ResolvedTracks", "TrackEvidence"]
