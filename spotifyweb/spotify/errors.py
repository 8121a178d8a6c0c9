"""What Spotify can answer instead of data: one class per meaning; `retry` says if a retry can help.

Messages never hold a token, a code or a query string.
"""

import re
from typing import ClassVar

LONGEST_WAIT_SECONDS = 25 * 60 * 60  # Spotify's own longest is a day; more is a fault somewhere


class SpotifyError(Exception):
    """Spotify did not do what was asked."""

    retry: ClassVar[bool] = False


class RateLimited(SpotifyError):
    """Too many calls (429). `retry_after_seconds` lies between one second and 25 hours."""

    retry = True

    def __init__(self, message: str, *, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = max(1, min(retry_after_seconds, LONGEST_WAIT_SECONDS))


class QuotaExceeded(RateLimited):
    """The developer account's daily quota for this family of calls is used up (429)."""


class Blocked(RateLimited):
    """We did not ask: Spotify's last word on waiting still holds."""


class BudgetSpent(RateLimited):
    """We did not ask: our own daily limit for this family of calls is reached."""


class Unavailable(SpotifyError):
    """Spotify did not answer, or said that it cannot just now (5xx, time-out, connection)."""

    retry = True


class BadAnswer(SpotifyError):
    """Spotify answered with something that is no answer; it may be better the next time."""

    retry = True


class TokenExpired(SpotifyError):
    """The access token is not good any more (401): refresh it, then ask once more."""


class NeedsLogin(SpotifyError):
    """The consent ran out or was revoked (invalid_grant): only the listener can renew it."""


class BadCode(SpotifyError):
    """The code of a login was used before, is too old, or belongs to another login."""


class BadClient(SpotifyError):
    """Spotify does not know this client id and secret: look at the settings."""


class Forbidden(SpotifyError):
    """Spotify refuses (403) for a reason that we do not know."""


class NotPremium(Forbidden):
    """The owner of the Spotify app has no Premium subscription: every call is refused."""


class PremiumRequired(Forbidden):
    """The listener has no Premium account, without which Spotify plays by no app's command."""


class NotAllowListed(Forbidden):
    """The listener is not on the app's list of users in Spotify's developer dashboard."""


class MissingScope(Forbidden):
    """The listener did not grant what this call needs."""


class Removed(Forbidden):
    """Spotify took this call away from apps in development mode."""


class NotFound(SpotifyError):
    """There is no such thing at Spotify."""


class NoActiveDevice(NotFound):
    """No device of the listener plays, so there is none for a command."""


class BadRequest(SpotifyError):
    """Spotify says that we asked wrongly (400 or another 4xx)."""


DEFAULT_WAIT_SECONDS = 30  # where a 429 comes without Retry-After
DEFAULT_QUOTA_WAIT_SECONDS = 60 * 60


def from_response(
    status: int, message: str, *, reason: str | None = None, retry_after: str | None = None
) -> SpotifyError:
    """Return the error that an answer of the API means, by its status and content."""
    plain = message[:200].replace("\0", "").encode(errors="replace").decode()
    text = f"Spotify answered {status}: {plain}"
    if status == 429:
        return rate_limited(text, reason=reason, retry_after=retry_after)
    if status == 403:
        return forbidden_type(message, reason=reason)(text)
    if status == 404 and (reason == "NO_ACTIVE_DEVICE" or "device not found" in plain.lower()):
        return NoActiveDevice(text)
    if status >= 500:
        return Unavailable(text)
    return {401: TokenExpired, 404: NotFound}.get(status, BadRequest)(text)


def rate_limited(message: str, *, reason: str | None, retry_after: str | None) -> RateLimited:
    """Return an error with Spotify's waiting time, or a safe one where it is unreadable."""
    exceeded = reason == "QUOTA_EXCEEDED"
    default = DEFAULT_QUOTA_WAIT_SECONDS if exceeded else DEFAULT_WAIT_SECONDS
    kind = QuotaExceeded if exceeded else RateLimited
    return kind(message, retry_after_seconds=seconds_of(retry_after, default=default))


def seconds_of(header: str | None, *, default: int) -> int:
    """Return whole seconds. More digits than a wait can have give the longest wait."""
    digits = (header or "").strip().lstrip("0") or (header or "").strip()
    if not re.fullmatch(r"[0-9]+", digits):
        return default
    return int(digits) if len(digits) < 10 else LONGEST_WAIT_SECONDS


def forbidden_type(message: str, *, reason: str | None = None) -> type[Forbidden]:
    """Return the kind of a refusal, which Spotify names in its text, the player's as a reason.

    Texts changed over the years.
    """
    text = message.lower()
    if reason == "PREMIUM_REQUIRED":
        return PremiumRequired
    if "premium" in text:
        return NotPremium
    if "not registered" in text or "may not be registered" in text:
        return NotAllowListed
    if "scope" in text:
        return MissingScope
    return Removed if text.strip() == "forbidden" else Forbidden
