"""Log in with Spotify: the authorization address, codes and refresh tokens.

It uses requests, not spotipy: spotipy overwrites `scope` with what was requested, so what was
granted is lost; it has no time-out by default, may open a browser, and keeps tokens in files.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests

from spotifyweb import bounds
from spotifyweb.spotify import errors, fields
from spotifyweb.spotify.client import TIMEOUT, QuotaGuard

LONGEST_TOKEN_SECONDS = 24 * 60 * 60  # Spotify's are good for an hour
SCOPES = (
    "user-library-read",
    "user-read-currently-playing",
    "user-read-playback-state",
    "user-read-recently-played",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A login that has begun: what must come back, and what proves that it is ours."""

    state: str
    verifier: str

    @classmethod
    def begin(cls) -> "Attempt":
        return cls(state=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(64))

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the token endpoint granted. `refresh_token` is None where the old one stays valid."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    scope: str | None  # as granted, space separated; None where the answer did not say
    expires_in_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotifyOAuth:
    """The accounts host for one client id."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    accounts_url: str
    guard: QuotaGuard

    def authorize_url(
        self, attempt: Attempt, *, extra_scopes: Iterable[str] = (), ask_again: bool = False
    ) -> str:
        """Return where to send the browser.

        `ask_again` shows the consent even if it was given before.
        """
        query = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(dict.fromkeys((*SCOPES, *extra_scopes))),
            "state": attempt.state,
            "code_challenge_method": "S256",
            "code_challenge": attempt.challenge,
        }
        if ask_again:
            query["show_dialog"] = "true"
        return f"{self.accounts_url.rstrip('/')}/authorize?{urlencode(query)}"

    def exchange(self, code: str, *, attempt: Attempt) -> Grant:
        """Return the tokens for a code. Raises BadCode where it is used, old or another login's."""
        form = {"grant_type": "authorization_code", "code": code}
        form |= {"redirect_uri": self.redirect_uri, "code_verifier": attempt.verifier}
        grant = self._post(form, refused=errors.BadCode)
        if grant.refresh_token is None:
            raise errors.BadAnswer("Spotify gave no refresh token for a new login")
        return grant

    def refresh(self, refresh_token: str) -> Grant:
        """Return a new access token. Raises NeedsLogin where the consent ended or was revoked."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self._post(form, refused=errors.NeedsLogin)

    def _post(self, form: dict[str, str], *, refused: type[errors.SpotifyError]) -> Grant:
        self.guard.check("token")
        try:
            answer = requests.post(
                f"{self.accounts_url.rstrip('/')}/api/token",
                data=form if self.client_secret else {**form, "client_id": self.client_id},
                auth=(self.client_id, self.client_secret) if self.client_secret else None,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            kind = type(error).__name__
            raise errors.Unavailable(f"Spotify's login cannot be reached ({kind})") from None
        if answer.status_code == 200:
            return grant_of(body_of(answer))
        meaning = token_error(answer, refused=refused)
        if isinstance(meaning, errors.RateLimited):
            self.guard.note(meaning, family="token")
        raise meaning


def token_error(
    answer: requests.Response, *, refused: type[errors.SpotifyError]
) -> errors.SpotifyError:
    """Return the error of the token endpoint's answer.

    Only the word in `error` is contractual; it may also be an object, or the body plain text.
    """
    body = body_of(answer)
    word = body.get("error")
    if word == "invalid_grant":
        return refused(f"Spotify says: {body.get('error_description') or word}")
    if word in ("invalid_client", "unauthorized_client"):
        return errors.BadClient("Spotify does not know this client id and secret")
    detail = word if isinstance(word, dict) else {}
    return errors.from_response(
        answer.status_code,
        str(detail.get("message") or word or answer.text),
        reason=detail.get("reason"),
        retry_after=answer.headers.get("Retry-After"),
    )


def body_of(answer: requests.Response) -> dict[str, Any]:
    try:
        body = bounds.load_json(answer.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def grant_of(body: dict[str, Any]) -> Grant:
    access_token = _plain(body, "access_token")
    expires_in = fields.integer({"expires_in": 3600, **body}, "expires_in")
    if access_token is None or expires_in is None or expires_in <= 0:
        raise errors.BadAnswer("Spotify's token answer holds no token")
    return Grant(
        access_token=access_token,
        refresh_token=_plain(body, "refresh_token"),
        scope=_plain(body, "scope"),
        expires_in_seconds=min(expires_in, LONGEST_TOKEN_SECONDS),
    )


def _plain(body: dict[str, Any], name: str) -> str | None:
    """Return text that fits into a header and a database; None for anything else."""
    value = body.get(name)
    is_plain = isinstance(value, str) and value.isascii() and value.isprintable()
    return value if value and is_plain else None
