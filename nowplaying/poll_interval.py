"""When to poll a player again: often enough to see a skip, far from Spotify's daily quota.

A flat poll every five seconds is 17,280 calls a day and listener. Here a poll is due every five
seconds while an item is new or a page is open, every ten while it plays on, when it should end, and
every ninety in silence: about 2,060 calls on a day of three hours of music. An install may set each
of PollIntervals as NOW_PLAYING_<ITS NAME>, in seconds. Why these numbers: docs/adr/0027.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from nowplaying.play_detection import TrackedItem, remaining_ms

AFTER_END_SECONDS = 0.6  # the next track shows at Spotify a moment after the old one ended
RETRY_SECONDS = (5, 120)
TICK_SECONDS = 5  # beat asks this often who is due; not a setting, for admins change the schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class PollIntervals:
    watched: float = 5  # music plays and a page is open
    start: float = 5  # nobody watches, an item was first seen a moment ago
    start_length: float = 20  # so long is a moment
    unwatched: float = 10  # music plays on, nobody watches
    low: float = 30  # music plays, and the day's share of calls runs low
    watched_quiet: float = 10  # somebody waits for the music to start
    quiet: float = 90  # silence
    end_margin: float = 15  # left so near to its end, a track is complete: crossfade cuts up to 12

    def sparing(self) -> "PollIntervals":
        """Return the intervals for a listener whose share of calls runs low."""
        return replace(self, watched=self.low, start=self.low, unwatched=self.low)


DEFAULTS = PollIntervals()


def next_due(
    item: TrackedItem,
    *,
    watched: bool,
    quiet_looks: int,
    seen_at: datetime | None = None,
    intervals: PollIntervals = DEFAULTS,
) -> datetime:
    """Return the moment of the next poll after `item`.

    `quiet_looks` counts those without progress; `seen_at` is when the item was first seen.
    """
    polled_at = item.snapshot.observed_at
    if not item.snapshot.is_playing or item.snapshot.kind in {"nothing", "private"}:
        wait_seconds = quiet_seconds(
            item, watched=watched, quiet_looks=quiet_looks, intervals=intervals
        )
        return polled_at + timedelta(seconds=wait_seconds)
    is_new = seen_at is not None and (polled_at - seen_at).total_seconds() < intervals.start_length
    wait_seconds = (
        intervals.watched if watched else intervals.start if is_new else intervals.unwatched
    )
    if item.snapshot.duration_ms is not None and item.snapshot.progress_ms is not None:
        at_end = remaining_ms(item) / 1000 + AFTER_END_SECONDS * 2 ** min(quiet_looks, 10)
        wait_seconds = min(wait_seconds, at_end)
    return polled_at + timedelta(seconds=wait_seconds)


def is_quiet(item: TrackedItem) -> bool:
    """Return whether nothing plays, or the item is at its end and Spotify has no next one yet."""
    return not item.snapshot.is_playing or remaining_ms(item) == 0


def quiet_seconds(
    item: TrackedItem, *, watched: bool, quiet_looks: int, intervals: PollIntervals
) -> float:
    """Return the wait in silence; one in mid-track is checked once more before the long wait."""
    if watched:
        return intervals.watched_quiet
    return intervals.unwatched if item.paused_item and quiet_looks <= 1 else intervals.quiet


def retry_at(now: datetime, *, times: int, wait_seconds: int | None = None) -> datetime:
    """Return when to try again: after five seconds, doubled to two minutes, or as Spotify said."""
    first, longest = RETRY_SECONDS
    grown = min(longest, first * 2 ** min(times, 10))
    return now + timedelta(seconds=wait_seconds or grown)
