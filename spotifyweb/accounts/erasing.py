"""Leaving: disconnect from Spotify, and erase from wherever the data went.

The order makes every step safe to repeat: first the erasure is written down, which keeps what is
still on its way from landing; then log, lake, other apps, caches and the database are cleansed.
`finish` does it once more when the log has run empty, for what was in flight meanwhile, and then
forgets the erasure itself. Readers stop at once, because a listener who left is no longer there;
the warehouse is clean with the next build, which is asked for here.
"""

import logging
from collections import Counter
from datetime import datetime, timedelta
from importlib import import_module

from celery import current_app
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import models, transaction
from redis.exceptions import ResponseError

from spotifyweb import clients, events
from spotifyweb.accounts import signals
from spotifyweb.accounts.models import ApiToken, Connection, Erasure, Listener, Token
from spotifyweb.lake import cleansing

log = logging.getLogger(__name__)

FROM_SPOTIFY = ("player", "recently_played", "saved_tracks")  # sources that came through the API
IN_FLIGHT = timedelta(seconds=settings.SINK_MAX_SECONDS + 10)  # a drain that began before is over
AT_ONCE = timedelta(seconds=5)  # between `before` and the moment when every drain knows of it
Counts = dict[str, int]


class Choice(models.TextChoices):
    KEEP = "keep", "Keep everything"
    SPOTIFY = "spotify", "Erase what came from Spotify"
    EVERYTHING = "everything", "Erase everything"


def leave(listener: Listener, choice: Choice, *, now: datetime) -> Counts:
    """Disconnect, and erase what was chosen; returns what was removed, in words."""
    removed: Counter[str] = Counter(disconnected(listener, choice, now=now))
    if choice == Choice.KEEP:
        return dict(removed)
    sources = FROM_SPOTIFY if choice == Choice.SPOTIFY else ()
    removed.update(scrub(listener.user_id, listener=listener, before=now, sources=sources))
    if choice == Choice.EVERYTHING:
        removed.update(forget_row(listener))
    rebuild_warehouse()
    log.info("listener %s left: %s", listener.pk, choice)
    return dict(removed)


@transaction.atomic
def disconnected(listener: Listener, choice: Choice, *, now: datetime) -> Counts:
    tokens, _ = Token.objects.filter(listener=listener).delete()
    listener.connection = Connection.DISCONNECTED
    listener.consented_at = None
    if choice != Choice.KEEP:
        listener.image_url = listener.spotify_id = ""
        for source in FROM_SPOTIFY if choice == Choice.SPOTIFY else ("",):
            remember(listener.user_id, source=source, before=now)
    if choice == Choice.EVERYTHING:
        listener.is_active = False
    listener.save()
    return {"Spotify tokens": tokens}


def remember(user_id: str, *, source: str, before: datetime) -> None:
    Erasure.objects.update_or_create(user_id=user_id, source=source, defaults={"before": before})


def scrub(
    user_id: str, *, listener: Listener | None, before: datetime, sources: tuple[str, ...]
) -> Counts:
    """Log, lake, other apps, Redis. Safe to repeat."""
    removed: Counter[str] = Counter()
    if not sources:  # the log knows keys only; chosen sources are kept from landing by the sink
        removed["records waiting in the log"] = erase_from_log(user_id)
        removed["entries in caches"] = erase_from_redis(user_id, now=before)
    lake = cleansing.cleanse(clients.lake(), user_id, before=before + AT_ONCE, sources=sources)
    removed.update({"rows in the lake": lake.rows, "rejected records": lake.rejects})
    for _, counts in signals.forgetting.send(
        sender=Listener, user_id=user_id, listener=listener, sources=sources
    ):
        removed.update(counts)
    return removed


def erase_from_log(user_id: str) -> int:
    topics = [name for topic in events.TOPICS for name in (topic, events.dead_letters(topic))]
    return sum(clients.event_log().erase_key(topic, user_id) for topic in topics)


def erase_from_redis(user_id: str, *, now: datetime) -> int:
    """Keys that name the listener between colons, and the counters of calls to Spotify."""
    redis, wanted = clients.redis_client(), user_id.encode()
    named = [key for key in redis.scan_iter(count=1000) if wanted in key.split(b":")]
    if named:
        redis.delete(*named)
    return len(named) + clients.spotify_quota().forget(user_id, now=now)


def forget_row(listener: Listener) -> Counts:
    """The listener, whatever hangs on them, their sessions and the admin's notes about them."""
    kinds = ContentType.objects.get_for_models(Listener, ApiToken)
    LogEntry.objects.filter(content_type=kinds[Listener], object_id=str(listener.pk)).delete()
    tokens = LogEntry.objects.filter(content_type=kinds[ApiToken])
    tokens.filter(object_repr__endswith=f" of {listener}").delete()  # a revoked one has no row
    ended = end_sessions(listener)
    deleted, _ = listener.delete()
    return {"rows in the database": deleted, "sessions": ended}


def end_sessions(listener: Listener) -> int:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    theirs = [
        session.session_key
        for session in Session.objects.iterator()
        if session.get_decoded().get("_auth_user_id") == str(listener.pk)
    ]
    for key in theirs:
        store(key).delete()
    return len(theirs)


def rebuild_warehouse() -> None:
    current_app.send_task("ingestion.transform", kwargs={"full_refresh": True})


def finish(*, now: datetime) -> int:
    """Complete erasures whose records have all landed or gone; returns how many are done.

    Also takes up one that was cut off half-way: then the listener is still there, not active.
    """
    waiting = list(Erasure.objects.filter(before__lt=now - IN_FLIGHT))
    if not waiting or any(clients.event_log().lag(topic) for topic in events.TOPICS):
        return 0
    for erasure in waiting:
        finish_one(erasure)
    rebuild_warehouse()
    forget_written_commands()
    return len(waiting)


def finish_one(erasure: Erasure) -> None:
    sources = (erasure.source,) if erasure.source else ()
    left = Listener.objects.filter(
        user_id=erasure.user_id, connection=Connection.DISCONNECTED, is_active=False
    ).first()
    scrub(erasure.user_id, listener=left, before=erasure.before, sources=sources)
    if left is not None and not sources:
        forget_row(left)
    erasure.delete()


def forget_written_commands() -> None:
    """The append-only file remembers every command until it is written anew."""
    try:
        clients.redis_client().execute_command("BGREWRITEAOF")  # type: ignore[no-untyped-call]
    except ResponseError as error:  # rewriting already, or a hosted server that does it itself
        log.info("the append-only file was not rewritten: %s", error)
