"""Payload of a player's state for its page, the same for the first paint and for the socket.

Times stand in a sentence as {since} and {until}: the script puts in the browser's time, the first
paint that of the listener's zone. `age_ms` is how old the progress is: browsers' clocks are not
ours.
"""

from datetime import datetime, timedelta, tzinfo
from typing import Any

from django.core.cache import cache
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nowplaying.models import Kind, Playback
from nowplaying.models import PlayerProblem as Problem
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.events import from_rfc3339, rfc3339
from spotifyweb.spotify import images
from spotifyweb.text import clock, time_in_zone

OVERDUE = timedelta(seconds=30)  # so long a poll may take
BUILD_KEY = "newest-build"  # in the cache: a page that was away at its publication sees it too
ITEM_FIELDS = ("track_id", "track_name", "artist_name", "artist_id", "album_name", "duration_ms")
LINK_FIELDS = ("content_type", "image_url", "url")
STATUS = {  # of a content type: while it plays, while it is paused
    "track": (_("Playing"), _("Paused")),
    "episode": (_("Podcast, playing"), _("Podcast, paused")),
    "chapter": (_("Audiobook, playing"), _("Audiobook, paused")),
}
WITHOUT_ITEM: dict[str, tuple[Promise, Promise]] = {  # title and the line below it
    Kind.NOTHING: (
        _("Nothing is playing"),
        _("Play something on Spotify and it appears here."),
    ),
    Kind.AD: (_("Advertisement"), _("Music resumes shortly.")),
    Kind.PRIVATE: (_("Private session"), _("Nothing is recorded.")),
    Kind.UNKNOWN: (_("Unknown item"), _("Spotify does not name what is playing.")),
}
PROBLEM_TEXTS: dict[str, Promise] = {
    Problem.UNREACHABLE: _("Spotify has not responded since {since}. Retrying automatically."),
    Problem.BLOCKED: _("Spotify asked us to wait until {until}. Last updated {since}."),
    Problem.BUDGET: _("Today's limit of Spotify requests is reached. Next update at {until}."),
    Problem.NEEDS_LOGIN: _(
        "Your Spotify permission has expired. Log in again to continue; your data is kept."
    ),
    Problem.REFUSED: _("Spotify has refused requests since {since}. See the status page."),
    Problem.LOG: _("Your history can't be saved right now. New plays are kept and saved later."),
    Connection.DISCONNECTED: _("You are not connected to Spotify."),
    Connection.LOCAL: _("You are not connected to Spotify."),
}


def state_for(listener_pk: int, *, now: datetime) -> dict[str, Any] | None:
    """Return the state to show this listener; None for one who may not see any more."""
    listener = Listener.objects.filter(pk=listener_pk, is_active=True).first()
    if listener is None:
        return None
    playback = Playback.objects.filter(pk=listener_pk).select_related("listener").first()
    state = state_of(playback or Playback(listener=listener), now=now)
    return state | {"build_id": cache.get(BUILD_KEY)}


def fresh_state(listener_pk: int, *, now: datetime) -> dict[str, Any] | None:
    """Return the state for others, without problems; None when it may be old."""
    fresh = Playback.objects.filter(due_at__gt=now - OVERDUE, observed_at__isnull=False)
    playback = fresh.filter(pk=listener_pk).select_related("listener").first()
    if playback is None or problem_of(playback) not in {"", Problem.LOG}:
        return None
    return state_of(playback, now=now)


def state_of(playback: Playback, *, now: datetime) -> dict[str, Any]:
    """Return what a page shows of a player."""
    item = playback.item
    title, subtitle = title_of(playback)
    problem = problem_of(playback)
    age = now - playback.observed_at if playback.observed_at else None
    return {
        "kind": playback.kind,
        "is_playing": playback.is_playing,
        "status": status_of(playback),
        "title": title,
        "subtitle": subtitle,
        "album": album_of(playback),
        "item": shown_item(item) if item else None,
        # of a device that reports no position, or zero throughout, what was heard stands in
        "progress_ms": playback.progress_ms or playback.heard_ms or playback.progress_ms,
        "age_ms": max(0, int(age.total_seconds() * 1000)) if age else 0,
        "device_type": playback.device_type,
        "device_name": playback.device_name,
        "started_at": rfc3339_or_none(playback.started_at),
        "observed_at": rfc3339_or_none(playback.observed_at),
        "changed_at": rfc3339_or_none(playback.changed_at),
        "trouble": problem,
        "trouble_words": str(PROBLEM_TEXTS.get(problem, "")),
        "due_at": rfc3339_or_none(playback.due_at),
    }


def shown_item(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item's fields for a page, with its cover in the sizes that pages show."""
    shown = {name: item.get(name) for name in (*ITEM_FIELDS, *LINK_FIELDS)}
    url = item.get("image_url")
    return shown | {
        "thumbnail_url": images.file_address(url, 64) if url else None,
        "large_image_url": images.file_address(url, 600) if url else None,
    }


def status_of(playback: Playback) -> str:
    if playback.item is None:
        return ""
    playing, paused = STATUS.get(playback.item.get("content_type") or "", STATUS["track"])
    return str(playing if playback.is_playing else paused)


def title_of(playback: Playback) -> tuple[str, str]:
    if playback.item is None:
        title, subtitle = WITHOUT_ITEM.get(playback.kind, WITHOUT_ITEM[Kind.UNKNOWN])
        return str(title), str(subtitle)
    return playback.item.get("track_name") or "", playback.item.get("artist_name") or ""


def album_of(playback: Playback) -> str:
    """Return the album, unless it is just the name of the show once more."""
    item = playback.item or {}
    album = item.get("album_name") or ""
    return "" if album == item.get("artist_name") else album


def problem_of(playback: Playback) -> str:
    """Return the account's own problem, wherever it was noticed, before the player's."""
    connection = playback.listener.connection
    return playback.trouble if connection == Connection.CONNECTED else connection


def rfc3339_or_none(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None


def first_paint_times(state: dict[str, Any], zone: tzinfo, *, now: datetime) -> dict[str, str]:
    """Return what the page shows in the listener's zone until its script runs, if it ever does."""
    since, until = (
        time_in_zone(from_rfc3339(moment), zone, now=now) if moment else ""
        for moment in (state["observed_at"], state["due_at"])
    )
    start = gettext("the start")
    words = state["trouble_words"].format(since=since or start, until=until or start)
    return {"observed_time": since, "trouble": words}


def position_ms(state: dict[str, Any]) -> int | None:
    """Return where the item is by now, as the script goes on to show it."""
    if state["progress_ms"] is None:
        return None
    moved = state["age_ms"] if state["is_playing"] else 0
    length = (state["item"] or {}).get("duration_ms") or state["progress_ms"] + moved
    return int(min(state["progress_ms"] + moved, length))


def template_context(state: dict[str, Any]) -> dict[str, Any]:
    """Return what a template shows of a state, complete without a script."""
    at_ms = position_ms(state)
    return {
        "state": state,
        "item": state["item"],
        "position_ms": at_ms or 0,
        "position": clock(at_ms),
        "length": clock((state["item"] or {}).get("duration_ms")),
    }
