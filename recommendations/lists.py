"""A listener's 50, by kind: new by artists they love, from the household, and what was known."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from django.utils.translation import gettext_lazy as _

from recommendations import explanations
from recommendations.feedback import FeedbackSummary
from recommendations.next_tracks import Item, limit_per_artist
from recommendations.parameters import Parameters
from recommendations.queries import ListenerQueries
from recommendations.strategies.base import Strategy
from spotifyweb.accounts import timezones
from spotifyweb.accounts.timezones import TimezonePeriod
from spotifyweb.warehouse import Row

LENGTH = 50
KINDS = {
    "new": _("New from artists you love"),
    "household": _("From your household"),
    "second_chance": _("Saved or skipped"),
    "rediscovery": _("Rediscover"),
}
UNHEARD = ("new", "household", "second_chance")  # what a listener knows already has no place there
NOTE = _("No recommendations yet. Import your history or listen for a while.")


def recommend_lists(
    *,
    gold: ListenerQueries,
    summary: FeedbackSummary,
    now: datetime,
    strategy: Strategy,
    kind: str = "",
    limit: int = LENGTH,
    per_artist: int = 2,
    numbers: bool = True,
    periods: Sequence[TimezonePeriod] = (),
) -> dict[str, Any]:
    """Return the lists by kind; they share the length, and what one does not need others get.

    Days are the listener's, in the zone they had then by `periods`; in UTC without.
    """
    listed = gold.list_rows(strategy.list_strategy)
    rows = [_in_local_time(row, periods) for row in listed if _is_shown(row, gold, summary)]
    ranked = {
        name: _rank(name, list(each), gold, summary, strategy, per_artist=per_artist)
        for name, each in groupby(rows, key=lambda row: str(row["kind"]))
        if kind in ("", name)
    }
    shares = allocate({name: len(each) for name, each in ranked.items()}, limit)
    kinds = [
        {
            "kind": name,
            "title": str(title),
            "recommendations": [
                _row(pair, numbers=numbers) | summary.annotate(pair[1]["track_id"])
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
        answer["note"] = str(NOTE)
    return answer | {"cache_hit": False}


def _is_shown(row: Row, gold: ListenerQueries, summary: FeedbackSummary) -> bool:
    """Return whether a row is shown; who left the household gets nothing of it, at once."""
    if row["kind"] == "household" and not gold.in_household:
        return False
    if row["kind"] in UNHEARD and summary.is_known(row["track_id"]):
        return False
    return not (summary.is_hidden(row["track_id"]) or summary.is_excluded(row))


def _in_local_time(row: Row, periods: Sequence[TimezonePeriod]) -> Row:
    """Return the row with the moment at which it was saved as the listener's clock showed it."""
    if not row["liked_at"]:
        return row
    liked_at = row["liked_at"].replace(tzinfo=UTC)
    zone = timezones.zone_at(periods, liked_at) if periods else UTC
    return row | {"liked_at": liked_at.astimezone(zone)}


def _rank(
    kind: str,
    rows: Sequence[Row],
    gold: ListenerQueries,
    summary: FeedbackSummary,
    strategy: Strategy,
    *,
    per_artist: int,
) -> list[tuple[float, Row]]:
    """Return one kind's rows scored from 0 to 100 with feedback, artists limited."""
    scores = strategy.list_scores(rows)
    turned = [
        (score * summary.factor(row["track_id"], row["artist_name"]), row)
        for score, row in zip(scores, rows, strict=True)
    ]
    turned.sort(key=lambda pair: (-pair[0], pair[1]["track_id"]))
    return arrange(turned, kind=kind, parameters=gold.parameters, per_artist=per_artist)


def arrange(
    ranked: Sequence[tuple[float, Row]], *, kind: str, parameters: Parameters, per_artist: int
) -> list[tuple[float, Row]]:
    """Return what is shown of a ranking: artists limited, and seats for what was long silent."""
    limited = limit_per_artist(ranked, artist=lambda pair: pair[1]["artist_name"], most=per_artist)
    if kind != "rediscovery":
        return limited
    return reserve_seats(
        limited,
        is_reserved=lambda pair: pair[1]["idle_days"] > parameters.long_silence_days,
        seats=int(parameters.long_silence_seats),
    )


def reserve_seats(
    ranked: Sequence[Item], *, is_reserved: Callable[[Item], bool], seats: int, of: int = 10
) -> list[Item]:
    """Return the same items: so many of each ten are reserved ones, as long as there are any."""
    left = list(ranked)
    seated: list[Item] = []
    while left:
        ten = left[:of]
        others = [item for item in ten if not is_reserved(item)]
        missing = max(0, seats - (len(ten) - len(others)))
        later = [item for item in left[of:] if is_reserved(item)][:missing]
        leaving = others[len(others) - len(later) :]
        seated += [item for item in ten if item not in leaving] + later
        left = leaving + [item for item in left[of:] if item not in later]
    return seated


def allocate(wanted: dict[str, int], limit: int) -> dict[str, int]:
    """Share the length: one of each kind in turn, until it or the rows are used up."""
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
    reason, behind = explanations.explain_list(row)
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
