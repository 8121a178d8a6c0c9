"""What is played next: the formula, on evidence that was fetched before. No clock, no I/O.

score = sum over the playing track and those before it of 0.6^k * transition
      + 0.2 * share among the plays of the playing artist's tracks + 0.02 * activation,
halved for what this session has heard already.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from recommendations.parameters import Parameters

Weights = Mapping[str, float]  # target -> weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of one listener, as far as one answer needs it."""

    own: Mapping[str, Weights]  # source -> target -> weight
    household: Mapping[str, Weights]  # everybody's; empty with one listener
    artist_shares: Weights  # the playing artist's tracks
    activations: Weights  # at least of every track named above, and of the foremost


@dataclass(slots=True)
class ScoreParts:
    """Where a score came from, kept for the reason that is given."""

    by_source: dict[str, float] = field(default_factory=dict)
    artist_share: float = 0.0
    activation: float = 0.0
    heard: bool = False
    score: float = 0.0

    @property
    def transition(self) -> float:
        return sum(self.by_source.values())


def rank_candidates(
    *,
    playing: str,
    before: Sequence[str],  # in this session, newest first
    heard: Collection[str],
    evidence: Evidence,
    parameters: Parameters,
) -> list[tuple[str, ScoreParts]]:
    """Return every candidate with its parts, best first, without the playing track."""
    found: defaultdict[str, ScoreParts] = defaultdict(ScoreParts)
    for step, source in enumerate([playing, *before[: int(parameters.context_tracks)]]):
        fading = parameters.context_decay**step
        for target, weight in blend(source, evidence, parameters).items():
            shares = found[target].by_source
            shares[source] = shares.get(source, 0.0) + fading * weight
    for track, share in evidence.artist_shares.items():
        found[track].artist_share = share
    for track, activation in evidence.activations.items():
        found[track].activation = activation
    found.pop(playing, None)
    for track, parts in found.items():
        parts.heard = track in heard
        parts.score = score(parts, parameters)
    return sorted(found.items(), key=lambda pair: (-pair[1].score, pair[0]))


def blend(source: str, evidence: Evidence, parameters: Parameters) -> Weights:
    """Blend a source's own transitions with a fifth of the household's where there are several."""
    own = evidence.own.get(source, {})
    if not evidence.household:
        return own
    house, share = evidence.household.get(source, {}), parameters.own_share
    return {
        target: share * own.get(target, 0.0) + (1 - share) * house.get(target, 0.0)
        for target in {**own, **house}
    }


def score(parts: ScoreParts, parameters: Parameters) -> float:
    total = (
        parts.transition
        + parameters.artist_weight * parts.artist_share
        + parameters.activation_weight * parts.activation
    )
    return total * parameters.heard_factor if parts.heard else total
