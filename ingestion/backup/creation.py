"""Making a backup while everything goes on: database, ledgers, log, and the lake last."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from django.conf import settings

from ingestion.backup import archive, database, erasures, files
from ingestion.backup.archive import Archive
from ingestion.history_import.jobs import ledger_folder
from ingestion.models import BackupDestination
from spotifyweb import clients, locks

KEYS_NOTE = (
    "The keys are not in it, on purpose. Keep SECRET_KEY and TOKEN_KEYS (keys.env in DATA_DIR)"
    " somewhere else: without them a restore works, and listeners have to log in to Spotify again."
)
Note = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a backup holds."""

    name: str
    url: str
    database_parts: int
    imports: int
    records: int  # of the log, not landed
    objects: int  # of the lake


def create(place: str, *, now: datetime, keep: int = 0, note: Note = lambda _: None) -> Backup:
    """Back up to a folder or s3://bucket/prefix; with `keep`, delete all but that many.

    Raises BackupError, locks.LockHeld, LakeError and LogError; what is there by then is no backup.
    """
    store = archive.open_destination(place)
    with locks.lock("backup"):
        remembered, _ = BackupDestination.objects.get_or_create(url=store.url)
        backup = Archive(store=store, name=f"{now:%Y%m%dT%H%M%SZ}")
        summary = _save(backup, note)
        erasures.write(remembered)  # that the list is there shows that it can be written
        remembered.backed_up_at = now
        remembered.save(update_fields=["backed_up_at"])
        for name in archive.backup_names(store)[:-keep] if keep else ():
            archive.open_archive(store, name)[0].delete()
    return summary


def _save(backup: Archive, note: Note) -> Backup:
    note("database")
    nodes = database.migrations()
    parts = 0
    for parts, part in enumerate(database.parts(), start=1):
        backup.put(f"database/{parts:06}.jsonl.gz", part)
    imports = files.save_ledgers(backup, clients.lake(), ledger_folder())
    note("event log")
    records = files.save_log(backup, clients.event_log())
    note("lake")
    objects = files.save_lake(backup, clients.lake(), step=lambda count: note(f"lake: {count:,}"))
    summary = Backup(
        name=backup.name,
        url=backup.store.url,
        database_parts=parts,
        imports=imports,
        records=records,
        objects=objects,
    )
    backup.complete(migrations=nodes, site=settings.SITE_URL, **asdict(summary))
    return summary
