"""The numbers of the recommendations, in one place for SQL, Python and the evaluation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Chosen on the logs of 23 listeners and confirmed on what was held back of them.

    Each listener was an install of their own, refitted every 14 days; NDCG@10 for what is played
    next was .150 against .086 for co-occurrence in both directions, .055 in one, .101 for STAN and
    .120 for the best of `implicit`. The window, the direction, the last five tracks, the artist
    and the decay carried it. Set any of them by `RECOMMENDING_<NAME>` in the environment.
    """

    session_gap_minutes: float = 30  # of silence end a session
    window: float = 20  # positions between two plays that still count as together
    distance_power: float = 0.7  # a pair d positions apart weighs d^-0.7
    backward: float = 0.4  # what a pair weighs against the direction in which it was heard
    half_life_days: float = 90
    prior_plays: float = 2  # added to the source's plays: one lucky pair is no rule
    top: float = 50  # kept per source
    own_share: float = 0.8  # of one's own transitions, for who joined the house
    context_tracks: float = 4  # before the playing one
    context_decay: float = 0.6  # for each step back
    artist_weight: float = 0.2  # of the share among the artist's tracks
    activation_weight: float = 0.02
    heard_factor: float = 0.5  # for what was already heard in this session
    second_chance_ms: float = 30_000  # a start left earlier than this, never played
    second_chance_weight: float = 3
    rediscovery_idle_days: float = 30
    long_silence_days: float = 90
    long_silence_seats: float = 3  # of ten, kept for what was silent for longer than that
    per_artist: float = 2  # in one list, unless asked for more
    list_rows: float = 100  # kept of each kind: 50 are shown, feedback hides some
