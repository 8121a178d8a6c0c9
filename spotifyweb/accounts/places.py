"""Taking what an order covers out of each place: log, lake, database, caches. Safe to repeat."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from django.dispatch import Signal
from redis.exceptions import ResponseError

from spotifyweb import clients, events, locks
from spotifyweb.accounts import marking, signals
from spotifyweb.accounts.models import Connection, Listener, Order
from spotifyweb.lake import ObjectNotFound, Suppression, deletion, suppression

log = logging.getLogger(__name__)

Counts = Mapping[str, int]
LAKE_LOCK = "rewriting the lake"  # two rewritings of one object would undo each other
LAKE_WAIT_SECONDS = 10 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose data it is, and what of it."""

    user_id: str
    listener: Listener | None
    erased: Sequence[Suppression]
    sources: tuple[str, ...] = ()  # of somebody who left: empty for everything

    @classmethod
    def of(cls, order: Order) -> "Subject | None":
        """None for somebody who left and of whom nothing is known any more."""
        if order.kind in Order.MARKS:
            assert order.listener is not None, "a mark goes with its listener"
            mark = marking.of(order)
            return cls(user_id=mark.user_id, listener=order.listener, erased=[mark])
        rows = list(order.erasures.all())
        if not rows:
            return None
        user_id = rows[0].user_id
        return cls(
            user_id=user_id,
            listener=leaver(user_id) or order.listener,
            erased=[
                Suppression(user_id=user_id, source=row.source, before=row.before) for row in rows
            ],
            sources=tuple(row.source for row in rows if row.source),
        )

    @property
    def is_whole(self) -> bool:
        return any(not one.source and one.until is None for one in self.erased)

    @property
    def is_leaving(self) -> bool:
        return all(one.before is not None for one in self.erased)


def leaver(user_id: str) -> Listener | None:
    """Somebody on their way out, not who came back meanwhile."""
    return Listener.objects.filter(
        user_id=user_id, connection=Connection.DISCONNECTED, is_active=False
    ).first()


def from_log(subject: Subject) -> Counts:
    """Records that have not landed, and dead letters; nothing that has landed is kept for long.

    Of Kafka, which removes no single records, what has not landed is kept out by the sink.
    """

    def is_erased(value: bytes, appended_ms: int) -> bool:
        at = datetime.fromtimestamp(appended_ms / 1000, UTC)
        return any(
            suppression.matches_raw(one, key=subject.user_id, raw=value, at=at)
            for one in subject.erased
        )

    topics = [name for topic in events.TOPICS for name in (topic, events.dead_letter_topic(topic))]
    door = clients.event_log()
    removed = sum(door.erase_key(topic, subject.user_id, where=is_erased) for topic in topics)
    for topic in events.TOPICS:
        door.truncate_committed(topic)
    return {"records waiting in the log": removed}


def from_lake(subject: Subject, order: Order) -> Counts:
    """What is to be rewritten is written down first: a count survives whoever was counting."""
    door = clients.lake()
    with locks.lock(LAKE_LOCK, wait_seconds=LAKE_WAIT_SECONDS) as lock:
        found = list(deletion.find_objects(door, subject.erased))
        _plan(order, found)
        for one in found:
            done = deletion.delete_rows_of_object(door, one.key, subject.erased, fence=lock.check)
            if done is not None:
                order.objects_rewritten[done.key]["sha256"] = done.sha256
        _complete_digests(order)
    return _by_kind(order)


def _plan(order: Order, found: Sequence[deletion.MatchedObject]) -> None:
    """One that was planned and not rewritten is the same one; else rows landed anew, and add up."""
    for one in found:
        known = order.objects_rewritten.get(one.key)
        before = known["rows"] if known and known["sha256"] is not None else 0
        order.objects_rewritten[one.key] = {"rows": before + one.rows, "sha256": None}
    order.save(update_fields=["objects_rewritten"])


def _complete_digests(order: Order) -> None:
    """Of those rewritten by a worker that was killed before it could say so."""
    for key, told in order.objects_rewritten.items():
        if told["sha256"] is None:
            told["sha256"] = _digest(key)
    order.save(update_fields=["objects_rewritten"])


def _digest(key: str) -> str:
    try:
        return sha256(clients.lake().get(key)).hexdigest()
    except ObjectNotFound:
        return ""


def _by_kind(order: Order) -> Counts:
    rows: Counter[str] = Counter({"rows in the lake": 0, "rejected records": 0})
    for key, told in order.objects_rewritten.items():
        kind = "rejected records" if key.startswith("rejects/") else "rows in the lake"
        rows[kind] += told["rows"]
    return {**rows, "files of the lake rewritten": len(order.objects_rewritten)}


def from_database(subject: Subject) -> Counts:
    """What the apps keep of it."""
    if not subject.is_leaving:
        return _answered(signals.part_erased, listener=subject.listener, erased=subject.erased[0])
    return _answered(
        signals.forgetting,
        user_id=subject.user_id,
        listener=subject.listener,
        sources=subject.sources,
    )


def from_caches(subject: Subject, *, now: datetime) -> Counts:
    """What was computed from it; of somebody who left, every key that names them."""
    removed = Counter(from_answers(subject.user_id))
    if subject.is_leaving and subject.is_whole:
        removed["entries in caches"] += _erase_keys(subject.user_id, now=now)
    return removed


def from_answers(user_id: str) -> Counts:
    """What pages remember, of theirs and of others who are shown it."""
    return _answered(signals.answers_outdated, user_id=user_id)


def _answered(signal: Signal, **about: object) -> Counts:
    counts: Counter[str] = Counter()
    for _, answer in signal.send(sender=Listener, **about):
        counts.update(answer or {})
    return counts


def _erase_keys(user_id: str, *, now: datetime) -> int:
    """Keys that name the listener between colons, and the counters of calls to Spotify.

    A lock is left to who holds it; it goes by itself.
    """
    redis, wanted = clients.redis_client(), user_id.encode()
    parts = ((key, key.split(b":")) for key in redis.scan_iter(count=1000))
    named = [key for key, names in parts if wanted in names and names[0] != b"lock"]
    if named:
        redis.delete(*named)
    return len(named) + clients.spotify_quota().forget(user_id, now=now)


def forget_written_commands() -> None:
    """The append-only file remembers every command until it is written anew."""
    try:
        clients.redis_client().execute_command("BGREWRITEAOF")  # type: ignore[no-untyped-call]
    except ResponseError as error:  # rewriting already, or a hosted server that does it itself
        log.info("the append-only file was not rewritten: %s", error)
