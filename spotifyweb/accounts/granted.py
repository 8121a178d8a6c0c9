"""What Spotify just granted, safe in Valkey until the database has it.

The refresh token that Spotify took for a new one may be dead at once. A worker that is killed, or a
database that cannot be written, between the answer and the row must not cost a consent.
"""

import logging
from dataclasses import asdict
from datetime import datetime, timedelta

import orjson
import redis

from spotifyweb import clients
from spotifyweb.accounts import vault
from spotifyweb.accounts.models import Token
from spotifyweb.spotify.oauth import Grant

log = logging.getLogger(__name__)

KEY = "granted:{}"
KEPT = timedelta(days=7)


def set_by(token: Token, grant: Grant, *, now: datetime) -> None:
    """Keep the grant that was given for this token; Valkey away is no reason to lose it."""
    said = {"instead_of": token.refreshed_at, "at": now, "grant": asdict(grant)}
    sealed = vault.seal(orjson.dumps(said).decode())
    try:
        clients.redis_client().set(KEY.format(token.listener_id), sealed, ex=KEPT)
    except redis.RedisError as error:
        log.warning("the grant of listener %s is in the database only: %s", token.pk, error)


def left_for(token: Token) -> tuple[Grant, datetime] | None:
    """A grant that was given for exactly this token and has not reached it, and when that was."""
    sealed = clients.redis_client().get(KEY.format(token.listener_id))
    if not isinstance(sealed, bytes):
        return None
    try:
        said = orjson.loads(vault.unseal(sealed))
    except vault.LostKey:
        return None
    if datetime.fromisoformat(said["instead_of"]) != token.refreshed_at:
        return None
    return Grant(**said["grant"]), datetime.fromisoformat(said["at"])


def settled(listener_pk: int) -> None:
    """The database has it, or nobody wants it any more."""
    try:
        clients.redis_client().delete(KEY.format(listener_pk))
    except redis.RedisError as error:
        log.warning("the grant of listener %s lies on in Valkey: %s", listener_pk, error)
