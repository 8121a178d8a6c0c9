"""Zips, folders and loose files, seen as one list of members to read.

Nothing is ever unpacked to disk and no path inside a zip is used for anything, so a path that
climbs out of its folder has nowhere to go. Sizes are checked before a byte is inflated; `zipfile`
itself stops at the size that a member declares and compares its checksum.
"""

import struct
import zipfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from ingestion.history_import.errors import (
    UNPACK_HINT,
    UPLOAD_HINT,
    ImportRefused,
    Sentence,
    gettext_lazy,
    gettext_noop,
)

MAX_RATIO = 250  # real exports shrink 12 to 30 times; deflate cannot do more than about 1,030
RATIO_MATTERS_BYTES = 10 * 1024**2
MAX_DIRECTORY_BYTES = 4 * 1024**2  # the table of contents of about 50,000 files
NAME_MAX_CHARS = 100
ENCRYPTED, PATCHED, STRONGLY_ENCRYPTED = 0x1, 0x20, 0x40
READABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
READABLE_VERSION = 63
ZIP_START = b"PK"
PICTURE = gettext_noop("%(name)s is a picture, not listening history.")
JSON = gettext_noop("%(name)s is JSON, but not listening history.")
KNOWN_STARTS = {  # what people hand in by mistake
    b"%PDF": gettext_noop("%(name)s is a PDF, not listening history."),
    b"<": gettext_noop("%(name)s is a web page or XML, not listening history."),
    b"\xff\xd8\xff": PICTURE,
    b"\x89PNG": PICTURE,
    b"GIF8": PICTURE,
    b"Rar!": gettext_noop("%(name)s is a RAR archive, not a zip."),
    b"7z\xbc\xaf": gettext_noop("%(name)s is a 7z archive, not a zip."),
    b"\x1f\x8b": gettext_noop("%(name)s is a gzip archive, not a zip."),
    b"PAR1": gettext_noop("%(name)s is a Parquet file, not listening history."),
    b"SQLite": gettext_noop("%(name)s is a database, not listening history."),
    b"[": JSON,
    b"{": JSON,
}
EMPTY = gettext_noop("%(name)s is an empty file.")
OTHER_KIND = gettext_noop("%(name)s is another kind of file, not listening history.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file: its own name without folders, its size unpacked, and how to open it.

    `open` raises ImportRefused where the zip says that it cannot be read here.
    """

    name: str
    size: int
    packed_size: int
    open: Callable[[], IO[bytes]]


def list_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files at these paths and below them. Raises ImportRefused where there is none."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            below = (file for file in path.rglob("*") if not file.is_symlink())
            found += sorted(file for file in below if file.is_file())
        elif path.is_file():
            found.append(path)
        else:
            name = printable_name(path.name)
            raise ImportRefused(
                gettext_lazy("There is no file %(name)s.", name=name),
                gettext_lazy("Check the path."),
            )
    return found


def list_members(path: Path, *, stack: ExitStack) -> list[Member]:
    """Return what a file contains.

    Raises ImportRefused for a zip that cannot be trusted or read.
    """
    if is_zip(path):
        return _zip_members(path, stack=stack)
    size, name = path.stat().st_size, printable_name(path.name)
    return [Member(name=name, size=size, packed_size=size, open=lambda: path.open("rb"))]


def check_total_size(found: Iterable[Member], *, max_bytes: int) -> None:
    """Check the unpacked size. Raises ImportRefused where it exceeds `max_bytes`."""
    total = sum(member.size for member in found)
    if total > max_bytes:
        raise ImportRefused(
            gettext_lazy(
                "This unpacks to %(size)s GB; the limit here is %(limit)s GB.",
                size=f"{total / 1024**3:.1f}",
                limit=f"{max_bytes / 1024**3:.1f}",
            ),
            gettext_lazy("If this is a real export, ask the admin to raise IMPORT_MAX_BYTES."),
        )


def check_ratio(member: Member) -> None:
    """Check the compression ratio. Raises ImportRefused where a file shrank more than text does."""
    if member.size > max(RATIO_MATTERS_BYTES, MAX_RATIO * member.packed_size):
        raise ImportRefused(
            gettext_lazy(
                "%(name)s unpacks to more than %(ratio)s times its size, as no listening history "
                "does.",
                name=member.name,
                ratio=str(MAX_RATIO),
            ),
            UPLOAD_HINT,
        )


def printable_name(name: str) -> str:
    """Return a name to print and store: without control characters, of bounded length."""
    plain = "".join(char if char.isprintable() else "\ufffd" for char in name)
    if len(plain) <= NAME_MAX_CHARS:
        return plain
    return f"{plain[: NAME_MAX_CHARS // 2]}…{plain[-NAME_MAX_CHARS // 2 :]}"


def is_zip(path: Path) -> bool:
    """Return whether a file begins as a zip does."""
    with path.open("rb") as file:
        return file.read(len(ZIP_START)) == ZIP_START


def describe_file(path: Path) -> Sentence:
    """Return a sentence on what a file is that is no zip, by its first bytes."""
    name = printable_name(path.name)
    with path.open("rb") as file:
        head = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n")
    kinds = (kind for start, kind in KNOWN_STARTS.items() if head.startswith(start))
    return gettext_lazy(next(kinds, OTHER_KIND) if head else EMPTY, name=name)


def _zip_members(path: Path, *, stack: ExitStack) -> list[Member]:
    name = printable_name(path.name)
    try:
        if _directory_bytes(path) > MAX_DIRECTORY_BYTES:
            raise ImportRefused(
                gettext_lazy(
                    "%(name)s contains far more files than an export from Spotify.", name=name
                ),
                UPLOAD_HINT,
            )
        archive = stack.enter_context(zipfile.ZipFile(path))
    except NotImplementedError as error:
        raise ImportRefused(
            gettext_lazy("%(name)s cannot be read here (%(error)s).", name=name, error=str(error)),
            UNPACK_HINT,
        ) from error
    except (zipfile.BadZipFile, struct.error, OSError, ValueError, OverflowError) as error:
        raise ImportRefused(
            gettext_lazy(
                "%(name)s is incomplete or not a zip file (%(error)s).",
                name=name,
                error=_describe_error(error),
            ),
            gettext_lazy("Download it from Spotify again and upload it whole."),
        ) from error
    named = (info for info in archive.infolist() if info.filename)  # is_dir fails without a name
    return [_member(archive, info) for info in named if not info.is_dir()]


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    name = printable_name(PurePosixPath(info.filename.replace("\\", "/")).name)

    def opened() -> IO[bytes]:
        if info.flag_bits & (ENCRYPTED | STRONGLY_ENCRYPTED):
            raise ImportRefused(
                gettext_lazy("%(name)s is protected by a password.", name=name),
                gettext_lazy("Remove the password, then upload it again."),
            )
        if (
            info.compress_type not in READABLE
            or info.flag_bits & PATCHED
            or info.extract_version > READABLE_VERSION
        ):
            raise ImportRefused(
                gettext_lazy(
                    "%(name)s uses a kind of compression that is not supported.", name=name
                ),
                UNPACK_HINT,
            )
        return archive.open(info)

    return Member(name=name, size=info.file_size, packed_size=info.compress_size, open=opened)


def _directory_bytes(path: Path) -> int:
    """Return how large a zip declares its table of contents; `zipfile` would read it whole."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 70_000))
        tail = file.read()
    wide, end = tail.rfind(b"PK\x06\x06"), tail.rfind(b"PK\x05\x06")
    if wide >= 0:
        return int(struct.unpack_from("<Q", tail, wide + 40)[0])
    return int(struct.unpack_from("<I", tail, end + 12)[0]) if end >= 0 else 0


def _describe_error(error: Exception) -> str:
    return printable_name(" ".join(str(error).split()))
