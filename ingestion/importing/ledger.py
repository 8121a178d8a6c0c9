"""Which events of a listener were imported before: exactly, in a small file of its own.

One SQLite file per listener below DATA_DIR/imports: it holds millions of 16-byte ids in little
memory, and an import is one transaction, kept only after the log has every event, on disk.
A crash in between leaves the old ledger; the repeated import appends the same events again, and
the warehouse keeps one of each.
"""

import sqlite3
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Self

TABLE = """
create table if not exists imported (
    event_id blob primary key, ms_played integer not null, import_id integer not null
) without rowid
"""
REMEMBER = "insert or ignore into imported values (?, ?, ?)"
RECALL = "select ms_played, import_id from imported where event_id = ?"
WAIT_SECONDS = 5.0  # for another import of the same listener


class Known(NamedTuple):
    """What was remembered of an event that came before."""

    ms_played: int
    import_id: int


class Ledger:
    """The imported events of one listener; `with` rolls back what was not kept."""

    def __init__(self, folder: Path, user_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.connection = sqlite3.connect(
            path(folder, user_id), timeout=WAIT_SECONDS, isolation_level=None
        )

    def __enter__(self) -> Self:
        self.connection.execute("pragma journal_mode = wal")
        self.connection.execute("pragma cache_size = -32768")
        self.connection.execute(TABLE)
        self.connection.execute("begin immediate")
        return self

    def __exit__(self, *_: object) -> None:
        if self.connection.in_transaction:
            self.connection.rollback()
        self.connection.close()

    def remember(self, event_id: str, ms_played: int, import_id: int) -> Known | None:
        """None for an event that is new, and now remembered; else what is known of it."""
        key = bytes.fromhex(event_id.replace("-", ""))
        if self.connection.execute(REMEMBER, (key, ms_played, import_id)).rowcount:
            return None
        return Known(*self.connection.execute(RECALL, (key,)).fetchone())

    def keep(self) -> None:
        """Every event is in the log, and on disk: let the ledger say so."""
        self.connection.commit()


def path(folder: Path, user_id: str) -> Path:
    """A user id may hold anything, its hash is a plain file name."""
    return folder / f"{sha256(user_id.encode()).hexdigest()[:32]}.sqlite3"


def forget(folder: Path, user_id: str) -> None:
    """After an erasure: what was imported may be imported again."""
    for suffix in ("", "-wal", "-shm"):
        path(folder, user_id).with_name(path(folder, user_id).name + suffix).unlink(missing_ok=True)
