"""How often to look and when a listen counts as complete: what an install may set.

Each is NOW_PLAYING_<ITS NAME> in the environment, in seconds. Why these numbers: docs/adr/0027.
"""

from dataclasses import dataclass, replace

TICK_SECONDS = 5  # beat asks this often who is due; not a setting, for admins change the schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    watched: float = 5  # music plays and a page is open
    start: float = 5  # nobody watches, an item was first seen a moment ago
    start_length: float = 20  # so long is a moment
    unwatched: float = 10  # music plays on, nobody watches
    low: float = 30  # music plays, and the day's share of calls runs low
    watched_quiet: float = 10  # somebody waits for the music to start
    quiet: float = 90  # silence
    end_margin: float = 15  # left so near to its end, a track is complete: crossfade cuts up to 12

    def sparing(self) -> "Pace":
        """Return the pace for a listener whose share of calls runs low."""
        return replace(self, watched=self.low, start=self.low, unwatched=self.low)


PACE = Pace()
