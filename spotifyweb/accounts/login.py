"""Logins with Spotify: pending in the browser's session, and completed with Spotify's code."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from spotifyweb import clients, signals
from spotifyweb.accounts import allow_list, timezones
from spotifyweb.accounts.models import Listener
from spotifyweb.spotify import errors, payloads
from spotifyweb.spotify.oauth import Attempt

log = logging.getLogger(__name__)

SESSION_KEY = "login_attempts"
LIFETIME = timedelta(minutes=10)
MAX_PENDING = 5  # tabs of one browser in which a login was begun


class OtherAccount(Exception):
    """Another Spotify account agreed than the one that is logged in here; its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingAction:
    """What a listener wants done at Spotify as soon as they have agreed to its scope."""

    name: str  # of a registered action
    values: Mapping[str, str]
    once: str  # tells one press from another
    listener_pk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingLogin:
    """A login that this browser began: OAuth's state and verifier, and where it wanted to go."""

    attempt: Attempt
    next_path: str
    timezone: str
    action: PendingAction | None = None


def returns_to(host: str) -> bool:
    """Return whether Spotify sends the browser back to this host, and not to another one."""
    return urlsplit(settings.SPOTIFY_REDIRECT_URI).netloc == host


def begin_login(
    session: SessionBase,
    *,
    next_path: str,
    timezone: str = "",
    action: PendingAction | None = None,
    now: datetime,
) -> Attempt:
    """Store a pending login in the session; the oldest beyond MAX_PENDING is dropped."""
    attempt = Attempt.begin()
    pending: dict[str, Any] = dict(list(session.get(SESSION_KEY, {}).items())[1 - MAX_PENDING :])
    pending[attempt.state] = {
        "verifier": attempt.verifier,
        "next_path": next_path,
        "timezone": timezone,
        "begun_at": now.isoformat(),
        "action": asdict(action) if action else None,
    }
    session[SESSION_KEY] = pending
    return attempt


def take_login(session: SessionBase, state: str, *, now: datetime) -> PendingLogin | None:
    """Remove and return the login with that state.

    None where this browser did not begin it, began it longer than LIFETIME ago, or took it before.
    """
    pending = dict(session.get(SESSION_KEY, {}))
    values = pending.pop(state, None)
    if values is None:
        return None
    session[SESSION_KEY] = pending
    if datetime.fromisoformat(values["begun_at"]) < now - LIFETIME:
        return None
    return PendingLogin(
        attempt=Attempt(state=state, verifier=values["verifier"]),
        next_path=values["next_path"],
        timezone=values["timezone"],
        action=PendingAction(**values["action"]) if values.get("action") else None,
    )


def complete_login(code: str, *, pending: PendingLogin, now: datetime) -> Listener:
    """Exchange Spotify's code and return the listener, connected.

    Raises SpotifyError, NotAllowedHere, or OtherAccount where an action is pending for another
    listener; nothing is stored then.
    """
    grant = clients.spotify_oauth().exchange(code, attempt=pending.attempt)
    try:
        profile = payloads.profile(clients.spotify_client(grant.access_token).me())
    except payloads.PayloadError as error:
        raise errors.BadAnswer(str(error)) from None
    if pending.action:
        require_account(profile, pending.action.listener_pk)
    listener = allow_list.sign_in(profile, grant, now=now)
    if not listener.timezone:
        timezones.set_timezone(listener, pending.timezone, now=now)
    log.info("listener %s logged in with Spotify", listener.pk)
    signals.listener_connected.send(sender=Listener, listener=listener)
    return listener


def require_account(profile: payloads.Profile, listener_pk: int) -> None:
    """Raise OtherAccount where the profile is not that listener's."""
    listener = allow_list.find_listener(profile)
    if listener is None or listener.pk != listener_pk:
        raise OtherAccount(profile.display_name)
