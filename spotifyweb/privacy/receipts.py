"""Progress and receipts of erasure requests: counts, times and digests, no erased data."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import orjson
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from spotifyweb.privacy.models import ErasureRequest

Kind = ErasureRequest.Kind
STEPS = {  # in this order: the store, and what is erased from it
    "log": (_("Incoming data"), _("records not stored yet")),
    "lake": (_("Stored files"), _("affected files are rewritten one by one")),
    "database": (_("Database"), _("unreadable records, examples from imports, the player's state")),
    "caches": (_("Temporary copies"), _("cached statistics and recommendations")),
    "late": (_("Late data"), _("checked again a minute later")),
    "warehouse": (_("Statistics"), _("rebuilt without the data, tested and published")),
}
KAFKA_NOTE = _(
    "Incoming data passes through Kafka, which cannot delete single records. What is stored by now"
    " is deleted there. Later and unreadable records, and those that Kafka keeps, expire."
)
SHARED_KAFKA_NOTE = _(
    "Other systems read the incoming data too, so it stays in Kafka until it expires there."
)
EXPIRY_NOTE = _("Copies in the incoming data expire on {time} ({zone}).")
BACKUPS_NOTE = _("Backups and older versions of files are up to the person who runs this site.")
SUPPRESSION_NOTE = _("We keep a block so that it is not re-imported: {}. You can remove the block.")
STORED_DATA = {
    Kind.PLAY: _("the time of the play and salted hashes of its item, no names"),
    Kind.PERIOD: _("the start and end of the period, none of its content"),
    Kind.SOURCE: _("the name of the source and the time, none of its content"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the progress."""

    name: str
    title: str | Promise
    meaning: str | Promise
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


def days(erasure: ErasureRequest) -> tuple[date, date] | None:
    """Return first and last day of a period, in the listener's zone of that time; else None."""
    if erasure.first_date is None or erasure.last_date is None:
        return None
    return erasure.first_date, erasure.last_date


def zone_name(erasure: ErasureRequest) -> str:
    """Return the zone of a receipt's times: the listener's when they asked, else now."""
    listener = erasure.listener
    return erasure.zone or (str(listener.timezone) if listener else "") or "UTC"


def notes(erasure: ErasureRequest) -> list[str]:
    """Return sentences on what an erasure cannot reach, and what it keeps on purpose."""
    is_kafka = urlsplit(settings.EVENT_LOG_URL).scheme == "kafka"
    suppression = (
        [str(SUPPRESSION_NOTE).format(STORED_DATA[Kind(erasure.kind)])]
        if erasure.is_suppressing
        else []
    )
    kafka = SHARED_KAFKA_NOTE if settings.EVENT_LOG_TOPICS["is_shared"] else KAFKA_NOTE
    log = [str(kafka)] if is_kafka else []
    if erasure.log_forgets_at:
        zone = zone_name(erasure)
        expires_at = erasure.log_forgets_at.astimezone(ZoneInfo(zone))
        log.append(str(EXPIRY_NOTE).format(time=f"{expires_at:%-d %b %Y, %H:%M}", zone=zone))
    return [*suppression, *log, str(BACKUPS_NOTE)]


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
        "log_forgets_at": erasure.log_forgets_at,
        "mark_lifted_at": erasure.lifted_at,
        "build_id": erasure.build_id,
        "removed": erasure.removed,
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
