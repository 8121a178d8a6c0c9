"""The numbers of the recommendations, in one place for SQL, Python and the evaluation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Every number of the formula; docs/recommendations.md says what each does.

    Window, direction, decay and the weights of transitions were chosen on the logs of 23 listeners.
    The numbers of the order of plays, and the artist's weight with them, were confirmed on the logs
    of 36 listeners who were not used to choose any: each an install of their own, refitted every 14
    days, NDCG@10 for the next track was 1.053 times (1.039 to 1.069) what it was without the order.
    Set any of them by `RECOMMENDING_<NAME>` in the environment.
    """

    session_gap_minutes: float = 30  # of silence end a session
    window: float = 20  # positions between two plays that still count as together
    distance_power: float = 0.7  # a pair d positions apart weighs d^-0.7
    backward: float = 0.4  # what a pair weighs against the direction in which it was heard
    half_life_days: float = 90
    prior_plays: float = 2  # added to the source's plays: one lucky pair is no rule
    top: float = 50  # kept per source
    own_share: float = 0.8  # of one's own transitions, for members of the household
    context_tracks: float = 4  # before the playing one
    context_decay: float = 0.6  # for each step back
    artist_weight: float = 0.45  # of the share among the artist's tracks
    activation_weight: float = 0.02
    recent_weight: float = 0.03  # of n / (1 + n), each play counts 2^(-days ago)
    occurrences: float = 300  # earlier plays of the playing track, the newest
    pair_weight: float = 0.8  # where the track before was the same
    triple_weight: float = 1.5  # where the two tracks before were the same
    pair_prior: float = 0.3
    similar_window: float = 8  # plays before, among which tracks of this session are looked for
    similar_weight: float = 0.4
    similar_prior: float = 2
    week_days: float = 7  # half-life of what came directly after
    week_weight: float = 0.2
    week_prior: float = 1
    last_weight: float = 0.12  # for what came directly after its newest play
    last_half_life_days: float = 3
    repeat_steps: float = 8  # of this session, that earlier ones may have made
    repeat_weight: float = 0.2
    heard_weight: float = 0.5  # of what was already heard in this session
    heard_decay: float = 0.7  # for each time, at most five
    repeated_weight: float = 1.5  # of the share of this session's plays that repeat its tracks
    second_chance_ms: float = 30_000  # a start left earlier than this, never played
    second_chance_weight: float = 3
    new_release_days: float = 60  # since its release, an album is new
    known_album_tracks: float = 2  # played of an album, and its rest comes first
    rediscovery_idle_days: float = 30
    long_silence_days: float = 90
    long_silence_seats: float = 3  # of ten, kept for what was silent for longer than that
    per_artist: float = 2  # in one list, unless asked for more
    list_rows: float = 100  # kept of each kind: 50 are shown, feedback hides some
