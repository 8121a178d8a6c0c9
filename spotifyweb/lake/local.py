"""The lake in a folder: an object is there, whole, or not, and stays so through a power cut."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
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
        self._publish(key, lambda draft: _write_durably(draft, data), size=len(data))

    def put_file(self, key: str, path: Path) -> None:
        self._publish(key, lambda draft: _link_durably(path, draft), size=path.stat().st_size)

    def get(self, key: str) -> bytes:
        with _translate_errors(f"read {key}"):
            return self._path(key).read_bytes()

    def get_file(self, key: str, path: Path) -> None:
        with _translate_errors(f"read {key}"):
            shutil.copyfile(self._path(key), path)

    def keys(self, prefix: str = "") -> Iterator[str]:
        folder = self.root / prefix.rpartition("/")[0]
        for parent, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if name != DRAFTS)
            for name in sorted(names):
                key = Path(parent, name).relative_to(self.root).as_posix()
                if key.startswith(prefix):
                    yield key

    def delete(self, key: str) -> None:
        path = self._path(key)
        with _translate_errors(f"delete {key}"):
            if path.exists():
                path.unlink(missing_ok=True)
                _sync_folder(path.parent)

    def size(self, key: str) -> int:
        with _translate_errors(f"look at {key}"):
            return self._path(key).stat().st_size

    def _publish(self, key: str, write: Callable[[Path], None], *, size: int) -> None:
        target = self._path(key)
        with _translate_errors(f"write {key}"):
            draft = self._draft()
            try:
                write(draft)
                _make_durably(target.parent, below=self.root)
                draft.replace(target)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
            _sync_folder(target.parent)
            if target.stat().st_size != size:
                raise LakeError(f"{key} does not have the size that was written")

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


def _link_durably(path: Path, draft: Path) -> None:
    """Give the file a second name, or copy it where that is another file system."""
    try:
        os.link(path, draft)
    except OSError:
        shutil.copyfile(path, draft)
    with draft.open("rb+") as file:
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
