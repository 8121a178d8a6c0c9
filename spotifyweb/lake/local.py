"""The lake in a folder: an object appears whole or not at all, even through a power cut."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from spotifyweb.lake.base import LakeError, ObjectNotFound

DRAFTS = ".drafts"  # on the same file system, so that a rename publishes
DRAFT_KEPT_SECONDS = 60 * 60


class LocalLake:
    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._swept_at = 0.0

    @property
    def url(self) -> str:
        return f"file://{self.root}"

    def put(self, key: str, data: bytes) -> None:
        target = self._path(key)
        with _translate_errors(f"write {key}"):
            draft = self._draft()
            try:
                _write_durably(draft, data)
                _make_durably(target.parent, below=self.root)
                draft.replace(target)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
            _sync_folder(target.parent)
            if target.stat().st_size != len(data):
                raise LakeError(f"{key} does not have the size that was written")

    def get(self, key: str) -> bytes:
        with _translate_errors(f"read {key}"):
            return self._path(key).read_bytes()

    def keys(self, prefix: str = "") -> Iterator[str]:
        folder = self.root / prefix.rpartition("/")[0]
        for parent, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if name != DRAFTS)
            for name in sorted(names):
                key = Path(parent, name).relative_to(self.root).as_posix()
                if key.startswith(prefix):
                    yield key

    def delete(self, key: str) -> None:
        with _translate_errors(f"delete {key}"):
            self._path(key).unlink(missing_ok=True)

    def size(self, key: str) -> int:
        with _translate_errors(f"look at {key}"):
            return self._path(key).stat().st_size

    def _path(self, key: str) -> Path:
        path = (self.root / key).absolute()
        if ".." in path.parts or self.root not in path.parents:
            raise LakeError(f"{key!r} leads out of the lake", retry=False)
        return path

    def _draft(self) -> Path:
        """Return a new file name, after deleting drafts of killed writers that are an hour old."""
        folder = self.root / DRAFTS
        folder.mkdir(parents=True, exist_ok=True)
        if (now := time.time()) - self._swept_at > DRAFT_KEPT_SECONDS:
            self._swept_at = now
            _sweep(folder, older_than=now - DRAFT_KEPT_SECONDS)
        return folder / uuid4().hex


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _make_durably(folder: Path, *, below: Path) -> None:
    """Create missing folders, each one's name synced into its parent."""
    if folder.is_dir() or folder == below:
        return
    _make_durably(folder.parent, below=below)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(folder: Path, *, older_than: float) -> None:
    for draft in folder.iterdir():
        try:
            if draft.stat().st_mtime < older_than:
                draft.unlink()
        except FileNotFoundError:  # another process swept it
            continue


@contextmanager
def _translate_errors(what: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ObjectNotFound(what.split(" ")[-1]) from error
    except OSError as error:
        raise LakeError(f"the lake on disk could not {what}: {error.strerror}") from error
