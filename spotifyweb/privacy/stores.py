"""Erasure from each store: event log, lake, database, caches. Every step is safe to repeat."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import ClassVar

from redis.exceptions import ResponseError

from spotifyweb import clients, events, locks
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.lake import ObjectNotFound, Suppression, deletion
from spotifyweb.lake.suppression import matches_raw
from spotifyweb.privacy import registry, suppression
from spotifyweb.privacy.models import ErasureRequest
from spotifyweb.privacy.registry import Counts, PersonalData

log = logging.getLogger(__name__)

STORED, UNREADABLE = "stored records", "unreadable records"  # of the lake, on a receipt
LAKE_LOCK = "rewriting the lake"  # two workers rewriting one object would undo each other
LAKE_WAIT_SECONDS = 10 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureScope:
    """Whose data a request erases, and what of it."""

    user_id: str
    listener: Listener | None
    erased: Sequence[Suppression]
    sources: tuple[str, ...] = ()  # of somebody who left; empty for every source

    @classmethod
    def of(cls, erasure: ErasureRequest) -> "ErasureScope | None":
        """Return the scope of a request; None where nothing names the person any more."""
        if erasure.kind in ErasureRequest.SUPPRESSING:
            assert erasure.listener is not None, "it is deleted with its listener"
            erased = suppression.suppression_of(erasure)
            return cls(user_id=erased.user_id, listener=erasure.listener, erased=[erased])
        accounts = list(erasure.erased_accounts.all())
        if not accounts:
            return None
        user_id = accounts[0].user_id
        return cls(
            user_id=user_id,
            listener=_leaving_listener(user_id) or erasure.listener,
            erased=[
                Suppression(user_id=user_id, source=account.source, before=account.before)
                for account in accounts
            ],
            sources=tuple(account.source for account in accounts if account.source),
        )

    @property
    def is_whole(self) -> bool:
        """Tell whether it covers every source, for all time."""
        return any(erased.is_whole for erased in self.erased)

    @property
    def is_leaving(self) -> bool:
        """Tell whether the listener closes the account, rather than erasing a part of it."""
        return all(erased.before is not None for erased in self.erased)


def _leaving_listener(user_id: str) -> Listener | None:
    """Return the row of a listener who leaves, unless they came back meanwhile."""
    return Listener.objects.filter(
        user_id=user_id, connection=Connection.DISCONNECTED, is_active=False
    ).first()


def erase_from_log(scope: ErasureScope) -> Counts:
    """Erase pending records and dead letters, and truncate what has landed.

    Kafka cannot remove single records; there the sink drops pending ones.
    """

    def is_erased(value: bytes, appended_ms: int) -> bool:
        at = datetime.fromtimestamp(appended_ms / 1000, UTC)
        return any(
            matches_raw(erased, key=scope.user_id, raw=value, at=at) for erased in scope.erased
        )

    topics = [name for topic in events.TOPICS for name in (topic, events.dead_letter_topic(topic))]
    event_log = clients.event_log()
    removed = sum(event_log.erase_key(topic, scope.user_id, where=is_erased) for topic in topics)
    for topic in events.TOPICS:
        event_log.truncate_committed(topic)
    return {"records not stored yet": removed}


def log_retention() -> timedelta:
    """Return how long the log may still hold what no erasure removes from it."""
    event_log = clients.event_log()
    kept = [events.dead_letter_topic(topic) for topic in events.TOPICS]
    for topic in events.TOPICS:
        if not event_log.truncate_committed(topic) or event_log.lag(topic):
            kept.append(topic)
    return max(map(event_log.retention, kept))


def erase_from_lake(scope: ErasureScope, erasure: ErasureRequest) -> Counts:
    """Rewrite objects without the erased rows; the plan is saved first, so that counts survive."""
    lake = clients.lake()
    with locks.lock(LAKE_LOCK, wait_seconds=LAKE_WAIT_SECONDS) as lock:
        matches = list(deletion.find_objects(lake, scope.erased))
        _record_plan(erasure, matches)
        for match in matches:
            done = deletion.delete_rows_of_object(lake, match.key, scope.erased, fence=lock.check)
            if done is not None:
                erasure.objects_rewritten[done.key]["sha256"] = done.sha256
        _complete_digests(erasure)
    return _counts_by_kind(erasure)


def _record_plan(erasure: ErasureRequest, matches: Sequence[deletion.MatchedObject]) -> None:
    """Save the planned objects; rows of one that was rewritten before landed later, and add up."""
    for match in matches:
        known = erasure.objects_rewritten.get(match.key)
        before = known["rows"] if known and known["sha256"] is not None else 0
        erasure.objects_rewritten[match.key] = {"rows": before + match.rows, "sha256": None}
    erasure.save(update_fields=["objects_rewritten"])


def _complete_digests(erasure: ErasureRequest) -> None:
    """Add digests of objects that a worker rewrote and was killed before it saved them."""
    for key, rewritten in erasure.objects_rewritten.items():
        if rewritten["sha256"] is None:
            rewritten["sha256"] = _digest(key)
    erasure.save(update_fields=["objects_rewritten"])


def _digest(key: str) -> str:
    try:
        return sha256(clients.lake().get(key)).hexdigest()
    except ObjectNotFound:
        return ""


def _counts_by_kind(erasure: ErasureRequest) -> Counts:
    rows: Counter[str] = Counter({STORED: 0, UNREADABLE: 0})
    for key, rewritten in erasure.objects_rewritten.items():
        kind = UNREADABLE if key.startswith("rejects/") else STORED
        rows[kind] += rewritten["rows"]
    return {**rows, "stored files rewritten": len(erasure.objects_rewritten)}


def erase_from_database(scope: ErasureScope) -> Counts:
    """Erase what the apps registered as personal data."""
    if scope.is_leaving:
        return registry.erase_all(scope.user_id, scope.listener, scope.sources)
    assert scope.listener is not None, "a part is erased of a listener who stays"
    return registry.erase_part(scope.listener, scope.erased[0])


def erase_from_caches(scope: ErasureScope, *, now: datetime) -> Counts:
    """Delete computed answers; of somebody who closes the account, every key that names them."""
    removed = Counter(registry.invalidate(scope.user_id))
    if scope.is_leaving and scope.is_whole:
        removed["temporary copies"] += _delete_keys(scope.user_id, now=now)
    return removed


def _delete_keys(user_id: str, *, now: datetime) -> int:
    """Delete keys that name the listener between colons, and the counters of their calls.

    Locks are left to their holders; they expire.
    """
    redis, name = clients.redis_client(), user_id.encode()
    parts = ((key, key.split(b":")) for key in redis.scan_iter(count=1000))
    keys = [key for key, names in parts if name in names and names[0] != b"lock"]
    if keys:
        redis.delete(*keys)
    return len(keys) + clients.spotify_quota().forget(user_id, now=now)


def compact_append_only_file() -> None:
    """Ask Valkey to rewrite its append-only file, which holds every command until then."""
    try:
        clients.redis_client().execute_command("BGREWRITEAOF")  # type: ignore[no-untyped-call]
    except ResponseError as error:  # already rewriting, or a hosted server that does it itself
        log.info("the append-only file was not rewritten: %s", error)


@registry.register
class AccountData(PersonalData):
    """The listener's row, what refers to it in accounts and privacy, and their admin actions."""

    tables: ClassVar[Mapping[str, str]] = {
        "accounts.Listener": "deleted by the last step of the first pass",
        "accounts.Token": "deleted when the listener disconnects",
        "accounts.ListenerTimezone": "deleted with the listener's row",
        "accounts.ApiToken": "deleted with the listener's row",
        "privacy.ErasureRequest": "deleted with the listener's row; else it names nobody",
        "privacy.ErasedAccount": "deleted by the second pass",
        "admin.LogEntry": "deleted with the listener's row, and where an entry names them",
    }
