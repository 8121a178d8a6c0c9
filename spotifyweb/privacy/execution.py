"""Execution of erasure requests, step by step, until a build without the data is published.

    first pass: log ─▶ lake ─▶ database ─▶ caches ─▶ a build is queued
    a minute later, second pass for late events: log, lake, database, caches
    a published build that began after the last row was removed ─▶ answers invalidated ─▶ done

Each step is saved when it is over and may be repeated: where a worker is killed, the next round
resumes. A failed build is queued again.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from spotifyweb import clients, events, locks, signals
from spotifyweb.accounts import sessions
from spotifyweb.accounts.models import ApiToken, Connection, Listener
from spotifyweb.eventlog import LogError
from spotifyweb.lake import LakeError
from spotifyweb.privacy import registry, stores
from spotifyweb.privacy.models import ErasedAccount, ErasureRequest
from spotifyweb.privacy.stores import ErasureScope
from spotifyweb.warehouse import WarehouseError

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
FAILURES = (LakeError, LogError, WarehouseError, RedisError, locks.LockLost)
IN_FLIGHT = timedelta(seconds=settings.SINK_MAX_SECONDS + 10)  # a drain that began before is over
BUILD_EXPIRES_SECONDS = 10 * 60  # then the next round of `accounts.finish_erasures` asks again
PUBLISHED_BUILD = "select as_of, build_id from gold.build_info"


def resume_all(*, clock: Clock) -> int:
    """Advance every request that is not done; returns how many are done now."""
    backfill_requests()
    waiting = list(ErasureRequest.objects.filter(done_at=None).order_by("asked_at"))
    for erasure in waiting:
        try:
            advance(erasure, clock=clock)
        except locks.LockHeld:
            log.info("erasure request %s is already running", erasure.pk)
        except FAILURES as error:  # the next round retries it; others go on
            log.warning("erasure request %s failed and will be retried: %s", erasure.pk, error)
    if needs_build():
        rebuild_warehouse()
    return sum(erasure.done_at is not None for erasure in waiting)


def needs_build() -> bool:
    """Tell whether the published build may hold rows that a first or second pass removed."""
    removed = ErasureRequest.objects.filter(done_at=None).exclude(first_pass_at=None)
    if not removed.exists():
        return False
    built = published_build()
    return built is None or removed.filter(first_pass_at__gt=built[0]).exists()


def backfill_requests() -> None:
    """Create requests for erased accounts of versions that had none."""
    for account in ErasedAccount.objects.filter(request=None):
        kind = ErasureRequest.Kind.SPOTIFY if account.source else ErasureRequest.Kind.EVERYTHING
        account.request = ErasureRequest.objects.create(kind=kind, asked_at=account.before)
        account.save(update_fields=["request"])


def advance(erasure: ErasureRequest, *, clock: Clock) -> None:
    """Advance a request as far as possible; raises LockHeld while another worker does."""
    if erasure.first_pass_at is None:
        first_pass(erasure, clock=clock)
    if erasure.second_pass_at is None and are_late_events_landed(erasure, now=clock()):
        second_pass(erasure, clock=clock)
    if erasure.second_pass_at is not None:
        finish(erasure, now=clock())


def first_pass(erasure: ErasureRequest, *, clock: Clock, queue_build: bool = True) -> None:
    """Erase from every store; steps that are saved are skipped. Raises LockHeld.

    Callers that build once after several requests pass `queue_build=False`.
    """
    with locks.lock(f"erasing:{erasure.pk}"):
        erasure.refresh_from_db()
        scope = ErasureScope.of(erasure)
        if scope is None or erasure.first_pass_at is not None:
            return
        signals.erasure_started.send(sender=ErasureRequest, erasure=erasure)
        for name, step in _steps(erasure, scope, clock):
            if name not in erasure.steps:
                erasure.record_step(name, step(), at=clock())
        erasure.first_pass_at = clock()
        erasure.save(update_fields=["first_pass_at"])
    if queue_build:
        rebuild_warehouse()


def _steps(
    erasure: ErasureRequest, scope: ErasureScope, clock: Clock
) -> list[tuple[str, Callable[[], Mapping[str, int]]]]:
    return [
        ("log", lambda: stores.erase_from_log(scope)),
        ("lake", lambda: stores.erase_from_lake(scope, erasure)),
        ("database", lambda: {**stores.erase_from_database(scope), **delete_listener(scope)}),
        ("caches", lambda: stores.erase_from_caches(scope, now=clock())),
    ]


def delete_listener(scope: ErasureScope) -> Mapping[str, int]:
    """Delete the row of a listener who erases everything, with all that refers to it."""
    listener = scope.listener
    if listener is None or not (scope.is_leaving and scope.is_whole):
        return {}
    kinds = ContentType.objects.get_for_models(Listener, ApiToken)
    LogEntry.objects.filter(content_type=kinds[Listener], object_id=str(listener.pk)).delete()
    tokens = LogEntry.objects.filter(content_type=kinds[ApiToken])
    tokens.filter(object_repr__endswith=f" of {listener}").delete()  # revoked tokens have no row
    ended = sessions.end_sessions(listener)
    deleted, _ = listener.delete()
    return {"rows in the database": deleted, "sessions": ended}


def are_late_events_landed(erasure: ErasureRequest, *, now: datetime) -> bool:
    """Tell whether events that were on their way have landed.

    A suppression stays in force, so that it need not wait for the log.
    """
    if erasure.first_pass_at is None or erasure.first_pass_at > now - IN_FLIGHT:
        return False
    if erasure.listener is not None and registry.is_busy(erasure.listener):
        return False
    is_suppressed = erasure.kind in ErasureRequest.SUPPRESSING
    return is_suppressed or not any(map(clients.event_log().lag, events.TOPICS))


def second_pass(erasure: ErasureRequest, *, clock: Clock) -> None:
    """Erase what landed or was fetched meanwhile, then the rows that name erased accounts."""
    with locks.lock(f"erasing:{erasure.pk}"):
        _extend_erased_accounts(erasure, now=clock())
        if scope := ErasureScope.of(erasure):
            late = dict(stores.erase_from_log(scope))
            before = _rows_removed(erasure)
            stores.erase_from_lake(scope, erasure)
            late[stores.STORED] = _rows_removed(erasure) - before
            late |= {**stores.erase_from_database(scope), **delete_listener(scope)}
            stores.erase_from_caches(scope, now=clock())
            erasure.record_step("late", late, at=clock())
            if late[stores.STORED]:
                erasure.first_pass_at = clock()
        erasure.second_pass_at = clock()
        erasure.log_forgets_at = erasure.second_pass_at + stores.log_retention()
        erasure.save(update_fields=["first_pass_at", "second_pass_at", "log_forgets_at"])
        erasure.erased_accounts.all().delete()
    stores.compact_append_only_file()


def _rows_removed(erasure: ErasureRequest) -> int:
    return sum(rewritten["rows"] for rewritten in erasure.objects_rewritten.values())


def _extend_erased_accounts(erasure: ErasureRequest, *, now: datetime) -> None:
    """Extend the erasure of accounts until now, or until the listener came back.

    A fetch that was running while they left may have appended events afterwards.
    """
    for account in erasure.erased_accounts.all():
        listeners = Listener.objects.filter(user_id=account.user_id)
        back = listeners.exclude(connection=Connection.DISCONNECTED).first()
        until = (back.consented_at or back.created_at) if back else now
        account.before = max(account.before, until)
        account.save(update_fields=["before"])


def finish(erasure: ErasureRequest, *, now: datetime) -> None:
    """Finish a request once the published build began after the last row was removed."""
    built = published_build()
    if built is None or erasure.first_pass_at is None or built[0] < erasure.first_pass_at:
        return
    counts = registry.invalidate(erasure.listener.user_id if erasure.listener else "")
    erasure.build_id, erasure.done_at = built[1], now
    erasure.record_step("warehouse", counts, at=now)
    erasure.save(update_fields=["build_id", "done_at"])
    stores.compact_append_only_file()


def published_build() -> tuple[datetime, str] | None:
    """Return until when the published build read the lake, and its id; None without a build."""
    try:
        (built,) = clients.warehouse().rows(PUBLISHED_BUILD)
    except WarehouseError as error:
        log.info("no published build: %s", error)
        return None
    return built["as_of"], built["build_id"]


def rebuild_warehouse() -> None:
    """Queue a full rebuild of the warehouse."""
    try:
        current_app.send_task(
            "ingestion.transform", kwargs={"full_refresh": True}, expires=BUILD_EXPIRES_SECONDS
        )
    except OperationalError as error:
        log.warning("no build was queued; the next round retries: %s", error)
