"""Spotify's tokens at rest, and grants on their way to the database.

Tokens are encrypted with the first of TOKEN_KEYS and decrypted with any of them. A new grant waits
in Valkey until the database has it: the refresh token that it replaces may be invalid at once, and
a worker that is killed in between, or a database that cannot be written, must not cost a consent.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

import orjson
import redis
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from spotifyweb import clients
from spotifyweb.accounts.models import Token
from spotifyweb.spotify.oauth import Grant

log = logging.getLogger(__name__)

GRANT_KEY = "granted:{}"
GRANT_EXPIRY = timedelta(days=7)


class KeyLost(Exception):
    """None of TOKEN_KEYS decrypts this: the key was lost, and the listener has to log in again."""

    def __init__(self) -> None:
        super().__init__("a stored Spotify token cannot be decrypted with TOKEN_KEYS")


def fernet(keys: Sequence[str] | None = None) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys or settings.TOKEN_KEYS])


def encrypt(text: str) -> bytes:
    return fernet().encrypt(text.encode())


def decrypt(encrypted: bytes | memoryview) -> str:
    """Return the plain text; raises KeyLost."""
    try:
        return fernet().decrypt(bytes(encrypted)).decode()
    except InvalidToken:
        raise KeyLost from None


def rotate(encrypted: bytes | memoryview) -> bytes:
    """Return the same text, encrypted with the first key; raises KeyLost."""
    try:
        return fernet().rotate(bytes(encrypted))
    except InvalidToken:
        raise KeyLost from None


def remember_grant(token: Token, grant: Grant, *, now: datetime) -> None:
    """Store the grant that replaces this token; without Valkey it goes to the database only."""
    values = {"instead_of": token.refreshed_at, "at": now, "grant": asdict(grant)}
    encrypted = encrypt(orjson.dumps(values).decode())
    try:
        clients.redis_client().set(GRANT_KEY.format(token.listener_id), encrypted, ex=GRANT_EXPIRY)
    except redis.RedisError as error:
        log.warning("the grant of listener %s is in the database only: %s", token.pk, error)


def pending_grant(token: Token) -> tuple[Grant, datetime] | None:
    """Return a grant for exactly this token that has not reached it, and when it was given."""
    encrypted = clients.redis_client().get(GRANT_KEY.format(token.listener_id))
    if not isinstance(encrypted, bytes):
        return None
    try:
        values = orjson.loads(decrypt(encrypted))
    except KeyLost:
        return None
    if datetime.fromisoformat(values["instead_of"]) != token.refreshed_at:
        return None
    return Grant(**values["grant"]), datetime.fromisoformat(values["at"])


def clear_grant(listener_pk: int) -> None:
    """Remove a grant that the database has, or that is not needed any more."""
    try:
        clients.redis_client().delete(GRANT_KEY.format(listener_pk))
    except redis.RedisError as error:
        log.warning("the grant of listener %s stays in Valkey: %s", listener_pk, error)
