"""Dead letters: records that were set aside are appended again, corrected or dropped, once each.

What is appended again is decoded first, so that it lands. It gets a new offset; the reject's row
keeps what was done, when, and the id of the event, with which bronze can be searched.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import orjson
from django.db import transaction
from django.db.models import QuerySet

from ingestion.models import Reject
from spotifyweb import lake
from spotifyweb.eventlog import EventLog
from spotifyweb.lake import Lake, parts

Resolution = Reject.Resolution


class DeadLetterError(Exception):
    """The record cannot be appended again; the message says why."""


def open_rejects() -> QuerySet[Reject]:
    """Return the rejects about which nothing was decided, the oldest first."""
    return Reject.objects.filter(resolution="").order_by("pk")


def raw_values(rejects: Iterable[Reject], store: Lake) -> dict[int, bytes]:
    """Return the bytes of each reject by its primary key; none of one that the lake lost."""
    keys = {(reject.topic, reject.partition, reject.offset): reject.pk for reject in rejects}
    places = {(topic, partition) for topic, partition, _ in keys}
    found: dict[int, bytes] = {}
    for topic in {topic for topic, _ in places}:
        for part in parts.parse_all(store.keys(f"rejects/{lake.DATASETS[topic]}/")):
            if (topic, part.partition) not in places:
                continue
            for row in lake.read_table(store, part.key).to_pylist():
                pk = keys.get((topic, row["partition"], row["offset"]))
                if pk is not None:
                    found[pk] = row["raw"]
    return found


def resolve_each(
    rejects: Sequence[Reject],
    action: str,
    *,
    log: EventLog,
    store: Lake,
    now: datetime,
    value: bytes | None = None,
) -> Iterator[tuple[Reject, str]]:
    """Requeue, edit or drop each; yield it with the reason why it could not be, or with "".

    Raises LogError, LakeError: the rest is as it was.
    """
    raws = {} if action == "drop" else raw_values(rejects, store)
    for reject in rejects:
        try:
            if action == "drop":
                drop(reject, now=now)
            else:
                requeue(reject, raws.get(reject.pk), log=log, now=now, value=value)
            yield reject, ""
        except DeadLetterError as error:
            yield reject, str(error)


def requeue(
    reject: Reject, raw: bytes | None, *, log: EventLog, now: datetime, value: bytes | None = None
) -> str:
    """Append a record to its topic again, as it was or as `value`; return its event's id.

    A process that is killed after the append leaves the reject in the list; appended once more, it
    is the same event, which dbt counts once. Raises DeadLetterError, LogError: then nothing has
    changed.
    """
    if value is None and raw is None:
        raise DeadLetterError("the lake does not hold its bytes any more: drop it, or edit it")
    record = raw if value is None else value
    assert record is not None
    row = _decode(reject, record)
    how = Resolution.REQUEUED if value is None else Resolution.EDITED
    with transaction.atomic():
        _resolve(reject, how, now=now, event_id=row["event_id"])
        log.append(reject.topic, [(row["user_id"], record)])
        log.sync()
    reject.refresh_from_db()
    return row["event_id"]


def drop(reject: Reject, *, now: datetime) -> None:
    """Decide that a record stays set aside. Raises DeadLetterError."""
    _resolve(reject, Resolution.DROPPED, now=now)
    reject.refresh_from_db()


def _decode(reject: Reject, value: bytes) -> dict[str, str]:
    """Return the record's fields. Raises DeadLetterError where it makes no event of its owner."""
    decoded = lake.decode(reject.topic, [value])
    if decoded.rejects:
        raise DeadLetterError(f"still no event: {decoded.rejects[0].reason}")
    row: dict[str, str] = orjson.loads(value)
    if reject.user_id and row["user_id"] != reject.user_id:
        raise DeadLetterError("it names another listener than the record that was set aside")
    return row


def _resolve(reject: Reject, how: Resolution, *, now: datetime, event_id: str = "") -> None:
    """Note the decision, unless there is one: two people cannot append the same record."""
    rows = open_rejects().filter(pk=reject.pk)
    if not rows.update(resolution=how, resolved_at=now, event_id=event_id):
        reject.refresh_from_db()
        raise DeadLetterError(
            f"it was {reject.resolution} at {reject.resolved_at:%Y-%m-%d %H:%M} UTC"
        )
