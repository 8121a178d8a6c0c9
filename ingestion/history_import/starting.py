"""When a play began.

`ts` is when it was handed in, so usually it began at `ts - ms_played`. But `ts` is late when the
app was closed, paused or offline in between (up to the next start of the app, or days later), and
then `offline_timestamp`, the start by the device's clock, is the better answer.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from ingestion.history_import.unusable import whole

MILLISECONDS_FROM = 10**11
LATEST_MS = 253_402_300_799_999  # the end of the year 9999
AGREES = timedelta(seconds=10)  # half of all rows differ by less than a second
TRUSTED = timedelta(days=30)  # as long as Spotify plays offline; beyond it the clock was wrong
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def device_start(offline_timestamp: Any) -> int | None:
    """Return the number of an export's `offline_timestamp`: seconds, or milliseconds above 1e11.

    None where there is none: null, 0, 1, no whole number, or no moment before the year 10000.
    """
    start = whole(offline_timestamp)
    return start if start is not None and 1 < start <= LATEST_MS else None


def device_started_at(start: int | None) -> datetime | None:
    """Return the moment of a device start, in UTC, believed or not."""
    if start is None:
        return None
    return EPOCH + timedelta(milliseconds=start * (1 if start > MILLISECONDS_FROM else 1000))


def started_at(ended_at: datetime, ms_played: int, device: datetime | None) -> datetime:
    """Return the device's own start where it lies well before what `ts` implies.

    Else `ts - ms_played`.
    """
    implied = ended_at - timedelta(milliseconds=ms_played)
    return device if device and AGREES < implied - device < TRUSTED else implied


def is_same_start(one: int, other: int) -> bool:
    """Compare two device starts as they were sent: whole seconds where one of them has no more."""
    return one == other or (
        whole_second(one) == whole_second(other) and min(one, other) <= MILLISECONDS_FROM
    )


def whole_second(start: int) -> int:
    """Return a device start in seconds, whatever it was sent in."""
    return start // 1000 if start > MILLISECONDS_FROM else start
