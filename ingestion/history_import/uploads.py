"""Uploaded files: kept below DATA_DIR/uploads until their import has ended."""

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from ingestion.models import HistoryImport
from spotifyweb.accounts.models import Listener

LONGEST_NAME_BYTES = 200
ABANDONED = timedelta(hours=6)  # the slowest upload has ended long before
FINISHED = (HistoryImport.Status.DONE, HistoryImport.Status.FAILED)


def receive(files: "Sequence[UploadedFile[Any]]", *, listener: Listener) -> HistoryImport:
    """Store the files where a worker finds them; return the waiting import."""
    folder = Path("uploads") / f"import-{uuid4().hex}"
    (root() / folder).mkdir(parents=True, mode=0o700)
    names = [_store_file(file, root() / folder / str(n)) for n, file in enumerate(files)]
    return HistoryImport.objects.create(
        listener=listener,
        file_name=", ".join(names)[:255],
        path=str(folder),
        bytes_total=sum(file.size or 0 for file in files),
    )


def paths(history: HistoryImport) -> list[Path]:
    """Return the uploaded files of an import, in the order in which they were chosen."""
    return sorted((root() / history.path).glob("*/*")) if history.path else []


def discard(history: HistoryImport) -> int:
    """Delete the import's files; return how many there were."""
    count = len(paths(history))
    if history.path:
        shutil.rmtree(root() / history.path, ignore_errors=True)
        HistoryImport.objects.filter(pk=history.pk).update(path="")
        history.path = ""
    return count


def sweep(*, now: datetime) -> int:
    """Delete what an interruption left; return how many uploads and files that were.

    An import may have finished without deleting its files, or be gone with its listener; a request
    may have been killed while it wrote.
    """
    finished = HistoryImport.objects.filter(status__in=FINISHED).exclude(path="")
    count = sum(1 for history in finished if discard(history))
    known = set(HistoryImport.objects.exclude(path="").values_list("path", flat=True))
    before = (now - ABANDONED).timestamp()
    for left in (root() / "uploads").glob("*"):
        is_known = str(left.relative_to(root())) in known
        if is_known or left.lstat().st_mtime > before:
            continue
        shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
        count += 1
    return count


def has_room(size: int) -> bool:
    """Return whether the disk has room for an upload, which lies there twice for a moment."""
    return shutil.disk_usage(root()).free > 2 * size


def root() -> Path:
    return Path(settings.DATA_DIR)


def _store_file(file: "UploadedFile[Any]", folder: Path) -> str:
    """Store a file in a folder of its own: two may have the same name."""
    folder.mkdir(mode=0o700)
    given = Path((file.name or "").replace("\\", "/")).name
    name = given.encode()[-LONGEST_NAME_BYTES:].decode(errors="ignore") or "file"
    if isinstance(file, TemporaryUploadedFile):
        shutil.move(file.temporary_file_path(), folder / name)
    else:
        with (folder / name).open("wb") as target:
            target.writelines(file.chunks())
    return name
