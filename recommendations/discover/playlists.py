"""Save a list of tracks as a private playlist of the listener at Spotify."""

import hashlib
from contextlib import suppress
from datetime import datetime

import redis
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from recommendations.serializers import is_track_id
from spotifyweb import clients
from spotifyweb.accounts import scoped_actions, tokens
from spotifyweb.accounts.models import Listener
from spotifyweb.accounts.scoped_actions import ActionRefused
from spotifyweb.spotify import errors, payloads
from spotifyweb.spotify.client import SpotifyClient

SAVE = "save_playlist"
SCOPE = "playlist-modify-private"
LONGEST_NAME = 100
MOST_TRACKS = 500
UNFILLED_SECONDS = 60 * 60  # in which the next attempt fills a playlist that was created


def register() -> None:
    scoped_actions.register(SAVE, scope=SCOPE, perform=save)


def values_of(name: str, track_ids: str) -> dict[str, str]:
    """Return what `save` needs, of a form: a short name, and ids that Spotify can have."""
    known = [each for each in track_ids.split(",") if is_track_id(each) and ":" not in each]
    unique = list(dict.fromkeys(known))[:MOST_TRACKS]
    return {"name": name.strip()[:LONGEST_NAME] or "Discover", "tracks": ",".join(unique)}


def save(listener: Listener, values: dict[str, str], now: datetime) -> str:
    """Create the playlist and return a sentence. Raises SpotifyError or ActionRefused."""
    track_ids = values["tracks"].split(",") if values["tracks"] else []
    if not track_ids:
        raise ActionRefused(
            gettext("There is nothing to save: none of these tracks is on Spotify.")
        )
    playlist_id = _create(listener, values, now=now)
    try:
        missing = tokens.call_spotify(
            listener, lambda client: client.fill_playlist(playlist_id, track_ids), now=now
        )
    except errors.RateLimited as error:
        until = scoped_actions.retry_time(error, listener, now=now)
        raise ActionRefused(_unfilled_sentence(values["name"], until=until)) from error
    except errors.SpotifyError as error:
        raise ActionRefused(_unfilled_sentence(values["name"])) from error
    _forget(listener, values)
    count = len(track_ids) - len(missing)
    if not count:
        raise ActionRefused(_empty_sentence(values["name"]))
    success = _success_sentence(values["name"], playlist_id, count)
    return format_html("{}{}", success, _missing_sentence(len(missing)))


def _create(listener: Listener, values: dict[str, str], *, now: datetime) -> str:
    """Return the id of a new playlist, or of one that an earlier attempt did not fill."""
    stored = clients.redis_client().get(_unfilled_key(listener, values))
    if isinstance(stored, bytes):
        return stored.decode()

    def create(client: SpotifyClient) -> str:
        description = gettext("Saved from Liner")
        return payloads.playlist_id(client.create_playlist(values["name"], description=description))

    try:
        playlist_id = tokens.call_spotify(listener, create, now=now)
    except payloads.PayloadError as error:
        raise errors.BadAnswer(str(error)) from None
    with suppress(redis.RedisError):  # then the next attempt creates another one
        key = _unfilled_key(listener, values)
        clients.redis_client().set(key, playlist_id, ex=UNFILLED_SECONDS)
    return playlist_id


def _forget(listener: Listener, values: dict[str, str]) -> None:
    with suppress(redis.RedisError):
        clients.redis_client().delete(_unfilled_key(listener, values))


def _unfilled_key(listener: Listener, values: dict[str, str]) -> str:
    text = f"{values['name']}\x1f{values['tracks']}".encode()
    return f"playlist:{listener.pk}:{hashlib.blake2b(text, digest_size=16).hexdigest()}"


def _success_sentence(name: str, playlist_id: str, count: int) -> str:
    return format_html(
        '{} <a href="https://open.spotify.com/playlist/{}" target="_blank" rel="noopener">{}</a>',
        ngettext(
            "Saved %(count)s track as the private playlist “%(name)s”.",
            "Saved %(count)s tracks as the private playlist “%(name)s”.",
            count,
        )
        % {"count": count, "name": name},
        playlist_id,
        gettext("Open in Spotify"),
    )


def _empty_sentence(name: str) -> str:
    return gettext(
        "None of these tracks is on Spotify any more. The private playlist “%(name)s” was created,"
        " but is empty."
    ) % {"name": name}


def _missing_sentence(count: int) -> str:
    """Return how many tracks Spotify does not have, "" for none."""
    sentence = ngettext(
        "%(count)s track is not on Spotify any more and was left out.",
        "%(count)s tracks are not on Spotify any more and were left out.",
        count,
    )
    return format_html(" {}", sentence % {"count": count}) if count else ""


def _unfilled_sentence(name: str, *, until: str = "") -> str:
    """Return what is missing, and when to press again."""
    created = gettext(
        "The private playlist “%(name)s” was created, but Spotify did not add all tracks."
    ) % {"name": name}
    again = gettext("Press the button again to complete it.")
    if until:
        again = gettext("Press the button again after %(time)s to complete it.") % {"time": until}
    return f"{created} {again}"
