"""Words, small numbers and buttons of pages that show recommendations."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from recommendations import cache
from recommendations.discover.sections import Playlist
from recommendations.feedback import LATER_DAYS
from recommendations.lists import UNHEARD

register = template.Library()

ANY_TRACK = {"track_id": "TRACK_ID", "track_name": "TRACK_NAME", "url": "TRACK_ID"}
MISSING = {
    "": _("Recommendations are based on your plays. Listen for a while or import your history."),
    "household": _(
        "Join the household to get these. They need other members who play some of your tracks."
    ),
    "new": _(
        "These are tracks you have never started, by artists you play. New releases and albums are "
        "looked up a few times an hour."
    ),
    "second_chance": _("These are tracks you saved or left early, but never played."),
    "rediscovery": _("These are tracks you played before, but not in the last 30 days."),
}
WORDS = {
    "transition": _("From the previous track"),
    "artist": _("From the artist"),
    "activation": _("Recency"),
    "plays": _("Plays"),
    "days": _("Days played"),
    "distinct_days": _("Days played"),
    "idle_days": _("Days since last play"),
    "times": _("Times after that track"),
    "within_two": _("Directly after"),
    "before": _("Times before that track"),
    "starts": _("Skips"),
    "artist_plays": _("Artist plays"),
    "artist_plays_last_30_days": _("Artist plays in 30 days"),
    "released_on": _("Released on"),
    "album_tracks": _("Tracks on the album"),
    "album_tracks_played": _("Of them played"),
    "sessions_together": _("Hours with both"),
    "sessions_a": _("Hours with your track"),
    "liked_at": _("Saved on"),
    "cooccurrence_score": _("Share of hours together"),
    "heard_in_this_session": _("Played in this session"),
}


@register.filter
def kind_requirements(kind: str) -> str:
    """Return what a kind needs before it has rows."""
    return str(MISSING.get(kind, MISSING[""]))


@register.filter
def number_label(name: str) -> str:
    return str(WORDS.get(name, name.replace("_", " ")))


@register.filter
def format_number(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, float):
        return f"{value:.0f}" if value >= 10 else f"{value:.3g}"
    return str(value)[:10] if isinstance(value, str) else str(value)


@register.inclusion_tag("recommendations/feedback_buttons.html", takes_context=True)
def feedback_buttons(context: Any, recommendation: Mapping[str, Any]) -> dict[str, Any]:
    """Render buttons for feedback: up, down, known where it is shown as new, and a menu.

    The menu has what is pressed more seldom: add to the queue, not now, never.
    """
    section = getattr(context.get("section"), "name", "")
    return {
        "is_unheard": section in UNHEARD,
        "track_id": recommendation["track_id"],
        "track_name": recommendation["track_name"],
        "feedback": recommendation.get("verdict", ""),
        "days": LATER_DAYS,
        "is_on_spotify": bool(recommendation.get("url")),
        "next": f"{context['request'].get_full_path()}{_anchor(recommendation['track_id'])}",
        "next_if_hidden": f"{context['request'].get_full_path()}{_anchor_before(context)}",
        "csrf_token": context.get("csrf_token"),
    }


def _anchor(track_id: str) -> str:
    """Return where its card is on a page; none for cards of a page's script."""
    return "" if track_id == ANY_TRACK["track_id"] else f"#track-{track_id}"


def _anchor_before(context: Any) -> str:
    """Return where the card before the loop's is, which stays when this one is hidden."""
    section, number = context.get("section"), context.get("forloop", {}).get("counter0", 0)
    if not section:
        return ""
    return _anchor(section.rows[number - 1]["track_id"]) if number else f"#{section.name}"


@register.simple_tag
def any_track() -> dict[str, str]:
    """Return a recommendation whose track a page's script fills in."""
    return ANY_TRACK


@register.inclusion_tag("recommendations/playlist.html", takes_context=True)
def playlist_buttons(
    context: Any, rows: Iterable[Mapping[str, Any]], name: str | Promise, *, anchor: str
) -> dict[str, Any]:
    """Render buttons that save tracks as a playlist and copy them as links."""
    return {
        "anchor": anchor,
        "playlist": Playlist.of(rows, name=str(name)),
        "request": context["request"],
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag
def new_press() -> str:
    """Return what tells one press of a button from another that was sent again."""
    return secrets.token_urlsafe(16)


@register.filter
def aria_pressed(kind: str, which: str) -> str:
    return "true" if kind == which else "false"


@register.filter
def score_of_100(score: float) -> int:
    """Return a score on the scale of 0 to 100."""
    return max(0, min(100, round(score)))


@register.simple_tag
def figures_of_day() -> str:
    """Return how many lists were computed in the last 24 hours, and how often one lay ready."""
    counts = cache.day_counts(now=timezone.now())
    if counts is None or counts.hit_rate is None:
        return gettext("Last 24 hours: no lists generated, no cache hit rate")
    values = {"count": counts.misses, "rate": f"{counts.hit_rate:.0%}"}
    words = ngettext(
        "Last 24 hours: %(count)s list of recommendations generated, cache hit rate %(rate)s",
        "Last 24 hours: %(count)s lists of recommendations generated, cache hit rate %(rate)s",
        counts.misses,
    )
    return words % values


@register.simple_tag
def now_words() -> dict[str, object]:
    """Return the words that `static/js/now.js` shows."""
    return {
        "offline": _("Connection lost. Reconnecting…"),
        "gone": _("You logged out or disconnected Spotify. Log in to see what is playing."),
        "start": _("the start"),
        "cover": _("Cover of %(name)s"),
        "ago": {
            "second": [_ago_second(n) for n in (1, 2)],
            "minute": [_ago_minute(n) for n in (1, 2)],
            "hour": [_ago_hour(n) for n in (1, 2)],
        },
        "idle": _("Suggestions appear here while a track plays."),
        "none": _("No suggestions for this track yet."),
        "failed": _("Suggestions could not be loaded. The next track tries again."),
        "parts": _("%(name)s: co-occurrence %(cooccurrence)s, affinity %(affinity)s"),
        "score": _("Score %(score)s of 100"),
        "preview": _("Preview %(name)s"),
        "track": _("this track"),
        "player": _("Spotify player"),
        "noAnswer": _("The server did not respond."),
    }


def _ago_second(n: int) -> str:
    return ngettext("Last updated %(n)s second ago", "Last updated %(n)s seconds ago", n)


def _ago_minute(n: int) -> str:
    return ngettext("Last updated %(n)s minute ago", "Last updated %(n)s minutes ago", n)


def _ago_hour(n: int) -> str:
    return ngettext("Last updated %(n)s hour ago", "Last updated %(n)s hours ago", n)
