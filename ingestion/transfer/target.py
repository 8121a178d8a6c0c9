"""The install that is filled, under its own settings: refuse, or load, copy, build and compare.

Each step may be killed and repeated: rows are replaced in one transaction, objects are compared
before they are copied, a build replaces the one before.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from ingestion.backup import archive, database, files
from ingestion.backup.archive import Archive, BackupError
from ingestion.backup.creation import Note
from ingestion.backup.restoration import require_empty, require_stopped
from ingestion.transfer import gold, objects, source
from ingestion.transfer.gold import Comparison
from ingestion.transfer.request import TransferRequest, engine_addresses, shared_values
from ingestion.transfer.steps import Steps, require_same_source
from spotifyweb import clients, events, locks
from spotifyweb.accounts import key_fingerprints

LOCK, LOCK_SECONDS, LOCK_WAIT_SECONDS = "migrate_install", 10, 12
NOTED_EACH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class FillReport:
    """What the target holds now, beside the source."""

    rows: int
    objects: int
    copied: int
    tables: list[Comparison]

    @property
    def is_equal(self) -> bool:
        return all(table.is_equal for table in self.tables)


def sole_run() -> AbstractContextManager[locks.Lock]:
    """Hold this install's lock of moves; that of a killed run expires meanwhile."""
    return locks.lock(LOCK, LOCK_SECONDS, wait_seconds=LOCK_WAIT_SECONDS)


def check(request: TransferRequest, *, now: datetime) -> Steps:
    """Return what earlier runs of this move have finished.

    Raises BackupError where the target cannot take the source.
    """
    _require_other_engines(request)
    _require_same_settings(request)
    steps = Steps.read(clients.lake())
    if steps:
        require_same_source(steps, request)
        require_stopped(now=now)
    else:
        require_empty(now=now)
        _require_nothing_beside_events()
        _require_empty_log()
    return steps or Steps(store=clients.lake(), source=request.source)


def fill(
    request: TransferRequest, *, clock: Callable[[], datetime], note: Note = lambda _: None
) -> FillReport:
    """Carry out the steps that are missing, and compare gold; `complete` follows.

    Raises BackupError, locks.LockHeld, and what engines and builds raise.
    """
    with sole_run():
        steps = check(request, now=clock())
        steps.begin(request.name)
        saved, about = archive.open_archive(archive.open_destination(request.archive), request.name)
        for name, step in STEPS.items():
            if name not in steps.finished:
                note(name)
                steps.finish(name, step(request, saved, about, note))
        note("gold is compared")
        found = _outcome(request, steps)
        if not found.is_equal:
            steps.repeat("warehouse")
    return found


def complete(request: TransferRequest, *, now: datetime) -> None:
    """Note that the move has ended: the source was read once more, and is as it was."""
    check(request, now=now).complete(now)


def _require_other_engines(request: TransferRequest) -> None:
    own = engine_addresses()
    if same := [name for name, address in request.addresses.items() if own[name] == address]:
        raise BackupError(
            f"{', '.join(same)}: the target's is the source's own. The source stays as it is, so"
            " the target needs engines of its own"
        )


def _require_same_settings(request: TransferRequest) -> None:
    """Check keys, Spotify's app, and what gold is made with."""
    known = {setting: set(values) for setting, values in request.fingerprints.items()}
    if lacking := key_fingerprints.differences(known):
        raise BackupError(
            f"{', '.join(lacking)}: the target lacks keys of the source, without which its tokens"
            " and sessions are lost. Copy them from the source's .env, or from keys.env in its"
            " DATA_DIR (TOKEN_KEY there is TOKEN_KEYS here)"
        )
    own = shared_values()
    if differing := [name for name, value in request.values.items() if own[name] != value]:
        raise BackupError(
            f"{', '.join(differing)}: the target's is another than the source's. Write into its"
            " file what the source has in .env"
        )


def _require_nothing_beside_events() -> None:
    if found := objects.list_keys(clients.lake(), objects.BESIDE_EVENTS):
        raise BackupError(
            f"the lake (LAKE_URL) has {found[0]} of another install: choose an empty prefix"
        )


def _require_empty_log() -> None:
    log = clients.event_log()
    log.create_topics([*events.TOPICS, *map(events.dead_letter_topic, events.TOPICS)])
    if waiting := sum(log.lag(topic) for topic in events.TOPICS):
        raise BackupError(
            f"the event log (EVENT_LOG_URL) holds {waiting:,} events: empty topics are needed, such"
            " as those of another EVENT_LOG_TOPIC_PREFIX"
        )


def _outcome(request: TransferRequest, steps: Steps) -> FillReport:
    copied = steps.finished["lake"]
    return FillReport(
        rows=steps.finished["database"],
        objects=copied["objects"],
        copied=copied["copied"],
        tables=gold.compare(request.gold, gold.digests(clients.builds().reader)),
    )


def _load_database(_: TransferRequest, saved: Archive, about: dict[str, Any], __: Note) -> int:
    parts = map(saved.get, saved.keys("database/"))
    rows = database.load([tuple(node) for node in about["migrations"]], parts)
    call_command("migrate", verbosity=0)
    key_fingerprints.verify()
    return rows


def _copy_lake(
    request: TransferRequest, saved: Archive, _: dict[str, Any], note: Note
) -> dict[str, int]:
    copied = objects.mirror(
        request.lake.open(),
        clients.lake(),
        scratch=Path(request.archive),
        step=lambda done, total: note_some(done, total, note),
    )
    files.load_ledgers(saved, clients.lake())  # those of versions that kept them in a folder too
    return asdict(copied)


def note_some(done: int, total: int, note: Note) -> None:
    """Note every NOTED_EACH objects, and the last."""
    if done == total or done % NOTED_EACH == 0:
        note(f"lake: {done:,} of {total:,} objects")


def _prepare(*_: Any) -> int:
    """Make topics, schedule and static files: the log begins empty, as the source's was drained."""
    _require_empty_log()
    call_command("prepare", verbosity=0, json=True, stdout=StringIO())
    return 0


def _build(request: TransferRequest, *_: Any) -> str:
    assert request.as_of is not None, "a request to fill has a time"
    return source.build(as_of=request.as_of)


STEPS: dict[str, Callable[[TransferRequest, Archive, dict[str, Any], Note], Any]] = {
    "database": _load_database,
    "lake": _copy_lake,
    "warehouse": _build,
    "event log": _prepare,
}
