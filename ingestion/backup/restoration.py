"""From a backup to an install: database, ledgers, lake and log, then what was erased since."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.management import call_command
from django.db import OperationalError, ProgrammingError

from ingestion.backup import archive, database, erasures, files
from ingestion.backup.archive import Archive, BackupError
from ingestion.backup.creation import Note
from spotifyweb import clients, events, lake
from spotifyweb.accounts import key_fingerprints
from spotifyweb.accounts.models import Connection, Listener, Token
from spotifyweb.accounts.token_store import KeyLost, decrypt
from spotifyweb.celery import heartbeats
from spotifyweb.monitoring.probes import WORKER_TIMEOUT
from spotifyweb.warehouse import WarehouseError


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport:
    """What came back; `logins` are listeners whose tokens no key opens."""

    name: str
    rows: int
    objects: int
    records: int
    erasures: int
    logins: int


def restore(
    place: str, *, name: str = "", clock: Callable[[], datetime], note: Note = lambda _: None
) -> RestoreReport:
    """Fill this empty install from the newest backup, or the named one. A build has to follow.

    Raises BackupError where there is none, where it is damaged, or where this install is not empty.
    """
    store = archive.open_destination(place)
    backup, about = archive.open_archive(store, name)
    require_empty(now=clock())
    note("database")
    parts = map(backup.get, backup.keys("database/"))
    rows = database.load([tuple(node) for node in about["migrations"]], parts)
    call_command("migrate", verbosity=0)
    files.load_ledgers(backup, clients.lake())
    return _fill(backup, rows, clock, note)


def _fill(backup: Archive, rows: int, clock: Callable[[], datetime], note: Note) -> RestoreReport:
    note("lake")
    target = clients.lake()
    objects = files.load_lake(backup, target, step=lambda count: note(f"lake: {count:,}"))
    lake.ensure_datasets(target)
    note("event log")
    dead_letters = map(events.dead_letter_topic, events.TOPICS)
    clients.event_log().create_topics([*events.TOPICS, *dead_letters])
    requests = erasures.adopt(erasures.read(backup.store))
    records = files.load_log(backup, clients.event_log(), target, erasures.suppressions(requests))
    note("erasures")
    erasures.carry_out(requests, clock=clock)
    return RestoreReport(
        name=backup.name,
        rows=rows,
        objects=objects,
        records=records,
        erasures=len(requests),
        logins=_adopt_keys(),
    )


def require_stopped(*, now: datetime) -> None:
    """Check that no worker of this install is running. Raises BackupError otherwise."""
    at_work = [
        name
        for name, at in heartbeats.last_heartbeats().items()
        if name != heartbeats.BEAT and now - at < WORKER_TIMEOUT
    ]
    if at_work:
        raise BackupError(f"stop the workers first, and wait {WORKER_TIMEOUT.seconds} s: {at_work}")


def require_empty(*, now: datetime) -> None:
    """Check that a restore mixes with nothing. Raises BackupError otherwise.

    Workers that are running count too.
    """
    require_stopped(now=now)
    for what, is_used in (
        ("the database (DATABASE_URL, or db.sqlite3 in DATA_DIR) has listeners", _has_listeners()),
        ("the lake (LAKE_URL) has events", _has_events()),
        ("the warehouse (WAREHOUSE_URL) has a published build", _has_build()),
    ):
        if is_used:
            raise BackupError(f"{what}: this needs an empty install, such as a new DATA_DIR")


def _has_listeners() -> bool:
    try:
        return Listener.objects.exists()
    except (OperationalError, ProgrammingError):  # no tables yet
        return False


def _has_events() -> bool:
    datasets = lake.DATASETS.values()
    prefixes = [f"bronze/{name}/" for name in datasets]
    return any(
        key.endswith(".parquet") for prefix in prefixes for key in clients.lake().keys(prefix)
    )


def _has_build() -> bool:
    try:
        return clients.warehouse().published() is not None
    except WarehouseError as error:
        raise BackupError(f"the warehouse does not answer: {error}") from error


def _adopt_keys() -> int:
    """Make this host's keys the install's; return how many listeners have to log in again."""
    key_fingerprints.replace()
    return forget_lost_tokens()


def forget_lost_tokens() -> int:
    """Drop tokens that no present key decrypts; return how many listeners have to log in again."""
    lost = [token for token in Token.objects.select_related("listener") if not _opens(token)]
    for token in lost:
        Listener.objects.filter(pk=token.listener.pk).update(connection=Connection.NEEDS_LOGIN)
        token.delete()
    return len(lost)


def _opens(token: Token) -> bool:
    try:
        decrypt(token.refresh_token)
    except KeyLost:
        return False
    return True
