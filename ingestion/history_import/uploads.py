"""Uploaded files: objects of the lake until their import has ended, on whichever host.

An upload's files have its path and their number as keys; a last object has their names as JSON.
What a host needs for itself, parts of a request and copies for the parser, lies below
DATA_DIR/uploads.
"""

import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.utils.translation import gettext

from ingestion.models import HistoryImport
from spotifyweb import clients
from spotifyweb.accounts.models import Listener

KEYS = "uploads/"
NAMES = "names"
LONGEST_NAME_BYTES = 200
FORM_BYTES = 64 * 1024  # what a form adds around its files
GIGABYTE = 1024**3
ABANDONED = timedelta(hours=6)  # the slowest upload has ended long before
FINISHED = (HistoryImport.Status.DONE, HistoryImport.Status.FAILED)


class UploadRefused(Exception):
    """An upload that is not taken in; the text says why and what to do, `status` is HTTP's."""

    def __init__(self, text: str, *, status: int) -> None:
        super().__init__(text)
        self.status = status


def check_size(size: int, *, now: datetime) -> None:
    """Raise UploadRefused where that many bytes are over the limit, or over the disk's room.

    Deletes first what killed requests left: a host may have a web and no worker that does.
    """
    sweep_folder(now=now)
    limit, free = settings.IMPORT_MAX_BYTES, shutil.disk_usage(folder()).free
    if size > limit + FORM_BYTES:
        raise UploadRefused(
            gettext(
                "This upload has %(size)s GB, and the limit is %(limit)s GB. Upload the files one "
                "after the other, or raise IMPORT_MAX_BYTES on the server."
            )
            % {"size": _gigabytes(size), "limit": _gigabytes(limit)},
            status=413,
        )
    if free < 2 * size:  # it lies there twice for a moment
        raise UploadRefused(
            gettext(
                "There is not enough disk space on the server: %(needed)s GB are needed, and "
                "%(free)s GB are free."
            )
            % {"needed": _gigabytes(2 * size), "free": _gigabytes(free)},
            status=507,
        )


def _gigabytes(size: int) -> str:
    return f"{size / GIGABYTE:.2f}"


def receive(files: "Sequence[UploadedFile[Any]]", *, listener: Listener) -> HistoryImport:
    """Store the files where a worker finds them; return the waiting import. Raises LakeError."""
    path = f"{KEYS}import-{int(time.time())}-{uuid4().hex}"
    names = [_file_name(file) for file in files]
    for number, file in enumerate(files):
        _store_file(file, f"{path}.{number}")
    clients.lake().put(f"{path}.{NAMES}", orjson.dumps(names))
    return HistoryImport.objects.create(
        listener=listener,
        file_name=", ".join(names)[:255],
        path=path,
        bytes_total=sum(file.size or 0 for file in files),
    )


@contextmanager
def local_files(history: HistoryImport) -> Iterator[list[Path]]:
    """Yield copies of the uploaded files, in the order in which they were chosen.

    Raises ObjectNotFound where they are gone, and LakeError.
    """
    names = orjson.loads(clients.lake().get(f"{history.path}.{NAMES}"))
    with tempfile.TemporaryDirectory(prefix="import-", dir=folder()) as parent:
        paths = [Path(parent, str(number), name) for number, name in enumerate(names)]
        for number, path in enumerate(paths):  # two may have the same name
            path.parent.mkdir()
            clients.lake().get_file(f"{history.path}.{number}", path)
        yield paths


def discard(history: HistoryImport) -> int:
    """Delete the import's files; return how many there were."""
    count = _delete(history.path) if history.path else 0
    if history.path:
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
    stored = {key.rpartition(".")[0] for key in clients.lake().keys(KEYS)}
    orphans = [path for path in stored - known if _stored_at(path) < before]
    return count + sum(1 for path in orphans if _delete(path)) + sweep_folder(now=now)


def sweep_folder(*, now: datetime) -> int:
    """Delete what killed requests and imports left on this host; return how many."""
    before, count = (now - ABANDONED).timestamp(), 0
    for path in folder().iterdir():
        with suppress(FileNotFoundError):  # whose request or import just ended
            if path.lstat().st_mtime <= before:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                count += 1
    return count


def folder() -> Path:
    """Return this host's folder for parts of requests, and copies of uploads and ledgers."""
    path = Path(settings.DATA_DIR) / "uploads"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _store_file(file: "UploadedFile[Any]", key: str) -> None:
    if isinstance(file, TemporaryUploadedFile):
        clients.lake().put_file(key, Path(file.temporary_file_path()))
    else:
        clients.lake().put(key, b"".join(file.chunks()))


def _file_name(file: "UploadedFile[Any]") -> str:
    """Return the name without folders; names say which files are history."""
    given = Path((file.name or "").replace("\\", "/")).name
    name = given.encode()[-LONGEST_NAME_BYTES:].decode(errors="ignore")
    return "file" if name in ("", ".", "..") else name


def _delete(path: str) -> int:
    """Delete an upload, its names last; return how many files it had."""
    keys = sorted(clients.lake().keys(f"{path}."))
    for key in keys:
        clients.lake().delete(key)
    return sum(1 for key in keys if not key.endswith(f".{NAMES}"))


def _stored_at(path: str) -> float:
    """Return when an upload began, by its name; lakes keep no times."""
    second = path.removeprefix(f"{KEYS}import-").partition("-")[0]
    return float(second) if re.fullmatch(r"[0-9]+", second) else 0.0
