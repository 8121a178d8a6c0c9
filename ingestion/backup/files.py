"""What lies beside the database: ledgers of imports, events that have not landed, the lake."""

import gzip
import io
import sqlite3
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import orjson
import pyarrow.parquet as pq

from ingestion.backup.archive import Archive
from ingestion.history_import import uploads
from ingestion.history_import.ledger import KEYS
from spotifyweb import events
from spotifyweb.eventlog import EventLog
from spotifyweb.lake import DATASETS, Lake, ObjectNotFound, Suppression
from spotifyweb.lake.suppression import matches_raw

READ_RECORDS, READ_BYTES = 20_000, 16 * 1024 * 1024
LEDGERS, LOG, LAKE = "imports/", "log/", "lake/"
Step = Callable[[int], None]  # how many objects are done


def save_ledgers(archive: Archive, lake: Lake, folder: Path) -> int:
    """Store each ledger as of one moment, even while an import writes to it; return how many.

    Those in `folder` are of a version that kept them there.
    """
    stored = list(lake.keys(KEYS))
    for key in stored:
        archive.put(LEDGERS + key.removeprefix(KEYS), lake.get(key))
    return len(stored) + _save_former_ledgers(archive, folder)


def _save_former_ledgers(archive: Archive, folder: Path) -> int:
    found = sorted(folder.glob("*.sqlite3"))
    for path in found:
        with tempfile.TemporaryDirectory() as name:
            copy = Path(name) / path.name
            source, target = sqlite3.connect(path), sqlite3.connect(copy)
            try:
                source.backup(target)
            finally:
                source.close()
                target.close()
            archive.put(LEDGERS + path.name, copy.read_bytes())
    return len(found)


def load_ledgers(archive: Archive, lake: Lake) -> None:
    for key in archive.keys(LEDGERS):
        lake.put(KEYS + key.removeprefix(LEDGERS), archive.get(key))


def save_log(archive: Archive, log: EventLog) -> int:
    """Store the records that have not landed, without committing any; return how many."""
    count = 0
    for topic in events.TOPICS:
        batches = log.drain(topic, max_records=READ_RECORDS, max_bytes=READ_BYTES)
        for number, batch in enumerate(batches):
            rows = zip(batch.offsets, batch.keys, batch.values, batch.appended_ms, strict=True)
            lines = [
                orjson.dumps([batch.partition, offset, _text(key), _text(value), at])
                for offset, key, value, at in rows
            ]
            archive.put(f"{LOG}{topic}/{number:06}.jsonl.gz", gzip.compress(b"\n".join(lines)))
            count += len(lines)
    return count


def load_log(archive: Archive, log: EventLog, lake: Lake, erased: Sequence[Suppression]) -> int:
    """Append what neither landed in the backup's lake nor is erased; return how many records."""
    count = 0
    for topic in events.TOPICS:
        landed: set[tuple[int, str]] | None = None
        for key in archive.keys(f"{LOG}{topic}/"):
            landed = _landed_positions(lake, DATASETS[topic]) if landed is None else landed
            records = (
                record for record in _records(archive.get(key)) if record.position not in landed
            )
            kept = [
                (record.key, record.value) for record in records if not record.is_erased(erased)
            ]
            count += log.append(topic, kept)
    log.sync()
    return count


class Record(NamedTuple):
    """A record that had not landed."""

    position: tuple[int, str]  # partition and offset
    key: str
    value: bytes
    at: datetime

    def is_erased(self, erased: Sequence[Suppression]) -> bool:
        return any(
            matches_raw(suppression, key=self.key, raw=self.value, at=self.at)
            for suppression in erased
        )


def _records(packed: bytes) -> Iterator[Record]:
    for line in gzip.decompress(packed).splitlines():
        partition, offset, key, value, appended_ms = orjson.loads(line)
        at = datetime.fromtimestamp(appended_ms / 1000, UTC)
        yield Record((partition, offset), b64decode(key).decode(), b64decode(value), at)


def _landed_positions(lake: Lake, dataset: str) -> set[tuple[int, str]]:
    """Return partition and offset of every event and every reject of this dataset."""
    found: set[tuple[int, str]] = set()
    for prefix, columns in (
        (f"bronze/{dataset}/", ["log_partition", "log_offset"]),
        (f"rejects/{dataset}/", ["partition", "offset"]),
    ):
        for key in lake.keys(prefix):
            table = pq.read_table(io.BytesIO(lake.get(key)), columns=columns)
            found.update(zip(*(table[name].to_pylist() for name in columns), strict=True))
    return found


def save_lake(archive: Archive, lake: Lake, *, step: Step = lambda _: None) -> int:
    """Store every object that exists now; one that disappears meanwhile was erased.

    Uploads are in no backup, and ledgers are older than the log: they tell what it holds.
    """
    stored = list(lake.keys())
    kept = [key for key in stored if not key.startswith((KEYS, uploads.KEYS))]
    for number, key in enumerate(kept, start=1):
        try:
            archive.put(LAKE + key, lake.get(key))
        except ObjectNotFound:
            continue
        step(number)
    return sum(1 for _ in archive.keys(LAKE))


def load_lake(archive: Archive, lake: Lake, *, step: Step = lambda _: None) -> int:
    keys = list(archive.keys(LAKE))
    for number, key in enumerate(keys, start=1):
        lake.put(key.removeprefix(LAKE), archive.get(key))
        step(number)
    return len(keys)


def _text(data: bytes) -> str:
    return b64encode(data).decode()
