"""Progress and receipts of erasure requests: counts, times and digests, no erased data."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.conf import settings

from spotifyweb.privacy.models import ErasureRequest

Kind = ErasureRequest.Kind
STEPS = {  # in this order: the store, and what is erased from it
    "log": ("Event log", "records that have not landed yet"),
    "lake": ("Lake", "files that hold such rows, rewritten one by one"),
    "database": ("Database", "rejects, quoted rows of imports, the player's state"),
    "caches": ("Caches", "stored answers and recommendations"),
    "late": ("What was on its way", "looked for once more, a minute later"),
    "warehouse": ("Warehouse", "built anew from what is left, tested, published"),
}
KAFKA_NOTE = (
    "Kafka removes no single records: it is asked to delete everything that has landed. Dead"
    " letters, what lands after the last look, and all where a broker refuses, stay there until"
    " their retention of 30 days ends."
)
BACKUPS_NOTE = "Backups, and versions that a bucket keeps, are with whoever runs this site."
SUPPRESSION_NOTE = (
    "So that no later import or fetch brings it back, a mark stays: {}. You can lift it."
)
STORED_DATA = {
    Kind.PLAY: "the moment of the play and salted fingerprints of its item, no names",
    Kind.PERIOD: "where the period begins and ends, nothing of what was in it",
    Kind.SOURCE: "the source's name and this moment, nothing of what it told",
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


def steps(erasure: ErasureRequest) -> list[Step]:
    """Return the progress of a request, one entry a step."""
    progress = []
    is_next = True
    for name, (title, meaning) in STEPS.items():
        record = erasure.steps.get(name)
        done = record is not None or (name == "late" and erasure.second_pass_at is not None)
        state = "done" if done else "running" if is_next else "waiting"
        is_next = is_next and done
        at = erasure.second_pass_at if done else None
        if record:
            at = datetime.fromisoformat(record["at"])
        counts = record["counts"] if record else {}
        progress.append(
            Step(
                name=name,
                title=title,
                meaning=meaning,
                state=state,
                at=at,
                counts={what: count for what, count in counts.items() if count},
            )
        )
    return progress


def totals(erasure: ErasureRequest) -> dict[str, int]:
    """Return what was removed from all stores together, in words."""
    counts: Counter[str] = Counter()
    for record in erasure.steps.values():
        counts.update(record["counts"])
    return dict(counts)


def days(erasure: ErasureRequest) -> tuple[date, date] | None:
    """Return first and last day of a period, in the listener's zone of that time; else None."""
    if erasure.first_date is None or erasure.last_date is None:
        return None
    return erasure.first_date, erasure.last_date


def notes(erasure: ErasureRequest) -> list[str]:
    """Return sentences on what an erasure cannot reach, and what it keeps on purpose."""
    is_kafka = urlsplit(settings.EVENT_LOG_URL).scheme == "kafka"
    suppression = (
        [SUPPRESSION_NOTE.format(STORED_DATA[Kind(erasure.kind)])] if erasure.is_suppressing else []
    )
    return [*suppression, *([KAFKA_NOTE] if is_kafka else []), BACKUPS_NOTE]


def receipt(erasure: ErasureRequest) -> dict[str, Any]:
    """Return the receipt, with a digest of its other fields, so that copies can be compared."""
    period = days(erasure)
    fields: dict[str, Any] = {
        "receipt": erasure.token,
        "kind": erasure.kind,
        "source": erasure.source,
        "first": period and period[0],
        "last": period and period[1],
        "state": state(erasure),
        "asked_at": erasure.asked_at,
        "cleansed_at": erasure.first_pass_at,
        "settled_at": erasure.second_pass_at,
        "done_at": erasure.done_at,
        "mark_lifted_at": erasure.lifted_at,
        "build_id": erasure.build_id,
        "removed": totals(erasure),
        "steps": [
            {"step": step.name, "state": step.state, "at": step.at, "counts": step.counts}
            for step in steps(erasure)
        ],
        "objects": [
            {"object": key, "rows": rewritten["rows"], "sha256": rewritten["sha256"] or ""}
            for key, rewritten in sorted(erasure.objects_rewritten.items())
        ],
        "notes": notes(erasure),
    }
    plain = orjson.loads(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS))
    return {**fields, "sha256": sha256(orjson.dumps(plain)).hexdigest()}


def state(erasure: ErasureRequest) -> str:
    """Return the state of a request: waiting, erasing, building or done."""
    if erasure.done_at is not None:
        return "done"
    if erasure.first_pass_at is not None:
        return "building"
    return "erasing" if erasure.steps.keys() & STEPS.keys() else "waiting"
