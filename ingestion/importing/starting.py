"""When a play began.

`ts` is when it ended, so usually it began at `ts - ms_played`. But `ts` is late when the app was
closed or paused in between (up to the next start of the app), and then `offline_timestamp`, the
start by the device's clock, is the better answer. It comes in seconds or in milliseconds; 0 and 1
mean none.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

MILLISECONDS_FROM = 10**11
AGREES_MS = 10_000  # half of all rows differ by less than a second
TRUSTED = timedelta(days=30)  # as long as Spotify plays offline; beyond it the clock was wrong
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def started_at(ended_at: datetime, ms_played: int, offline_timestamp: Any) -> datetime:
    """The device's own start where it lies well before what `ts` implies; else `ts - ms_played`."""
    implied = ended_at - timedelta(milliseconds=ms_played)
    if not isinstance(offline_timestamp, int) or offline_timestamp in (0, 1):
        return implied
    milliseconds = offline_timestamp * (1 if offline_timestamp > MILLISECONDS_FROM else 1000)
    late_ms = (implied - EPOCH) // timedelta(milliseconds=1) - milliseconds
    if not AGREES_MS < late_ms < TRUSTED // timedelta(milliseconds=1):
        return implied
    return implied - timedelta(milliseconds=late_ms)
