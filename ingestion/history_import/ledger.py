"""The import ledger: which listens of a listener were imported before, exactly.

One SQLite file per listener, an object of the lake between imports, holds millions of ids in little
memory. An import copies it, and is one transaction, committed only after the log has synced every
event. A crash before the copy is put back leaves the old ledger; the repeated import appends the
same events, and the warehouse keeps one of each.

A listen is known by its event id, and by when its device began it: `ts` changes when a play is
handed in again, the device's start does not. Ledgers of older versions know no device starts; an
import of the same file adds them.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Self
from zlib import crc32

from spotifyweb.lake import FileLake, ObjectNotFound

TABLES = (
    "create table if not exists imported (event_id blob primary key,"
    " ms_played integer not null, import_id integer not null) without rowid",
    "create table if not exists starts (fingerprint integer primary key,"
    " device_start integer not null, ended_second integer not null, import_id integer not null)",
)
COLUMNS = "select name from pragma_table_info('imported')"
ADD_DEVICE_START = "alter table imported add column device_start integer"
REMEMBER = "insert or ignore into imported values (?, ?, ?, ?)"
RECALL = "select ms_played, import_id, device_start from imported where event_id = ?"
LEARN = "update imported set device_start = ? where event_id = ?"
REMEMBER_START = "insert or ignore into starts values (?, ?, ?, ?)"
RECALL_START = "select device_start, ended_second, import_id from starts where fingerprint = ?"
KEYS = "ledgers/"  # of the lake
ENDINGS = ("", "-wal", "-shm")
HASH_BITS = 25  # beside 38 bits for the seconds up to the year 9999
WAIT_SECONDS = 5.0  # for another import of the same listener


class KnownEvent(NamedTuple):
    """What is remembered of an event that was imported before."""

    ms_played: int
    import_id: int
    device_start: int | None  # as it was sent, in seconds or milliseconds


class KnownStart(NamedTuple):
    """What is remembered of an item that a device began at that second and played for as long."""

    device_start: int
    ended_second: int
    import_id: int


class Ledger:
    """The imported events of one listener; `with` rolls back what was not committed."""

    def __init__(self, folder: Path, user_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.connection = sqlite3.connect(
            ledger_path(folder, user_id), timeout=WAIT_SECONDS, isolation_level=None
        )
        self.cursor = self.connection.cursor()

    def __enter__(self) -> Self:
        self.connection.execute("pragma journal_mode = wal")
        self.connection.execute("pragma cache_size = -32768")
        self.connection.execute("begin immediate")
        for table in TABLES:
            self.connection.execute(table)
        if ("device_start",) not in self.connection.execute(COLUMNS).fetchall():
            self.connection.execute(ADD_DEVICE_START)
        return self

    def __exit__(self, *_: object) -> None:
        if self.connection.in_transaction:
            self.connection.rollback()
        self.connection.close()

    def remember(
        self, event_id: str, ms_played: int, import_id: int, device_start: int | None = None
    ) -> KnownEvent | None:
        """Remember an event that is new and return None; else return what is known of it."""
        row = (_key(event_id), ms_played, import_id, device_start)
        if self.cursor.execute(REMEMBER, row).rowcount:
            return None
        return self.find(event_id)

    def find(self, event_id: str) -> KnownEvent | None:
        """Return what is known of that event."""
        row = self.cursor.execute(RECALL, (_key(event_id),)).fetchone()
        return row and KnownEvent(*row)

    def add_device_start(self, event_id: str, device_start: int) -> None:
        """Add the device start of an event that was imported without it."""
        self.connection.execute(LEARN, (device_start, _key(event_id)))

    def remember_start(
        self, second: int, listen: str, *, device_start: int, ended_second: int, import_id: int
    ) -> KnownStart | None:
        """Remember that a device began a listen, named by item and length, at that second.

        Return None when it is new, else what is known of it. Keys begin with the second, so that a
        history, which is in order, is appended to the table and not strewn over it.
        """
        key = second << HASH_BITS | crc32(listen.encode()) >> 32 - HASH_BITS
        row = (key, device_start, ended_second, import_id)
        if self.cursor.execute(REMEMBER_START, row).rowcount:
            return None
        return KnownStart(*self.cursor.execute(RECALL_START, (key,)).fetchone())

    def commit(self) -> None:
        """Commit the transaction, once every event is in the log and on disk."""
        self.connection.commit()


def ledger_path(folder: Path, user_id: str) -> Path:
    """Return the path of a listener's ledger.

    A user id may hold anything, its hash is a file name.
    """
    return folder / f"{sha256(user_id.encode()).hexdigest()[:32]}.sqlite3"


@contextmanager
def checkout(store: FileLake, user_id: str, *, scratch: Path, former: Path) -> Iterator[Path]:
    """Yield a folder with a copy of the listener's ledger, which replaces it if the block succeeds.

    The copy lies below `scratch`; below `former` earlier versions kept ledgers.
    """
    with tempfile.TemporaryDirectory(prefix="ledger-", dir=scratch) as name:
        copy = ledger_path(Path(name), user_id)
        try:
            store.get_file(KEYS + copy.name, copy)
        except ObjectNotFound:
            copy.unlink(missing_ok=True)
            for path in _former_files(former, user_id):
                shutil.copyfile(path, copy.with_name(path.name))
        yield copy.parent
        store.put_file(KEYS + copy.name, copy)
        delete_files(former, user_id)


def delete_ledger(store: FileLake, user_id: str, *, former: Path) -> None:
    """Delete a listener's ledger after an erasure: what was imported may be imported again."""
    store.delete(KEYS + ledger_path(former, user_id).name)
    delete_files(former, user_id)


def delete_files(folder: Path, user_id: str) -> None:
    """Delete the ledger of a version that kept it below that folder."""
    for path in _former_files(folder, user_id):
        path.unlink(missing_ok=True)


def _former_files(folder: Path, user_id: str) -> list[Path]:
    path = ledger_path(folder, user_id)
    return [found for end in ENDINGS if (found := path.with_name(path.name + end)).exists()]


def _key(event_id: str) -> bytes:
    return bytes.fromhex(event_id.replace("-", ""))
