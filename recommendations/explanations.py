"""Reasons in words, each true to the numbers that stand beside it."""

from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from recommendations.parameters import Parameters
from recommendations.queries import FollowCounts
from recommendations.scoring import ScoreParts
from spotifyweb.warehouse import Row

NUMBER_FIELDS = (
    *("plays", "distinct_days", "idle_days", "starts", "artist_plays"),
    *("artist_plays_last_30_days", "sessions_together", "sessions_a", "liked_at"),
    *("released_on", "album_tracks", "album_tracks_played"),
)
OFTEN_DIRECTLY = {  # by part of the day
    "": _("Often right after %(name)s (%(times)s times)"),
    "mornings": _("Often right after %(name)s in the morning (%(times)s times)"),
    "afternoons": _("Often right after %(name)s in the afternoon (%(times)s times)"),
    "evenings": _("Often right after %(name)s in the evening (%(times)s times)"),
    "nights": _("Often right after %(name)s at night (%(times)s times)"),
}
OFTEN_SHORTLY = {
    "": _("Often follows %(name)s (%(times)s times)"),
    "mornings": _("Often follows %(name)s in the morning (%(times)s times)"),
    "afternoons": _("Often follows %(name)s in the afternoon (%(times)s times)"),
    "evenings": _("Often follows %(name)s in the evening (%(times)s times)"),
    "nights": _("Often follows %(name)s at night (%(times)s times)"),
}
DAYPART_SHARE = 0.6  # of at least three times: then it is "in your evenings"


def explain_next(
    parts: ScoreParts,
    *,
    source_name: str | None,
    followed: FollowCounts | None,
    playing: Row,  # its names; {} where they are not known
    before_name: str | None,  # of the track before it
    history: Row | None,
    parameters: Parameters,
) -> tuple[str, dict[str, Any]]:
    """Return why it may come next: the part that weighs most, in words; and all the numbers."""
    recent = parameters.recent_weight * parts.recent_plays / (1 + parts.recent_plays)
    weights = {
        "transition": parts.transition,
        "order": parts.order,
        "similar": parts.similar,
        "repeat": parts.repeat,
        "artist": parts.artist_share * parameters.artist_weight,
        "activation": parts.activation * parameters.activation_weight + recent,
    }
    numbers: dict[str, Any] = {name: round(weight, 4) for name, weight in weights.items()}
    numbers["heard_in_this_session"] = parts.heard_times > 0
    numbers |= _counts(parts, followed, history)
    name = playing.get("track_name")
    words = {
        "transition": lambda: _transition(source_name, followed),
        "order": lambda: _order(before_name, name, parts),
        "similar": lambda: _similar(name, parts),
        "repeat": lambda: _repeat(name, parts),
        "artist": lambda: _artist(playing.get("artist_name") or "", parts),
        "activation": lambda: _present(history),
    }
    return words[max(weights, key=lambda part: weights[part] or 0)](), numbers


def _counts(
    parts: ScoreParts, followed: FollowCounts | None, history: Row | None
) -> dict[str, int]:
    """Return how many plays are behind a reason."""
    order = parts.continuation
    numbers = {
        "after_both": order.pair_times,
        "in_similar_sessions": order.similar_times,
        "directly_after": order.direct_times,
    }
    numbers = {name: times for name, times in numbers.items() if times}
    if history:
        numbers |= {"plays": history["plays"], "days": history["distinct_days"]}
    if followed:
        numbers |= {"times": followed.times, "within_two": followed.within_two}
        numbers |= {"before": followed.before}
    return numbers


def _order(before_name: str | None, name: str | None, parts: ScoreParts) -> str:
    times = parts.continuation.pair_times
    return ngettext(
        "After %(before)s and then %(name)s you went on with this once",
        "After %(before)s and then %(name)s you went on with this %(times)s times",
        times,
    ) % {"before": before_name or gettext("this track"), "name": name, "times": times}


def _similar(name: str | None, parts: ScoreParts) -> str:
    times = parts.continuation.similar_times
    return ngettext(
        "Played once after %(name)s in a session like this",
        "Played %(times)s times after %(name)s in sessions like this",
        times,
    ) % {"name": name or gettext("this track"), "times": times}


def _repeat(name: str | None, parts: ScoreParts) -> str:
    times = parts.continuation.direct_times
    return ngettext(
        "Played once right after %(name)s, not long ago",
        "Played %(times)s times right after %(name)s, also lately",
        times,
    ) % {"name": name or gettext("this track"), "times": times}


def _transition(source_name: str | None, followed: FollowCounts | None) -> str:
    """Explain a transition; where one's own sessions have none, the household's weigh."""
    name = {"name": source_name or gettext("this track")}
    if not followed or not (followed.times or followed.before):
        return gettext("Played near %(name)s by others in your household") % name
    if not followed.times:
        return ngettext(
            "Once played just before %(name)s",
            "Played just before %(name)s %(times)s times",
            followed.before,
        ) % (name | {"times": followed.before})
    is_direct = followed.within_two * 2 >= followed.times
    if followed.times == 1:
        return gettext("Played once shortly after %(name)s") % name
    if followed.times == 2:
        twice = {
            True: gettext("Played twice right after %(name)s"),
            False: gettext("Played twice shortly after %(name)s"),
        }
        return twice[is_direct] % name
    often = OFTEN_DIRECTLY if is_direct else OFTEN_SHORTLY
    return str(often[daypart(followed)]) % (name | {"times": followed.times})


def daypart(followed: FollowCounts) -> str:
    """Return the part of the day that holds most of the times; "" when none does."""
    most = max(followed.by_part, key=lambda part: followed.by_part[part], default="")
    share = followed.by_part.get(most, 0) / followed.times if followed.times else 0
    return most if followed.times >= 3 and share >= DAYPART_SHARE else ""


def _artist(artist_name: str, parts: ScoreParts) -> str:
    return gettext("By %(artist)s: %(share)s of your plays of %(artist)s are this track") % {
        "artist": artist_name,
        "share": f"{parts.artist_share:.0%}",
    }


def _present(history: Row | None) -> str:
    if not history:
        return gettext("Played in your household")
    plays, days = history["plays"], history["distinct_days"]
    return gettext("One of your most played lately: %(plays)s on %(days)s") % {
        "plays": ngettext("%(count)s play", "%(count)s plays", plays) % {"count": plays},
        "days": _days(days),
    }


def explain_pair(source_name: str | None, cooccurrence: float) -> str:
    """Return the baseline's reason."""
    return gettext("Played in %(share)s of the hours in which you played %(name)s") % {
        "share": f"{cooccurrence:.0%}",
        "name": source_name or gettext("this track"),
    }


def explain_list(row: Row) -> tuple[str, dict[str, Any]]:
    """Return why it stands in a listener's lists."""
    kind = row["kind"]
    words = {
        "household": _household,
        "second_chance": _second_chance,
        "rediscovery": _rediscovery,
    }.get(kind, _new)
    return words(row), {name: row[name] for name in NUMBER_FIELDS if row[name]}


def _household(row: Row) -> str:
    """Explain by co-occurrence, of which a session is an hour by the clock (UTC)."""
    return ngettext(
        "Played with %(name)s in %(both)s of %(all)s one-hour session in your household",
        "Played with %(name)s in %(both)s of %(all)s one-hour sessions in your household",
        row["sessions_a"],
    ) % {
        "name": row["because_track_name"] or gettext("one of your tracks"),
        "both": row["sessions_together"],
        "all": row["sessions_a"],
    }


def _second_chance(row: Row) -> str:
    if row["liked_at"]:
        date = date_format(row["liked_at"], "DATE_FORMAT")
        return gettext("Saved on %(date)s, not played yet") % {"date": date}
    return ngettext(
        "Skipped once, never played",
        "Skipped %(times)s times, never played",
        row["starts"],
    ) % {"times": row["starts"]}


def _new(row: Row) -> str:
    if row["released_on"]:
        return ngettext(
            "Released on %(date)s by %(artist)s, whom you played once",
            "Released on %(date)s by %(artist)s, whom you played %(times)s times",
            row["artist_plays"],
        ) % {
            "date": date_format(row["released_on"], "DATE_FORMAT"),
            "artist": row["artist_name"],
            "times": row["artist_plays"],
        }
    if row["album_tracks_played"] and row["album_name"]:
        return gettext(
            "You played %(played)s of the %(all)s tracks on %(album)s, but never this one"
        ) % {
            "played": row["album_tracks_played"],
            "all": row["album_tracks"],
            "album": row["album_name"],
        }
    month, ever = row["artist_plays_last_30_days"], row["artist_plays"]
    if month > 1:
        return gettext(
            "You played %(artist)s %(times)s times in the last 30 days, but never this track"
        ) % {"artist": row["artist_name"], "times": month}
    return ngettext(
        "You played %(artist)s once, but never this track",
        "You played %(artist)s %(times)s times, but never this track",
        ever,
    ) % {"artist": row["artist_name"], "times": ever}


def _rediscovery(row: Row) -> str:
    return gettext("Played on %(days)s, last %(idle)s ago") % {
        "days": _days(row["distinct_days"]),
        "idle": _idle(int(row["idle_days"])),
    }


def _days(count: int) -> str:
    number = number_format(count, force_grouping=True)
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": number}


def _idle(days: int) -> str:
    """Return days, and whole years from two on: nobody reckons in 1,804 days."""
    years = days // 365
    return _days(days) if years < 2 else gettext("%(count)s years") % {"count": years}
