"""Call Spotify's Web API through spotipy, made safe.

spotipy on its own sleeps on Retry-After inside the thread, loses that header, reports exhausted 5xx
as a 429, and raises AttributeError for `{"error": "text"}`. A plain `requests.Session` avoids the
first three; `_ask` translates everything into `errors`. Nothing here waits, retries or logs a
token.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import requests
import spotipy

from spotifyweb import bounds
from spotifyweb.spotify import connections, errors

TIMEOUT = (3.05, 10)  # seconds to connect, seconds of silence
PLAYLIST_CALL = 100  # tracks that Spotify adds in a call
ALBUM_PAGE = 10  # the most in development mode of 2026: more answers 400 "Invalid limit"
ITEM_TYPES = "track,episode"  # without it an episode comes as an empty item

Body = dict[str, Any]


class QuotaGuard(Protocol):
    """What `quota.Quota` does for a call: refuse it beforehand, learn from its failure."""

    def check(self, family: str, *, user_id: str = "") -> None: ...

    def note(self, error: errors.RateLimited, *, family: str) -> None: ...


class LastAnswer:
    """The status of a session's last answer, whose body it bounds.

    It knows no client: a hook that did would be a cycle, and keep a client that nobody has any more
    until Python looks for cycles, which may be hours.
    """

    def __init__(self) -> None:
        self.status = 0

    def note(self, response: requests.Response, *_: object, **__: object) -> None:
        self.status = 204 if not response.content and response.ok else response.status_code
        try:
            bounds.check_json(response.content)
        except bounds.OutOfBounds:
            response._content = b""  # as if there were none: spotipy's parser must not see it


class SpotifyClient:
    """A client for one listener. Every method raises `errors.SpotifyError` and nothing else."""

    def __init__(
        self, access_token: str, *, api_url: str, guard: QuotaGuard, user_id: str = ""
    ) -> None:
        self._last = LastAnswer()
        session = connections.session()
        session.hooks["response"].append(self._last.note)
        self._spotipy = spotipy.Spotify(
            auth=access_token, requests_session=session, requests_timeout=TIMEOUT
        )
        self._spotipy.prefix = api_url.rstrip("/") + "/"
        self._api_url = self._spotipy.prefix
        self._guard = guard
        self._user_id = user_id

    def me(self) -> Body:
        return self._full("profile", self._spotipy.me)

    def recently_played(self, *, after_ms: int | None = None) -> Body:
        """Return the newest 50 plays at most: Spotify keeps no more."""
        return self._full(
            "recently_played",
            lambda: self._spotipy.current_user_recently_played(limit=50, after=after_ms),
        )

    def currently_playing(self) -> Body | None:
        """Return what plays, without the device; None where nothing does."""
        return self._playing(lambda: self._spotipy.currently_playing(additional_types=ITEM_TYPES))

    def player(self) -> Body | None:
        """Return what plays and on which device; None where nothing does."""
        return self._playing(lambda: self._spotipy.current_playback(additional_types=ITEM_TYPES))

    def saved_tracks(self, *, limit: int = 50, offset: int = 0) -> Iterator[Body]:
        """Yield pages of liked tracks, newest first; each page is fetched when it is needed."""
        page = self._full(
            "library", lambda: self._spotipy.current_user_saved_tracks(limit=limit, offset=offset)
        )
        yield page
        while address := next_page(page):
            link = {"next": self._on_api_host(address)}
            page = self._full("library", partial(self._spotipy.next, link))
            yield page

    def track(self, track_id: str) -> Body:
        return self._full("catalogue", lambda: self._spotipy.track(track_id))

    def album(self, album_id: str) -> Body:
        return self._full("catalogue", lambda: self._spotipy.album(album_id))

    def artist(self, artist_id: str) -> Body:
        return self._full("catalogue", lambda: self._spotipy.artist(artist_id))

    def artist_albums(self, artist_id: str, *, group: str, offset: int = 0) -> Body:
        """Return a page of one group (album or single), the newest first.

        Several groups come one after another (github.com/spotify/web-api/issues/1002). The call has
        a family of its own: about 100 in minutes blocked it for a day, and nothing else.
        """
        return self._full(
            "artist_albums",
            lambda: self._spotipy.artist_albums(
                artist_id, include_groups=group, limit=ALBUM_PAGE, offset=offset
            ),
        )

    def create_playlist(self, name: str, *, description: str = "") -> Body:
        """Create an empty private playlist. Raises MissingScope without playlist-modify-private."""
        return self._full(
            "playlists",
            lambda: self._spotipy.current_user_playlist_create(
                name, public=False, description=description
            ),
        )

    def fill_playlist(self, playlist_id: str, track_ids: Sequence[str]) -> list[str]:
        """Make these the tracks of a playlist, in as many calls as PLAYLIST_CALL requires.

        The first call that is taken replaces what an earlier attempt left there, so it may be
        repeated. Returns the tracks that Spotify does not have: one of them makes it refuse a
        whole call (github.com/spotify/web-api/issues/1465), which is then repeated in halves.
        """
        missing: list[str] = []
        calls = [
            track_ids[at : at + PLAYLIST_CALL] for at in range(0, len(track_ids), PLAYLIST_CALL)
        ]
        send = self._spotipy._put
        while calls:
            call = calls.pop(0)
            try:
                self._send_items(send, playlist_id, call)
                send = self._spotipy._post
            except errors.BadRequest:
                half = len(call) // 2
                if half:
                    calls[:0] = call[:half], call[half:]
                else:
                    missing += call
        return missing

    def _send_items(
        self, send: Callable[..., Any], playlist_id: str, track_ids: Sequence[str]
    ) -> None:
        """Replace the tracks by PUT, or append some by POST."""
        body = {"uris": [f"spotify:track:{each}" for each in track_ids]}
        # spotipy sends a bare list, which is not described
        self._full("playlists", partial(send, f"playlists/{playlist_id}/items", payload=body))

    def add_to_queue(self, track_id: str) -> None:
        """Add a track behind what the active device plays; Spotify takes one track a call.

        Answers are 204, or 200 with a text that is no JSON. Raises NoActiveDevice,
        PremiumRequired, and MissingScope without user-modify-playback-state.
        """
        self._call("queue", lambda: self._spotipy.add_to_queue(f"spotify:track:{track_id}"))

    def _playing(self, call: Callable[[], Any]) -> Body | None:
        try:
            return self._ask("player", call)
        except errors.NotFound:  # how Spotify said "nothing" in older days
            return None

    def _full(self, family: str, call: Callable[[], Any]) -> Body:
        body = self._ask(family, call)
        if body is None:
            raise errors.BadAnswer(f"Spotify answered {self._last.status} without content")
        return body

    def _ask(self, family: str, call: Callable[[], Any]) -> Body | None:
        return self._checked(self._call(family, call))

    def _call(self, family: str, call: Callable[[], Any]) -> object:
        self._guard.check(family, user_id=self._user_id)
        try:
            return call()
        except (spotipy.SpotifyBaseException, requests.RequestException, AttributeError) as error:
            meaning = translate_exception(error)
        if isinstance(meaning, errors.RateLimited):
            self._guard.note(meaning, family=family)
        # Not above: the original's text holds the query string, its frames the connection.
        raise meaning

    def _checked(self, body: object) -> Body | None:
        """Return the body.

        Spotipy returns None for "no content" and for a body that is no JSON alike.
        """
        if body is None and self._last.status == 204:
            return None
        if not isinstance(body, dict):
            raise errors.BadAnswer(f"Spotify answered {self._last.status} with no JSON object")
        return body

    def _on_api_host(self, url: str) -> str:
        """Return the next page's address on the configured host: no other gets the token."""
        ours = urlsplit(self._api_url)
        return urlunsplit(urlsplit(url)._replace(scheme=ours.scheme, netloc=ours.netloc))


def next_page(page: Body) -> str:
    """Return the next page's address; "" after an empty page, whatever that says."""
    return str(page.get("next") or "") if page.get("items") else ""


def translate_exception(error: Exception) -> errors.SpotifyError:
    """Return the error that an exception of spotipy or requests stands for."""
    if isinstance(error, spotipy.SpotifyException):
        message = str(error.msg).partition(":\n ")[2] or str(error.msg)
        return errors.from_response(
            error.http_status,
            message.strip(),
            reason=error.reason if isinstance(error.reason, str) else None,
            retry_after=error.headers.get("Retry-After"),
        )
    if isinstance(error, AttributeError):
        return translate_misread(error)
    return errors.Unavailable(f"Spotify cannot be reached ({type(error).__name__})")


def translate_misread(error: AttributeError) -> errors.SpotifyError:
    """Return the error behind `{"error": "text"}`, which spotipy cannot read.

    The answer it failed on hangs on the exception.
    """
    cause = error.__context__
    if isinstance(cause, requests.HTTPError) and cause.response is not None:
        answer = cause.response
        retry_after = answer.headers.get("Retry-After")
        return errors.from_response(answer.status_code, answer.text, retry_after=retry_after)
    raise error  # a mistake of ours, not an answer of theirs
