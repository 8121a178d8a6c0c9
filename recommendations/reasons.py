"""Reasons in words, each true to the numbers that stand beside it."""

from typing import Any

from recommendations.gold import Followed
from recommendations.ranking import Parts
from spotifyweb.warehouse import Row

SHOWN = (
    *("plays", "distinct_days", "idle_days", "starts", "artist_plays"),
    *("artist_plays_last_30_days", "sessions_together", "sessions_a", "liked_at"),
)
MOSTLY = 0.6  # of at least three times: then it is "in your evenings"


def of_next(
    parts: Parts,
    *,
    source_name: str | None,
    followed: Followed | None,
    artist_name: str | None,
    history: Row | None,
    weights: tuple[float, float],
) -> tuple[str, dict[str, Any]]:
    """Why it may come next: the part that weighs most, in words; and all the numbers."""
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
    if parts.transition >= max(share, present) and parts.transition > 0:
        return _transition(source_name, followed), numbers
    if share >= present and share > 0 and artist_name:
        return _artist(artist_name, parts), numbers
    return _present(history), numbers


def _transition(source_name: str | None, followed: Followed | None) -> str:
    name = source_name or "this track"
    if not followed or not followed.times:
        return f"Heard around {name} in this house's sessions"
    if followed.times == 1:
        return f"You once heard it soon after {name}"
    when = f" in your {part}" if (part := daypart(followed)) else ""
    how = "right after" if followed.within_two * 2 >= followed.times else "soon after"
    often = "Often" if followed.times >= 3 else "Twice"
    return f"{often} {how} {name}{when} ({followed.times} times)"


def daypart(followed: Followed) -> str:
    """The part of the day that holds most of the times; "" when none does."""
    most = max(followed.by_part, key=lambda part: followed.by_part[part], default="")
    share = followed.by_part.get(most, 0) / followed.times if followed.times else 0
    return most if followed.times >= 3 and share >= MOSTLY else ""


def _artist(artist_name: str, parts: Parts) -> str:
    return f"By {artist_name}, like what plays: {parts.artist_share:.0%} of your plays of theirs"


def _present(history: Row | None) -> str:
    if not history:
        return "Heard much in this house"
    plays, days = history["plays"], history["distinct_days"]
    return f"Much on your mind: {plays} plays on {days} day{'s' if days != 1 else ''}"


def of_pair(source_name: str | None, cooccurrence: float) -> str:
    """The baseline's reason."""
    name = source_name or "this track"
    return f"In {cooccurrence:.0%} of the hours with {name}"


def of_list(row: Row) -> tuple[str, dict[str, Any]]:
    """Why it stands in a listener's lists."""
    kind = row["kind"]
    words = {"house": _house, "rediscovery": _rediscovery}.get(kind, _new)
    return words(row), {name: row[name] for name in SHOWN if row[name]}


def _house(row: Row) -> str:
    return (
        f"Heard with {row['because_track_name'] or 'a track of yours'} in "
        f"{row['sessions_together']} of {row['sessions_a']} sessions of this house; new to you"
    )


def _new(row: Row) -> str:
    if row["liked_at"]:
        return f"You saved it on {row['liked_at']:%-d %B %Y} and have not played it yet"
    if row["starts"]:
        times = "once" if row["starts"] == 1 else f"{row['starts']} times"
        return f"You started it {times}, left within 30 seconds and never played it"
    month, ever = row["artist_plays_last_30_days"], row["artist_plays"]
    plays = f"{month} times this month" if month > 1 else f"{ever} times"
    plays = "once" if ever == 1 else plays
    return f"By {row['artist_name']}, whom you played {plays}; you have not heard this one"


def _rediscovery(row: Row) -> str:
    days = row["distinct_days"]
    return (
        f"You played it on {days} day{'s' if days != 1 else ''}; "
        f"silent for {int(row['idle_days'])} days"
    )
