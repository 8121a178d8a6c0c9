"""The install that moves: stopped, drained and built as of one time, its rows in an archive.

All but what a drain and a build add stays as it was, so that the install can be started again.
"""

import hashlib
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command

from ingestion.backup import archive, database, files
from ingestion.backup.archive import Archive, BackupError
from ingestion.backup.creation import Note
from ingestion.backup.restoration import require_stopped
from ingestion.history_import.jobs import ledger_folder
from ingestion.models import Stage, Trigger
from ingestion.operations import runs
from ingestion.pipeline import builds, transformation
from ingestion.transfer import gold, objects
from ingestion.transfer.request import (
    FILL,
    LakeAddress,
    TransferRequest,
    digest,
    engine_addresses,
    shared_values,
)
from spotifyweb import clients, events
from spotifyweb import lake as lakes
from spotifyweb.accounts import key_fingerprints

DRAIN_SECONDS = 45  # a dead lock expires within 30
EVERYTHING: frozenset[str] = frozenset()  # sessions too: nobody is logged out by a move


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What there is to move."""

    records: int  # of the log, not landed
    objects: int  # of the lake


def inventory() -> Inventory:
    return Inventory(records=lag(), objects=len(objects.list_keys(clients.lake())))


def question() -> TransferRequest:
    """Return a request that only asks whether the target can take this install."""
    key_fingerprints.record()
    return TransferRequest(
        source=digest(f"{settings.SECRET_KEY} {sorted(engine_addresses().items())}")[:16],
        addresses=engine_addresses(),
        values=shared_values(),
        fingerprints={
            setting: sorted(known)
            for setting, known in key_fingerprints.known_fingerprints().items()
        },
        lake=lake_address(),
    )


def prepare(*, clock: Callable[[], datetime], note: Note = lambda _: None) -> TransferRequest:
    """Return the request to fill the target; drain, build and save rows first, unless that is done.

    Raises BackupError, CommandError of the drain, and the failures of a build.
    """
    require_stopped(now=clock())
    key_fingerprints.record()  # before the rows are read: they have to be among them
    note("comparing this install with an earlier run")
    found = _finished_archive()
    if found is None:
        note("draining the event log")
        _drain()
        found = _save(clock=clock, note=note)
    saved, about = found
    return replace(
        question(),
        archive=str(folder()),
        name=saved.name,
        as_of=datetime.fromisoformat(about["as_of"]),
        gold=about["gold"],
        task=FILL,
    )


def require_unchanged(request: TransferRequest) -> None:
    """Raise BackupError where this install was used while it moved."""
    _, about = archive.open_archive(_store(), request.name)
    if about["contents"] != contents() or lag():
        raise BackupError(
            "this install was used while it moved: stop what uses it, web too, and run this again"
        )


def forget() -> None:
    """Delete the archive: it holds what the database holds."""
    shutil.rmtree(folder(), ignore_errors=True)


def folder() -> Path:
    """Return where the archive lies, and copies of large objects."""
    path = Path(settings.DATA_DIR) / "transfer"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def lag() -> int:
    return sum(clients.event_log().lag(topic) for topic in events.TOPICS)


def contents() -> str:
    """Return a digest of all rows, and of the names and sizes of all objects."""
    found = hashlib.sha256()
    for line in database.lines(without=EVERYTHING):
        found.update(line)
    for key, size in objects.sizes(clients.lake()):
        found.update(f"{key} {size}".encode())
    return found.hexdigest()


def lake_address() -> LakeAddress:
    """Return the lake, with this process's credentials: the target's has its own."""
    return LakeAddress(
        url=settings.LAKE_URL,
        endpoint=settings.AWS_ENDPOINT_URL,
        region=settings.AWS_REGION,
        credentials=lakes.credentials(settings.LAKE_URL),
    )


def _finished_archive() -> tuple[Archive, dict[str, Any]] | None:
    """Return the archive of an earlier run, where nothing has changed since."""
    with suppress(BackupError):
        saved, about = archive.open_archive(_store())
        if not lag() and about["contents"] == contents():
            return saved, about
    return None


def _drain() -> None:
    """Land all that waits, if need be after the lock of a drain that was killed."""
    deadline = time.monotonic() + DRAIN_SECONDS
    call_command("consume", json=True, stdout=StringIO())
    while lag() and time.monotonic() < deadline:
        time.sleep(1)
        call_command("consume", json=True, stdout=StringIO())
    if waiting := lag():
        raise BackupError(f"{waiting:,} events could not be drained: see manage.py consume")


def _save(*, clock: Callable[[], datetime], note: Note) -> tuple[Archive, dict[str, Any]]:
    shutil.rmtree(folder())
    as_of = clock()
    note("building gold to compare with")
    build(as_of=as_of)
    tables = gold.digests(clients.builds().reader)
    note("saving the rows of the database")
    saved = Archive(store=_store(), name=f"{as_of:%Y%m%dT%H%M%S%fZ}")
    nodes = database.migrations()
    for number, part in enumerate(database.parts(without=EVERYTHING), start=1):
        saved.put(f"database/{number:06}.jsonl.gz", part)
    files.save_ledgers(saved, clients.lake(), ledger_folder())
    about = {
        "migrations": nodes,
        "as_of": as_of.isoformat(),
        "gold": tables,
        "contents": contents(),
    }
    saved.complete(**about)
    return saved, about


def build(*, as_of: datetime) -> str:
    """Build all anew as of that time, and return the build's id. Raises what builds raise."""
    with runs.recording(Stage.REBUILD, now=as_of, trigger=Trigger.PERSON) as run:
        outcome = builds.run_transform(
            run,
            is_forced=True,
            store=clients.lake(),
            builds=clients.builds(),
            folder=settings.DATA_DIR / "dbt",
            now=as_of,
            full_refresh=True,
            wait_seconds=2 * transformation.LOCK_SECONDS,  # of a build that was killed
        )
    return outcome.build_id


def _store() -> lakes.Lake:
    return archive.open_destination(str(folder()))
