"""Access to Spotify for a listener: encrypted tokens, refreshed by one worker at a time.

One worker refreshes under a lock in Valkey, and others find the new token. No transaction is open
meanwhile, so that a slow Spotify blocks no other writer. A grant is stored in Valkey before the
database, as the refresh token that it replaces may be invalid by then.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction

from spotifyweb import clients, locks, signals
from spotifyweb.accounts import key_fingerprints, token_store
from spotifyweb.accounts.models import Connection, Listener, Token
from spotifyweb.spotify import errors
from spotifyweb.spotify.client import SpotifyClient
from spotifyweb.spotify.oauth import Grant, SpotifyOAuth

WAIT_SECONDS = 30  # for another worker to refresh
MARGIN = timedelta(seconds=60)  # a token this near to its end is refreshed first
T = TypeVar("T")


def store(listener: Listener, grant: Grant, *, now: datetime) -> None:
    """Save the tokens of a login, encrypted."""
    Token.objects.update_or_create(
        listener=listener,
        defaults={
            "access_token": token_store.encrypt(grant.access_token),
            "refresh_token": token_store.encrypt(grant.refresh_token or ""),
            "scope": grant.scope or "",
            "expires_at": now + timedelta(seconds=grant.expires_in_seconds),
            "refreshed_at": now,
        },
    )


def access_token(
    listener: Listener, *, now: datetime, oauth: SpotifyOAuth | None = None, refused: str = ""
) -> str:
    """Return a valid access token; `refused` is one that Spotify answered 401 to.

    Raises NeedsLogin, with the listener's connection set, where only a login renews it.
    """
    token = Token.objects.filter(listener=listener, listener__is_active=True).first()
    if token is None:
        raise errors.NeedsLogin(f"{listener.pk} is not connected to Spotify")
    current = access_token_of(token)
    if current and current != refused and token.expires_at > now + MARGIN:
        return current
    renewed = refresh(listener, now=now, oauth=oauth or clients.spotify_oauth(), refused=refused)
    if renewed is None:
        raise errors.NeedsLogin(f"{listener.pk} has to log in with Spotify again")
    return renewed


def call_spotify(listener: Listener, call: Callable[[SpotifyClient], T], *, now: datetime) -> T:
    """Return the result of calls to Spotify, repeated once with a new token after a 401."""

    def call_with(token: str) -> T:
        return call(clients.spotify_client(token, user_id=listener.user_id))

    token = access_token(listener, now=now)
    try:
        return call_with(token)
    except errors.TokenExpired:
        return call_with(access_token(listener, now=now, refused=token))


def refresh(listener: Listener, *, now: datetime, oauth: SpotifyOAuth, refused: str) -> str | None:
    """Return a new token, or one that another worker got meanwhile; None where consent is over.

    Raises KeysDiffer where only this host lacks the key.
    """
    try:
        with locks.lock(f"refresh:{listener.pk}", wait_seconds=WAIT_SECONDS):
            return _refresh_locked(listener, now=now, oauth=oauth, refused=refused)
    except locks.LockHeld:
        raise errors.Unavailable(
            "another worker has been refreshing this token for too long"
        ) from None


def _refresh_locked(
    listener: Listener, *, now: datetime, oauth: SpotifyOAuth, refused: str
) -> str | None:
    token = Token.objects.filter(listener=listener).first()
    if token is None:
        return None
    if pending := token_store.pending_grant(token):
        renew(token, pending[0], now=pending[1])
    current = access_token_of(token)
    if current and current != refused and token.expires_at > now + MARGIN:
        return current
    try:
        grant = oauth.refresh(token_store.decrypt(token.refresh_token))
    except token_store.KeyLost:
        key_fingerprints.verify()  # on a host with keys of its own nobody's consent is over
        return needs_login(token)
    except errors.NeedsLogin:
        return needs_login(token)
    token_store.remember_grant(token, grant, now=now)
    return renew(token, grant, now=now)


def access_token_of(token: Token) -> str:
    """Return the decrypted access token, or "" where its key was lost."""
    try:
        return token_store.decrypt(token.access_token)
    except token_store.KeyLost:
        return ""


def renew(token: Token, grant: Grant, *, now: datetime) -> str | None:
    """Save a grant; where Spotify sends no new refresh token or scope, the old ones stay.

    Returns the access token that is valid now: that of a newer login, or None for a listener who
    disconnected meanwhile.
    """
    seen_at, token.refreshed_at = token.refreshed_at, now
    token.access_token = token_store.encrypt(grant.access_token)
    if grant.refresh_token:
        token.refresh_token = token_store.encrypt(grant.refresh_token)
    token.scope = grant.scope or token.scope
    token.expires_at = now + timedelta(seconds=grant.expires_in_seconds)
    fields = ("access_token", "refresh_token", "scope", "expires_at", "refreshed_at")
    same = Token.objects.filter(pk=token.pk, refreshed_at=seen_at)
    is_saved = same.update(**{name: getattr(token, name) for name in fields})
    token_store.clear_grant(token.listener_id)
    return grant.access_token if is_saved else newer_access_token(token)


def needs_login(token: Token) -> str | None:
    """Delete the tokens of a consent that is over; returns the access token of a newer login."""
    with transaction.atomic():
        gone, _ = Token.objects.filter(pk=token.pk, refreshed_at=token.refreshed_at).delete()
        if gone:
            Listener.objects.filter(pk=token.listener_id).update(connection=Connection.NEEDS_LOGIN)
    token_store.clear_grant(token.listener_id)
    return None if gone else newer_access_token(token)


def newer_access_token(token: Token) -> str | None:
    """Return the access token that another worker or login saved instead."""
    newer = Token.objects.filter(listener_id=token.listener_id).first()
    return (access_token_of(newer) or None) if newer else None


def rotate() -> int:
    """Encrypt every token with the first of TOKEN_KEYS; returns how many."""
    count = 0
    for pk in list(Token.objects.values_list("pk", flat=True)):
        with transaction.atomic():
            token = Token.objects.select_for_update().filter(pk=pk).first()
            if token is not None:
                token.access_token = token_store.rotate(token.access_token)
                token.refresh_token = token_store.rotate(token.refresh_token)
                token.save(update_fields=["access_token", "refresh_token"])
                count += 1
    return count


def rotate_keys() -> int:
    """Encrypt all that TOKEN_KEYS protect with the first of them; return how many tokens.

    Raises token_store.KeyLost where none of the keys decrypts something. Safe to repeat.
    """
    count = rotate()
    signals.keys_rotated.send(sender=Token)
    key_fingerprints.replace(key_fingerprints.TOKEN_KEYS)
    return count
