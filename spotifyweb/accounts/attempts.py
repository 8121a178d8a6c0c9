"""Logins that were begun in this browser: one state each, taken once, good for ten minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from spotifyweb.spotify.oauth import Attempt

KEY = "login_attempts"
GOOD_FOR = timedelta(minutes=10)
AT_ONCE = 5  # tabs in which a login was begun


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What this browser wanted when it set out for Spotify."""

    attempt: Attempt
    next_path: str
    timezone: str


def begin(session: SessionBase, *, next_path: str, timezone: str, now: datetime) -> Attempt:
    attempt = Attempt.begin()
    kept: dict[str, Any] = dict(list(session.get(KEY, {}).items())[1 - AT_ONCE :])
    kept[attempt.state] = {
        "verifier": attempt.verifier,
        "next_path": next_path,
        "timezone": timezone,
        "begun_at": now.isoformat(),
    }
    session[KEY] = kept
    return attempt


def take(session: SessionBase, state: str, *, now: datetime) -> Begun | None:
    """The login with that state, once; None if this browser never began it, or long ago."""
    kept = dict(session.get(KEY, {}))
    found = kept.pop(state, None)
    if found is None:
        return None
    session[KEY] = kept
    if datetime.fromisoformat(found["begun_at"]) < now - GOOD_FOR:
        return None
    return Begun(
        attempt=Attempt(state=state, verifier=found["verifier"]),
        next_path=found["next_path"],
        timezone=found["timezone"],
    )
