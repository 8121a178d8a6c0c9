"""A listener's 50, by kind: from the house, new by artists they love, rediscovery."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from recommendations import reasons
from recommendations.answering import Strategy, thinned
from recommendations.gold import Gold
from recommendations.verdicts import Said
from spotifyweb.warehouse import Row

LENGTH = 50
KINDS = {
    "new": "New by artists you love",
    "house": "From the house",
    "rediscovery": "Rediscovery",
}
NOTE = "Nothing to recommend yet: import your history, or listen for a while."


def lists(
    *,
    gold: Gold,
    said: Said,
    now: datetime,
    strategy: Strategy = Strategy.TRANSITIONS,
    kind: str = "",
    limit: int = LENGTH,
    per_artist: int = 2,
    numbers: bool = True,
) -> dict[str, Any]:
    """The kinds share the length evenly; what one does not need the others get."""
    by_strategy = strategy is Strategy.TRANSITIONS
    rows = [row for row in gold.listed(by_strategy=by_strategy) if _is_shown(row, gold, said)]
    ranked = {
        name: _ranked(list(each), said, by_strategy=by_strategy, per_artist=per_artist)
        for name, each in groupby(rows, key=lambda row: str(row["kind"]))
        if kind in ("", name)
    }
    shares = shared({name: len(each) for name, each in ranked.items()}, limit)
    kinds = [
        {
            "kind": name,
            "title": title,
            "recommendations": [
                _row(pair, numbers=numbers) | said.told(pair[1]["track_id"])
                for pair in ranked[name][: shares[name]]
            ],
        }
        for name, title in KINDS.items()
        if ranked.get(name)
    ]
    answer: dict[str, Any] = {
        "kinds": kinds,
        "generated_at": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    if not kinds:
        answer["note"] = NOTE
    return answer | {"cache_hit": False}


def _is_shown(row: Row, gold: Gold, said: Said) -> bool:
    """Who leaves the house hears of it no more, also before the next build."""
    if row["kind"] == "house" and not gold.of_house:
        return False
    return not (said.hides(row["track_id"]) or said.leaves_out(row))


def _ranked(
    rows: Sequence[Row], said: Said, *, by_strategy: bool, per_artist: int
) -> list[tuple[float, Row]]:
    """One kind's rows with a score from 0 to 100, turned by verdicts, artists thinned out."""
    scores = _scores(rows, by_strategy=by_strategy)
    turned = [
        (score * said.factor(row["track_id"], row["artist_name"]), row)
        for score, row in zip(scores, rows, strict=True)
    ]
    turned.sort(key=lambda pair: (-pair[0], pair[1]["track_id"]))
    return thinned(turned, artist=lambda pair: pair[1]["artist_name"], most=per_artist)


def _scores(rows: Sequence[Row], *, by_strategy: bool) -> list[float]:
    """The baseline's score is one of 100; the strategy's is taken against the kind's best."""
    if not by_strategy:
        return [float(row["recommendation_score"]) for row in rows]
    values = [float(row["strategy_score"]) for row in rows]
    low, high = min([*values, 0.0]), max(values, default=0.0)
    return [100 * (value - low) / ((high - low) or 1) for value in values]


def shared(wanted: dict[str, int], limit: int) -> dict[str, int]:
    """So many of each kind: in turns, until the length or the rows are used up."""
    given = dict.fromkeys(wanted, 0)
    while sum(given.values()) < limit:
        hungry = [name for name in wanted if given[name] < wanted[name]]
        if not hungry:
            break
        for name in hungry[: limit - sum(given.values())]:
            given[name] += 1
    return given


def _row(scored: tuple[float, Row], *, numbers: bool) -> dict[str, Any]:
    score, row = scored
    reason, behind = reasons.of_list(row)
    shown = {
        "track_id": row["track_id"],
        "track_name": row["track_name"],
        "artist_name": row["artist_name"],
        "recommendation_score": round(score, 2),
        "reason": reason,
        "cooccurrence_score": round(row["cooccurrence_score"], 4),
        "artist_affinity": round(row["artist_affinity"], 2),
        "album_name": row["album_name"],
        "image_url": row["image_url"],
        "url": row["url"],
    }
    return shown | {"numbers": behind} if numbers else shown
