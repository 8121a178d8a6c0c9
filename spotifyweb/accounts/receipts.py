"""How far an order has come, and its receipt: counts, times, digests, nothing of what is gone."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.conf import settings

from spotifyweb.accounts.models import Order

STEPS = {  # of each order, in this order: what is done, and what comes when
    "log": ("Event log", "records that have not landed yet"),
    "lake": ("Lake", "files that hold such rows, rewritten one by one"),
    "database": ("Database", "rejects, quoted rows of imports, the player's state"),
    "caches": ("Caches", "stored answers and recommendations"),
    "late": ("What was on its way", "looked for once more, a minute later"),
    "warehouse": ("Warehouse", "built anew from what is left, tested, published"),
}
KAFKA = (
    "Kafka removes no single records: it is asked to delete everything that has landed. Dead"
    " letters, what lands after the last look, and all where a broker refuses, stay there until"
    " their retention of 30 days ends."
)
LEFT = "Backups, and versions that a bucket keeps, are with whoever runs this site."
MARK = "So that no later import or fetch brings it back, a mark stays: {}. You can lift it."
HELD = {
    Order.Kind.PLAY: "the moment of the play and salted fingerprints of its item, no names",
    Order.Kind.PERIOD: "where the period begins and ends, nothing of what was in it",
    Order.Kind.SOURCE: "the source's name and this moment, nothing of what it told",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the progress."""

    name: str
    title: str
    meaning: str
    state: str  # done, running or waiting
    at: datetime | None
    counts: dict[str, int]


def steps(order: Order) -> list[Step]:
    shown = []
    is_next = True
    for name, (title, meaning) in STEPS.items():
        told = order.steps.get(name)
        done = told is not None or (name == "late" and order.settled_at is not None)
        state = "done" if done else "running" if is_next else "waiting"
        is_next = is_next and done
        at = datetime.fromisoformat(told["at"]) if told else order.settled_at if done else None
        counts = {what: count for what, count in told["counts"].items() if count} if told else {}
        shown.append(
            Step(name=name, title=title, meaning=meaning, state=state, at=at, counts=counts)
        )
    return shown


def totals(order: Order) -> dict[str, int]:
    """What was taken out of all places."""
    counts: Counter[str] = Counter()
    for told in order.steps.values():
        counts.update(told["counts"])
    return dict(counts)


def days(order: Order) -> tuple[date, date] | None:
    """Of a period: its first and last day where the listener lived then."""
    if order.first_date is None or order.last_date is None:
        return None
    return order.first_date, order.last_date


def notes(order: Order) -> list[str]:
    """What an erasure cannot do, and what it leaves on purpose."""
    is_kafka = urlsplit(settings.EVENT_LOG_URL).scheme == "kafka"
    marks = [MARK.format(HELD[Order.Kind(order.kind)])] if order.is_mark else []
    return [*marks, *([KAFKA] if is_kafka else []), LEFT]


def receipt(order: Order) -> dict[str, Any]:
    """The whole of it, with a digest over all the rest, so that a copy can be told from another."""
    period = days(order)
    told: dict[str, Any] = {
        "receipt": order.token,
        "kind": order.kind,
        "source": order.source,
        "first": period and period[0],
        "last": period and period[1],
        "state": state(order),
        "asked_at": order.asked_at,
        "cleansed_at": order.cleansed_at,
        "settled_at": order.settled_at,
        "done_at": order.done_at,
        "mark_lifted_at": order.lifted_at,
        "build_id": order.build_id,
        "removed": totals(order),
        "steps": [
            {"step": step.name, "state": step.state, "at": step.at, "counts": step.counts}
            for step in steps(order)
        ],
        "objects": [
            {"object": key, "rows": about["rows"], "sha256": about["sha256"] or ""}
            for key, about in sorted(order.objects_rewritten.items())
        ],
        "notes": notes(order),
    }
    plain = orjson.loads(orjson.dumps(told, option=orjson.OPT_SORT_KEYS))
    return {**told, "sha256": sha256(orjson.dumps(plain)).hexdigest()}


def state(order: Order) -> str:
    """waiting, erasing, building or done."""
    if order.done_at is not None:
        return "done"
    if order.cleansed_at is not None:
        return "building"
    return "erasing" if order.steps.keys() & STEPS.keys() else "waiting"
