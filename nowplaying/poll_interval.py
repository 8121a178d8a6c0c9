"""When to look at a player again: often enough to see a skip, far from Spotify's daily quota.

A flat look every five seconds is 17,280 calls a day and listener. Here a look is due every five
seconds while an item is new or a page is open, every ten while it plays on, when it should end, and
every ninety in silence: about 2,060 calls on a day of three hours of music.
"""

from datetime import datetime, timedelta

from nowplaying.play_detection import Listening, remaining_ms
from nowplaying.poll_settings import PACE, Pace

AFTER_END_SECONDS = 0.6  # the next track shows at Spotify a moment after the old one ended
TROUBLE_SECONDS = (5, 120)


def next_due(
    now: Listening,
    *,
    watched: bool,
    quiet_looks: int,
    seen_at: datetime | None = None,
    pace: Pace = PACE,
) -> datetime:
    """Return the moment of the next look after `now`.

    `quiet_looks` counts those without progress; `seen_at` is when the item was first seen.
    """
    looked_at = now.look.observed_at
    if not now.look.is_playing or now.look.kind in {"nothing", "private"}:
        wait_seconds = quiet_seconds(now, watched=watched, quiet_looks=quiet_looks, pace=pace)
        return looked_at + timedelta(seconds=wait_seconds)
    is_new = seen_at is not None and (looked_at - seen_at).total_seconds() < pace.start_length
    wait_seconds = pace.watched if watched else pace.start if is_new else pace.unwatched
    if now.look.duration_ms is not None and now.look.progress_ms is not None:
        at_end = remaining_ms(now) / 1000 + AFTER_END_SECONDS * 2 ** min(quiet_looks, 10)
        wait_seconds = min(wait_seconds, at_end)
    return looked_at + timedelta(seconds=wait_seconds)


def is_quiet(now: Listening) -> bool:
    """Nothing plays, or the item stands at its end and Spotify does not yet say what follows."""
    return not now.look.is_playing or remaining_ms(now) == 0


def quiet_seconds(now: Listening, *, watched: bool, quiet_looks: int, pace: Pace) -> float:
    """A silence in mid-track may be none: it is looked at once more before the long wait."""
    if watched:
        return pace.watched_quiet
    return pace.unwatched if now.held and quiet_looks <= 1 else pace.quiet


def after_trouble(now: datetime, *, times: int, wait_seconds: int | None = None) -> datetime:
    """Doubling from five seconds to two minutes, or as long as Spotify said."""
    first, longest = TROUBLE_SECONDS
    grown = min(longest, first * 2 ** min(times, 10))
    return now + timedelta(seconds=wait_seconds or grown)
