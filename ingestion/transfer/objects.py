"""The lake from store to store: what is there already is compared, what is missing is copied."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingestion.backup.archive import BackupError
from ingestion.history_import import ledger, uploads
from spotifyweb.lake import FileLake, ObjectNotFound

AT_ONCE = 8  # a bucket answers each in some ten milliseconds
IN_MEMORY_BYTES = 16 * 1024**2  # larger ones, such as uploads, pass through a file
EVENTS, BESIDE_EVENTS = "bronze/", ("rejects/", ledger.KEYS, uploads.KEYS)
PREFIXES = (EVENTS, *BESIDE_EVENTS)
Step = Callable[[int, int], None]  # how many objects are done, and of how many


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyReport:
    """What a copy of a lake did; sizes in bytes."""

    objects: int
    copied: int
    deleted: int
    size: int


def list_keys(lake: FileLake, prefixes: Sequence[str] = PREFIXES) -> list[str]:
    """Return the keys of our objects: a bucket may hold others."""
    return [key for prefix in prefixes for key in lake.keys(prefix)]


def sizes(lake: FileLake) -> list[tuple[str, int]]:
    """Return key and bytes of each object."""
    keys = list_keys(lake)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(zip(keys, pool.map(lake.size, keys), strict=True))


def mirror(
    source: FileLake, target: FileLake, *, scratch: Path, step: Step = lambda *_: None
) -> CopyReport:
    """Make the target's objects those of the source. Safe to repeat, and to kill.

    An object that is there with the same bytes is left alone. One that the source does not have,
    from a run before a compaction or an erasure, is deleted. Raises LakeError.
    """
    keys, there = list_keys(source), set(list_keys(target))
    surplus = there - set(keys)
    copied = size = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(target.delete, surplus))
        copies = pool.map(lambda key: _copy(source, target, key, scratch, key in there), keys)
        for done, (was_copied, length) in enumerate(copies, start=1):
            copied, size = copied + was_copied, size + length
            step(done, len(keys))
    return CopyReport(objects=len(keys), copied=copied, deleted=len(surplus), size=size)


def _copy(
    source: FileLake, target: FileLake, key: str, scratch: Path, is_there: bool
) -> tuple[bool, int]:
    """Copy an object unless the target has it; return whether it was, and its bytes."""
    size = source.size(key)
    if size > IN_MEMORY_BYTES:
        return _copy_file(source, target, key, scratch, is_there), size
    data = source.get(key)
    if len(data) != size:
        raise BackupError(f"{key} of the source changes while it is read: stop what writes to it")
    if is_there and target.size(key) == size and target.get(key) == data:
        return False, size
    target.put(key, data)
    return True, size


def _copy_file(source: FileLake, target: FileLake, key: str, scratch: Path, is_there: bool) -> bool:
    with _local_copy(source, key, scratch) as path:
        if is_there and _digest_of(target, key, scratch) == _digest(path):
            return False
        target.put_file(key, path)
        if _digest_of(target, key, scratch) != _digest(path):
            raise BackupError(f"{key} in {target.url} is not what was written")
    return True


@contextmanager
def _local_copy(lake: FileLake, key: str, scratch: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="object-", dir=scratch) as name:
        path = Path(name, "object")
        lake.get_file(key, path)
        yield path


def _digest_of(lake: FileLake, key: str, scratch: Path) -> str:
    try:
        with _local_copy(lake, key, scratch) as path:
            return _digest(path)
    except ObjectNotFound:
        return ""


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
