"""Access to Spotify for a listener: tokens kept sealed, refreshed once by whoever comes first.

Refreshing holds the token's row (on SQLite the write lock, transactions there are IMMEDIATE), so
that of two workers one asks Spotify and the other finds the new token.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction

from spotifyweb import clients
from spotifyweb.accounts import vault
from spotifyweb.accounts.models import Connection, Listener, Token
from spotifyweb.spotify import errors
from spotifyweb.spotify.client import SpotifyClient
from spotifyweb.spotify.oauth import Grant, SpotifyOAuth

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


@transaction.atomic
def refreshed(
    listener: Listener, *, now: datetime, oauth: SpotifyOAuth, refused: str
) -> str | None:
    """The new token, or the one that somebody else got meanwhile; None when consent is over."""
    token = Token.objects.select_for_update().filter(listener=listener).first()
    if token is None:
        return None
    current = opened(token)
    if current and current != refused and token.expires_at > now + MARGIN:
        return current
    try:
        grant = oauth.refresh(vault.unseal(token.refresh_token))
    except (errors.NeedsLogin, vault.LostKey):
        needs_login(token)
        return None
    renew(token, grant, now=now)
    return grant.access_token


def opened(token: Token) -> str:
    """The access token, or "" where its key was lost."""
    try:
        return vault.unseal(token.access_token)
    except vault.LostKey:
        return ""


def renew(token: Token, grant: Grant, *, now: datetime) -> None:
    """Spotify often sends no new refresh token, and sometimes no scope: the old ones stay good."""
    token.access_token = vault.seal(grant.access_token)
    if grant.refresh_token:
        token.refresh_token = vault.seal(grant.refresh_token)
    token.scope = grant.scope or token.scope
    token.expires_at = now + timedelta(seconds=grant.expires_in_seconds)
    token.refreshed_at = now
    token.save()


def needs_login(token: Token) -> None:
    """The consent is over: discard its tokens, keep everything else."""
    Listener.objects.filter(pk=token.listener_id).update(connection=Connection.NEEDS_LOGIN)
    token.delete()


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
