"""How often an app may call: a rate in any 30 seconds, and development mode's quota of a day.

A bucket of endpoints whose quota is used up answers 429 for hours, while others answer. Nothing is
limited until a limit is set; the real numbers are secret and change.
"""

from collections import defaultdict, deque

from starlette.responses import Response

from spotifyweb.sandbox import faults, responses
from spotifyweb.sandbox.faults import RATE_LIMITED

DAY_MS, RATE_WINDOW_MS = 86_400_000, 30_000


class Quotas:
    """Calls of the last 24 hours in each bucket, against the limits."""

    def __init__(self) -> None:
        self.limits: dict[str, int] = {}
        self.made: defaultdict[str, deque[int]] = defaultdict(deque)
        self.recent_calls: defaultdict[str, deque[int]] = defaultdict(deque)  # by app

    def refusal(self, bucket: str, now_ms: int) -> Response | None:
        """Count the call; return a 429 if the bucket was used up before it."""
        if bucket not in self.limits:
            return None
        wait_ms = _wait_ms(self.made[bucket], self.limits[bucket], now_ms, window_ms=DAY_MS)
        if wait_ms is None:
            return None
        answer = faults.error(429, "Too many requests", reason="QUOTA_EXCEEDED")
        return responses.with_retry_after(answer, wait_ms // 1000 + 1)

    def throttle(self, client_id: str, limit: int | None, now_ms: int) -> Response | None:
        """Count the app's call; return a 429 if the last 30 seconds had `limit` of them."""
        if limit is None:
            return None
        made = self.recent_calls[client_id]
        wait_ms = _wait_ms(made, limit, now_ms, window_ms=RATE_WINDOW_MS)
        if wait_ms is None:
            return None
        return responses.with_retry_after(faults.error(429, RATE_LIMITED), wait_ms // 1000 + 1)


def _wait_ms(made: deque[int], limit: int, now_ms: int, *, window_ms: int) -> int | None:
    """Count a call that the window has room for; else return for how long it has none, in ms."""
    while made and made[0] <= now_ms - window_ms:
        made.popleft()
    if len(made) < limit:
        made.append(now_ms)
        return None
    return (made[0] if made else now_ms) + window_ms - now_ms
