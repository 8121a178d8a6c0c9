"""From ranks to figures, and how sure one may be of them."""

import math
import random
from collections.abc import Collection, Mapping, Sequence

from recommendations.evaluation.cases import Case

RESAMPLES = 1000


def rank_of(target: str, ranked: Sequence[str], depth: int = 10) -> int | None:
    """Return 1 for the first; None when it is not among the first `depth`."""
    for place, track in enumerate(ranked[:depth], start=1):
        if track == target:
            return place
    return None


def of_ranks(ranks: Sequence[int | None]) -> dict[str, float]:
    """Return hit rate, mean reciprocal rank and NDCG at 10, of one target per case."""
    count = len(ranks) or 1
    found = [rank for rank in ranks if rank]
    return {
        "hit_rate@10": len(found) / count,
        "mrr@10": sum(1 / rank for rank in found) / count,
        "ndcg@10": sum(1 / math.log2(1 + rank) for rank in found) / count,
    }


def of_next_ten(ranked: Sequence[str], case: Case) -> dict[str, float]:
    """Return NDCG and recall of ten, where each of the session's next ten tracks is wanted."""
    wanted = {*case.following} - {case.playing}
    hits = [place for place, track in enumerate(ranked[:10], start=1) if track in wanted]
    ideal = sum(1 / math.log2(1 + place) for place in range(1, len(wanted) + 1))
    return {
        "next ten ndcg@10": sum(1 / math.log2(1 + place) for place in hits) / ideal,
        "next ten recall@10": len(hits) / len(wanted),
    }


def of_list(ranked: Sequence[str], wanted: Collection[str]) -> dict[str, float]:
    """Return how much of what was wanted a list of up to 50 names, and how early."""
    hits = [place for place, track in enumerate(ranked[:50], start=1) if track in wanted]
    ideal = sum(1 / math.log2(1 + place) for place in range(1, min(len(wanted), 50) + 1))
    return {
        "recall@50": len(hits) / len(wanted),
        "ndcg@50": sum(1 / math.log2(1 + place) for place in hits) / ideal,
        "precision@10": sum(place <= 10 for place in hits) / 10,
    }


def mean(figures: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of each figure; {} of none."""
    names = figures[0] if figures else {}
    return {name: sum(each[name] for each in figures) / len(figures) for name in names}


def interval(values: Sequence[float], *, seed: int = 7) -> tuple[float, float] | None:
    """Return the middle 95 % of the mean over resampled listeners; None for fewer than two."""
    if len(values) < 2:
        return None
    chance = random.Random(seed)  # noqa: S311 no secret, a repeatable draw
    means = sorted(
        sum(chance.choices(values, k=len(values))) / len(values) for _ in range(RESAMPLES)
    )
    return means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]
