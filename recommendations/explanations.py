"""Reasons in words, each true to the numbers that stand beside it."""

from typing import Any

from recommendations.queries import FollowCounts
from recommendations.scoring import ScoreParts
from spotifyweb.warehouse import Row

NUMBER_FIELDS = (
    *("plays", "distinct_days", "idle_days", "starts", "artist_plays"),
    *("artist_plays_last_30_days", "sessions_together", "sessions_a", "liked_at"),
)
DAYPART_SHARE = 0.6  # of at least three times: then it is "in your evenings"


def explain_next(
    parts: ScoreParts,
    *,
    source_name: str | None,
    followed: FollowCounts | None,
    artist_name: str | None,
    history: Row | None,
    weights: tuple[float, float],
) -> tuple[str, dict[str, Any]]:
    """Return why it may come next: the part that weighs most, in words; and all the numbers."""
    share, present = parts.artist_share * weights[0], parts.activation * weights[1]
    numbers: dict[str, Any] = {
        "transition": round(parts.transition, 4),
        "artist": round(share, 4),
        "activation": round(present, 4),
        "heard_in_this_session": parts.heard,
    }
    if history:
        numbers |= {"plays": history["plays"], "days": history["distinct_days"]}
    if followed:
        numbers |= {"times": followed.times, "within_two": followed.within_two}
        numbers |= {"before": followed.before}
    if parts.transition >= max(share, present) and parts.transition > 0:
        return _transition(source_name, followed), numbers
    if share >= present and share > 0 and artist_name:
        return _artist(artist_name, parts), numbers
    return _present(history), numbers


def _transition(source_name: str | None, followed: FollowCounts | None) -> str:
    """Explain a transition; where one's own sessions have none, the household's weigh."""
    name = source_name or "this track"
    if not followed or not (followed.times or followed.before):
        return f"Heard around {name} in the house's sessions"
    if not followed.times:
        return f"You heard it shortly before {name}{_times(followed.before)}"
    if followed.times == 1:
        return f"You once heard it soon after {name}"
    when = f" in your {part}" if (part := daypart(followed)) else ""
    how = "right after" if followed.within_two * 2 >= followed.times else "soon after"
    if followed.times == 2:
        return f"Twice {how} {name}"
    return f"Often {how} {name}{when} ({followed.times} times)"


def daypart(followed: FollowCounts) -> str:
    """Return the part of the day that holds most of the times; "" when none does."""
    most = max(followed.by_part, key=lambda part: followed.by_part[part], default="")
    share = followed.by_part.get(most, 0) / followed.times if followed.times else 0
    return most if followed.times >= 3 and share >= DAYPART_SHARE else ""


def _artist(artist_name: str, parts: ScoreParts) -> str:
    return (
        f"Also by {artist_name}: {parts.artist_share:.0%} of your plays of theirs are of this one"
    )


def _present(history: Row | None) -> str:
    if not history:
        return "Known in this house"
    plays, days = history["plays"], history["distinct_days"]
    heard = f"{_plural(plays, 'play')} on {_plural(days, 'day')}"
    return f"Among the tracks most present to you: {heard}"


def explain_pair(source_name: str | None, cooccurrence: float) -> str:
    """Return the baseline's reason."""
    name = source_name or "this track"
    return f"In {cooccurrence:.0%} of the hours with {name}"


def explain_list(row: Row) -> tuple[str, dict[str, Any]]:
    """Return why it stands in a listener's lists."""
    kind = row["kind"]
    words = {"household": _household, "rediscovery": _rediscovery}.get(kind, _new)
    return words(row), {name: row[name] for name in NUMBER_FIELDS if row[name]}


def _household(row: Row) -> str:
    return (
        f"Heard with {row['because_track_name'] or 'a track of yours'} in "
        f"{row['sessions_together']} of {row['sessions_a']} sessions of this house; new to you"
    )


def _new(row: Row) -> str:
    if row["liked_at"]:
        return f"You saved it on {row['liked_at']:%-d %B %Y} and have not played it yet"
    if row["starts"]:
        return f"You started it{_times(row['starts'])}, left within 30 seconds and never played it"
    month, ever = row["artist_plays_last_30_days"], row["artist_plays"]
    plays = f" {month} times in the last 30 days" if month > 1 else _times(ever)
    return f"By {row['artist_name']}, whom you played{plays}; you have not heard this one"


def _rediscovery(row: Row) -> str:
    days = _plural(row["distinct_days"], "day")
    return f"You played it on {days}; silent for {_plural(int(row['idle_days']), 'day')}"


def _times(count: int) -> str:
    return {1: " once", 2: " twice"}.get(count, f" {count} times")


def _plural(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"
