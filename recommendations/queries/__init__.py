"""What gold knows of one listener: `listener` asks, `statements` holds SQL, `rows` the results."""

from recommendations.queries.listener import ListenerQueries
from recommendations.queries.rows import FollowCounts, ResolvedTracks, TrackEvidence

__all__ = ["FollowCounts", "ListenerQueries", "ResolvedTracks", "TrackEvidence"]
