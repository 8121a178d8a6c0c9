"""When to look at a player again: often while somebody watches, seldom while nobody would notice.

A flat look every five seconds is 17,280 calls a day and listener, and risks Spotify's daily quota.
Here a look is due when the track should end, every five seconds while a page is open and music
plays, every thirty without a page, and ever less often while it is quiet.
"""

from datetime import datetime, timedelta

from nowplaying.listening import Listening, remaining_ms
from nowplaying.pace import PACE, Pace

AFTER_END_SECONDS = 0.6  # the next track shows at Spotify a moment after the old one ended
TROUBLE_SECONDS = (5, 120)
QUIET_LOOKS, LATER_LOOKS = 4, 30  # looks into silence before the waits grow


def next_due(now: Listening, *, watched: bool, quiet_looks: int, pace: Pace = PACE) -> datetime:
    """The moment of the next look after `now`; `quiet_looks` counts those without progress."""
    seen_at = now.look.observed_at
    if not now.look.is_playing or now.look.kind in {"nothing", "private"}:
        return seen_at + timedelta(seconds=quiet_seconds(quiet_looks, watched=watched, pace=pace))
    wait_seconds = pace.watched if watched else pace.unwatched
    if now.look.duration_ms is not None and now.look.progress_ms is not None:
        at_end = remaining_ms(now) / 1000 + AFTER_END_SECONDS * 2 ** min(quiet_looks, 10)
        wait_seconds = min(wait_seconds, at_end)
    return seen_at + timedelta(seconds=wait_seconds)


def is_quiet(now: Listening) -> bool:
    """Nothing plays, or the item stands at its end and Spotify does not yet say what follows."""
    return not now.look.is_playing or remaining_ms(now) == 0


def quiet_seconds(looks: int, *, watched: bool, pace: Pace) -> float:
    if watched:
        return pace.watched_quiet
    if looks <= QUIET_LOOKS:
        return pace.quiet
    return pace.quiet_later if looks <= LATER_LOOKS else pace.quiet_longest


def after_trouble(now: datetime, *, times: int, wait_seconds: int | None = None) -> datetime:
    """Doubling from five seconds to two minutes, or as long as Spotify said."""
    first, longest = TROUBLE_SECONDS
    grown = min(longest, first * 2 ** min(times, 10))
    return now + timedelta(seconds=wait_seconds or grown)
