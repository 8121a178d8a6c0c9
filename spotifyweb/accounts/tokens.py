"""Access to Spotify for a listener: tokens kept sealed, refreshed once by whoever comes first.

Of two workers one asks Spotify, under a lock in Valkey, and the other finds the new token. No
transaction is open meanwhile, so that a Spotify that hangs holds up no other writer. A grant goes
to Valkey before it goes to the database: the refresh token that it replaces may be dead by then.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction

from spotifyweb import clients, locks
from spotifyweb.accounts import granted, vault
from spotifyweb.accounts.models import Connection, Listener, Token
from spotifyweb.spotify import errors
from spotifyweb.spotify.client import SpotifyClient
from spotifyweb.spotify.oauth import Grant, SpotifyOAuth

WAIT_SECONDS = 30  # for another worker's refresh
MARGIN = timedelta(seconds=60)  # a token this near to its end is not started with
T = TypeVar("T")


def store(listener: Listener, grant: Grant, *, now: datetime) -> None:
    """Keep what a login gave."""
    Token.objects.update_or_create(
        listener=listener,
        defaults={
            "access_token": vault.seal(grant.access_token),
            "refresh_token": vault.seal(grant.refresh_token or ""),
            "scope": grant.scope or "",
            "expires_at": now + timedelta(seconds=grant.expires_in_seconds),
            "refreshed_at": now,
        },
    )


def access_token(
    listener: Listener, *, now: datetime, oauth: SpotifyOAuth | None = None, refused: str = ""
) -> str:
    """A token to ask Spotify with; `refused` is one that Spotify did not take (401).

    Raises NeedsLogin, after marking the listener, when only they can renew it; their data stays.
    """
    token = Token.objects.filter(listener=listener, listener__is_active=True).first()
    if token is None:
        raise errors.NeedsLogin(f"{listener.pk} is not connected to Spotify")
    current = opened(token)
    if current and current != refused and token.expires_at > now + MARGIN:
        return current
    renewed = refreshed(listener, now=now, oauth=oauth or clients.spotify_oauth(), refused=refused)
    if renewed is None:
        raise errors.NeedsLogin(f"{listener.pk} has to log in with Spotify again")
    return renewed


def ask(listener: Listener, question: Callable[[SpotifyClient], T], *, now: datetime) -> T:
    """The answer to a question to Spotify, asked once more with a new token after a 401."""
    token = access_token(listener, now=now)
    try:
        return question(clients.spotify_client(token, user_id=listener.user_id))
    except errors.TokenExpired:
        token = access_token(listener, now=now, refused=token)
        return question(clients.spotify_client(token, user_id=listener.user_id))


def refreshed(
    listener: Listener, *, now: datetime, oauth: SpotifyOAuth, refused: str
) -> str | None:
    """The new token, or the one that somebody else got meanwhile; None when consent is over."""
    try:
        with locks.lock(f"refresh:{listener.pk}", wait_seconds=WAIT_SECONDS):
            return _refreshed(listener, now=now, oauth=oauth, refused=refused)
    except locks.LockHeld:
        raise errors.Unavailable("another worker waits for a token for too long") from None


def _refreshed(
    listener: Listener, *, now: datetime, oauth: SpotifyOAuth, refused: str
) -> str | None:
    token = Token.objects.filter(listener=listener).first()
    if token is None:
        return None
    if found := granted.left_for(token):
        renew(token, found[0], now=found[1])
    current = opened(token)
    if current and current != refused and token.expires_at > now + MARGIN:
        return current
    try:
        grant = oauth.refresh(vault.unseal(token.refresh_token))
    except (errors.NeedsLogin, vault.LostKey):
        return needs_login(token)
    granted.set_by(token, grant, now=now)
    return renew(token, grant, now=now)


def opened(token: Token) -> str:
    """The access token, or "" where its key was lost."""
    try:
        return vault.unseal(token.access_token)
    except vault.LostKey:
        return ""


def renew(token: Token, grant: Grant, *, now: datetime) -> str | None:
    """Spotify often sends no new refresh token, and sometimes no scope: the old ones stay good.

    Returns the access token that holds now: a login that came meanwhile stays, and a listener who
    disconnected has none.
    """
    seen_at, token.refreshed_at = token.refreshed_at, now
    token.access_token = vault.seal(grant.access_token)
    if grant.refresh_token:
        token.refresh_token = vault.seal(grant.refresh_token)
    token.scope = grant.scope or token.scope
    token.expires_at = now + timedelta(seconds=grant.expires_in_seconds)
    fields = ("access_token", "refresh_token", "scope", "expires_at", "refreshed_at")
    same = Token.objects.filter(pk=token.pk, refreshed_at=seen_at)
    is_kept = same.update(**{name: getattr(token, name) for name in fields})
    granted.settled(token.listener_id)
    return grant.access_token if is_kept else newer_than(token)


def needs_login(token: Token) -> str | None:
    """The consent is over: discard its tokens, keep everything else.

    Returns the access token of a login that came meanwhile.
    """
    with transaction.atomic():
        gone, _ = Token.objects.filter(pk=token.pk, refreshed_at=token.refreshed_at).delete()
        if gone:
            Listener.objects.filter(pk=token.listener_id).update(connection=Connection.NEEDS_LOGIN)
    granted.settled(token.listener_id)
    return None if gone else newer_than(token)


def newer_than(token: Token) -> str | None:
    """What somebody else has put in its place."""
    newer = Token.objects.filter(listener_id=token.listener_id).first()
    return (opened(newer) or None) if newer else None


def rotate() -> int:
    """Seal every token with the first of TOKEN_KEYS; returns how many."""
    count = 0
    for pk in list(Token.objects.values_list("pk", flat=True)):
        with transaction.atomic():
            token = Token.objects.select_for_update().filter(pk=pk).first()
            if token is not None:
                token.access_token = vault.reseal(token.access_token)
                token.refresh_token = vault.reseal(token.refresh_token)
                token.save(update_fields=["access_token", "refresh_token"])
                count += 1
    return count
