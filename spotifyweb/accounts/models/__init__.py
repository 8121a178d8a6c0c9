"""The tables of accounts.

listeners   listeners, and their time zones
tokens      Spotify's tokens, personal API tokens, and fingerprints of keys
"""

from spotifyweb.accounts.models.listeners import (
    Connection,
    FirstWeekday,
    Listener,
    Listeners,
    ListenerTimezone,
)
from spotifyweb.accounts.models.tokens import ApiToken, KeyFingerprint, Token

__all__ = [
    "ApiToken",
    "Connection",
    "FirstWeekday",
    "KeyFingerprint",
    "Listener",
    "ListenerTimezone",
    "Listeners",
    "Token",
]
