"""Words, small numbers and buttons of pages that show recommendations."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from recommendations.feedback import LATER_DAYS
from spotifyweb.text import time_in_utc

register = template.Library()

MEANINGS = {
    "household": "with your tracks in the house's sessions; new to you",
    "new": "never played by you",
    "rediscovery": "favourites silent for a month or more",
}
MISSING = {
    "": "They are made from your plays: listen for a while, or read in your history.",
    "household": "This kind is for who joined the house: it needs others who joined, and sessions "
    "of theirs that share tracks with yours.",
    "new": "This kind needs tracks you have not played: liked ones, ones you left early, or other "
    "tracks by your artists that are known here.",
    "rediscovery": "This kind needs tracks you played and have not heard for 30 days.",
}
WORDS = {
    "transition": "From what played before",
    "artist": "From its artist",
    "activation": "From how present it is",
    "plays": "Plays",
    "days": "Days heard",
    "distinct_days": "Days heard",
    "idle_days": "Days silent",
    "times": "Times after that track",
    "within_two": "Of them within two tracks",
    "before": "Times before that track",
    "starts": "Starts left early",
    "artist_plays": "Plays of the artist",
    "artist_plays_last_30_days": "Of them in 30 days",
    "sessions_together": "Sessions with both",
    "sessions_a": "Sessions with yours",
    "liked_at": "Saved",
    "cooccurrence_score": "Share of hours together",
    "heard_in_this_session": "Heard in this session",
}


@register.filter
def kind_description(kind: str) -> str:
    return MEANINGS.get(kind, "")


@register.filter
def kind_requirements(kind: str) -> str:
    """Return what a kind needs before it has rows."""
    return MISSING.get(kind, MISSING[""])


@register.filter
def number_label(name: str) -> str:
    return WORDS.get(name, name.replace("_", " "))


@register.filter
def format_number(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.0f}" if value >= 10 else f"{value:.3g}"
    return str(value)[:10] if isinstance(value, str) else str(value)


@register.inclusion_tag("recommendations/feedback_buttons.html", takes_context=True)
def feedback_buttons(context: Any, recommendation: Mapping[str, Any]) -> dict[str, Any]:
    """Render buttons for feedback: up, down, not now, never."""
    return {
        "track_id": recommendation["track_id"],
        "track_name": recommendation["track_name"],
        "feedback": recommendation.get("verdict", ""),
        "days": LATER_DAYS,
        "next": context["request"].get_full_path(),
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag
def any_track() -> dict[str, str]:
    """Return a recommendation whose track a page's script fills in."""
    return {"track_id": "TRACK_ID", "track_name": "TRACK_NAME"}


@register.filter
def aria_pressed(kind: str, which: str) -> str:
    return "true" if kind == which else "false"


@register.filter
def percent(score: float) -> int:
    """Return a width in percent."""
    return max(0, min(100, round(score)))


@register.filter
def clock_of(moment: str) -> str:
    return time_in_utc(datetime.fromisoformat(moment), now=timezone.now())
