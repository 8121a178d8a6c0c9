"""What is played next: the formula, on evidence that was fetched before. No clock, no I/O.

docs/recommendations.md writes it down; `tests/recommendations/reference.py` counts it once more.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from recommendations.parameters import Parameters

Weights = Mapping[str, float]  # target -> weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """What is known of one track after the earlier plays of the playing one, as sums over them."""

    pair: float = 0.0  # where the track before was the same
    triple: float = 0.0  # where the two tracks before were the same
    similar: float = 0.0  # where tracks of this session came shortly before
    week: float = 0.0  # directly after, with a half-life of a week
    is_last: bool = False  # directly after the newest of them
    pair_times: int = 0  # after how many of them with the same track before
    similar_times: int = 0
    direct_times: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayOrder:
    """What came after the earlier plays of the playing track, and their totals."""

    by_track: Mapping[str, Continuation] = field(default_factory=dict)
    pair_total: float = 0.0
    similar_total: float = 0.0
    week_total: float = 0.0
    last_age_days: float = 0.0  # of the newest of them
    repeat_rate: float = 0.0  # how far this session follows the steps of earlier ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of one listener, as far as one answer needs it."""

    own: Mapping[str, Weights]  # source -> target -> weight
    household: Mapping[str, Weights]  # everybody's; empty with one listener
    artist_shares: Weights  # the playing artist's tracks
    activations: Weights  # at least of every track named above, and of the foremost
    recent_plays: Weights  # of the same tracks: each play counts 2^(-days ago)
    order: PlayOrder = field(default_factory=PlayOrder)


@dataclass(slots=True)
class ScoreParts:
    """Where a score came from, kept for the reason that is given."""

    by_source: dict[str, float] = field(default_factory=dict)
    continuation: Continuation = field(default_factory=Continuation)
    order: float = 0.0  # of the tracks before the playing one
    similar: float = 0.0
    repeat: float = 0.0  # of what came directly after it of late
    artist_share: float = 0.0
    activation: float = 0.0
    recent_plays: float = 0.0
    heard_times: int = 0  # in this session
    score: float = 0.0

    @property
    def transition(self) -> float:
        return sum(self.by_source.values())


def rank_candidates(
    *,
    session: Sequence[str],  # the playing track and what was heard before it, newest first
    evidence: Evidence,
    parameters: Parameters,
) -> list[tuple[str, ScoreParts]]:
    """Return every candidate with its parts, best first, without the playing track."""
    found: defaultdict[str, ScoreParts] = defaultdict(ScoreParts)
    for step, source in enumerate(session[: 1 + int(parameters.context_tracks)]):
        fading = parameters.context_decay**step
        for target, weight in blend(source, evidence, parameters).items():
            shares = found[target].by_source
            shares[source] = shares.get(source, 0.0) + fading * weight
    for track, share in evidence.artist_shares.items():
        found[track].artist_share = share
    for track, activation in evidence.activations.items():
        found[track].activation = activation
    for track, continuation in evidence.order.by_track.items():
        _add_order(found[track], continuation, evidence.order, parameters)
    found.pop(session[0], None)
    heard = Counter(session)
    repeated = 1 - len(heard) / len(session)  # the share of plays that repeat one of its tracks
    for track, parts in found.items():
        parts.recent_plays = evidence.recent_plays.get(track, 0.0)
        parts.heard_times = heard[track]
        parts.score = score(parts, parameters) * session_factor(heard[track], repeated, parameters)
    return sorted(found.items(), key=lambda pair: (-pair[1].score, pair[0]))


def blend(source: str, evidence: Evidence, parameters: Parameters) -> Weights:
    """Blend a source's own transitions with a fifth of the household's where there are several."""
    own = evidence.own.get(source, {})
    if not evidence.household:
        return own
    household, share = evidence.household.get(source, {}), parameters.own_share
    return {
        target: share * own.get(target, 0.0) + (1 - share) * household.get(target, 0.0)
        for target in {**own, **household}
    }


def _add_order(
    parts: ScoreParts, continuation: Continuation, order: PlayOrder, p: Parameters
) -> None:
    """Add what the order of earlier plays says for a track."""
    week = continuation.week / (order.week_total + p.week_prior)
    last = float(continuation.is_last)
    ordered = p.pair_weight * continuation.pair + p.triple_weight * continuation.triple
    parts.continuation = continuation
    parts.order = ordered / (order.pair_total + p.pair_prior)
    parts.similar = (
        p.similar_weight * continuation.similar / (order.similar_total + p.similar_prior)
    )
    parts.repeat = (
        p.last_weight * last * 2 ** (-order.last_age_days / p.last_half_life_days)
        + p.week_weight * week
        + p.repeat_weight * order.repeat_rate * (week + last / 2)
    )


def score(parts: ScoreParts, p: Parameters) -> float:
    return (
        parts.transition
        + parts.order
        + parts.similar
        + parts.repeat
        + p.artist_weight * parts.artist_share
        + p.activation_weight * parts.activation
        + p.recent_weight * parts.recent_plays / (1 + parts.recent_plays)
    )


def session_factor(times: int, repeated: float, p: Parameters) -> float:
    """Return what a track that this session has heard keeps: more where it repeats its tracks."""
    if not times:
        return 1.0
    return p.heard_weight * p.heard_decay ** min(times, 5) + p.repeated_weight * repeated
