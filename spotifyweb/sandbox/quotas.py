"""Development mode's daily quota: a bucket of endpoints that is used up answers 429 for hours.

Nothing is limited until a limit is set; the real numbers are secret and change.
"""

from collections import defaultdict, deque

from spotifyweb.sandbox import faults
from spotifyweb.sandbox.web import Response

DAY_MS = 86_400_000


class Quotas:
    """Calls of the last 24 hours in each bucket, against the limits."""

    def __init__(self) -> None:
        self.limits: dict[str, int] = {}
        self.made: defaultdict[str, deque[int]] = defaultdict(deque)

    def refusal(self, bucket: str, now_ms: int) -> Response | None:
        """Count the call; answers the 429 when the bucket was used up before it."""
        if bucket not in self.limits:
            return None
        made = self.made[bucket]
        while made and made[0] <= now_ms - DAY_MS:
            made.popleft()
        if len(made) < self.limits[bucket]:
            made.append(now_ms)
            return None
        wait_ms = (made[0] if made else now_ms) + DAY_MS - now_ms
        answer = faults.error(429, "Too many requests", reason="QUOTA_EXCEEDED")
        return faults.rate_limited(answer, wait_ms // 1000 + 1)
