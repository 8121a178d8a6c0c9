"""The fingerprint of a build: a digest of all that it is made of, so that news can be recognised.

SQL and its parameters, the objects of the lake, the snapshots, and the day: recommendations weigh
plays by their age, so each UTC day is news. An erasure rewrites objects under the same key; its
build does not ask for news.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from ingestion.pipeline.snapshots import Snapshots
from spotifyweb import lake as lakes
from spotifyweb.lake import Lake

NEWEST = 10  # objects of a dataset whose sizes count
RENEWED = "fetched_at"  # metadata is fetched anew every day and is mostly the same


def compute(*, project: str, store: Lake, snapshots: Snapshots, now: datetime) -> str:
    """Return the fingerprint of a build that begins now, as 32 hexadecimal digits."""
    digest = hashlib.sha256(f"{project} {now.astimezone(UTC):%Y-%m-%d}".encode())
    for dataset in lakes.DATASETS.values():
        keys = list(_objects(store, dataset))
        sizes = [_size(store, key) for key in keys[-NEWEST:]]  # a batch written again may be longer
        digest.update(f"{keys} {sizes}".encode())
    for name, table in sorted(snapshots.items()):
        digest.update(f"{name} {lakes.table_digest(table, without={RENEWED})}".encode())
    return digest.hexdigest()[:32]


def _objects(store: Lake, dataset: str) -> Iterator[str]:
    """Yield the keys of a dataset's objects with events, oldest first."""
    return (key for key in store.keys(f"bronze/{dataset}/") if key.endswith(".parquet"))


def _size(store: Lake, key: str) -> int:
    """Return an object's bytes; 0 where it was deleted since it was listed, as compaction does."""
    try:
        return store.size(key)
    except lakes.ObjectNotFound:
        return 0
