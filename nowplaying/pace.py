"""How often to look and when a listen counts as complete: what an install may set.

Each is NOW_PLAYING_<ITS NAME> in the environment, in seconds. Why these numbers: docs/adr/0010.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    watched: float = 5  # music plays and a page is open
    unwatched: float = 30  # music plays, nobody watches
    watched_quiet: float = 10  # somebody waits for the music to start
    quiet: float = 30  # silence, at first
    quiet_later: float = 60
    quiet_longest: float = 120  # all night
    end_margin: float = 15  # left so near to its end, a track is complete: crossfade cuts up to 12


PACE = Pace()
