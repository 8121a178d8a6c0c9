"""The age of a consent: refresh tokens end six months after it was given."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from spotifyweb.accounts.models import Connection, Listener, Token
from spotifyweb.spotify.oauth import SCOPES

CONSENT_LIFETIME = timedelta(days=180)  # six months by Spotify; the shortest have 181 days
REMIND_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """When a consent was given, when it ends, and whether to renew it."""

    given_at: datetime | None
    ends_at: datetime | None
    days_left: int | None
    is_due: bool  # to be renewed soon, or over
    missing: tuple[str, ...]  # scopes that were requested and not granted
    extra: tuple[str, ...]  # scopes granted beyond those of a login


def consent_of(listener: Listener, *, now: datetime) -> Consent:
    given_at = listener.consented_at
    ends_at = given_at + CONSENT_LIFETIME if given_at else None
    is_over = listener.connection == Connection.NEEDS_LOGIN
    is_connected = listener.connection == Connection.CONNECTED
    return Consent(
        given_at=given_at,
        ends_at=ends_at,
        days_left=max(0, (ends_at - now).days) if ends_at else None,
        is_due=is_over or (is_connected and ends_at is not None and now > ends_at - REMIND_BEFORE),
        missing=missing_scopes(listener) if is_connected else (),
        extra=tuple(sorted(extra_scopes(listener))) if is_connected else (),
    )


def granted_scopes(listener: Listener) -> frozenset[str]:
    """Return the scopes of the listener's tokens; none without tokens."""
    token: Token | None = getattr(listener, "token", None)
    return frozenset(token.scope.split()) if token else frozenset()


def extra_scopes(listener: Listener) -> frozenset[str]:
    """Return the granted scopes that a login does not ask for."""
    return granted_scopes(listener) - set(SCOPES)


def missing_scopes(listener: Listener) -> tuple[str, ...]:
    granted = granted_scopes(listener)
    return tuple(scope for scope in SCOPES if scope not in granted) if granted else ()
