"""Zips, folders and loose files, seen as one list of members to read.

Nothing is ever unpacked to disk and no path inside a zip is used for anything, so a path that
climbs out of its folder has nowhere to go. Sizes are checked before a byte is inflated; `zipfile`
itself stops at the size that a member declares and compares its checksum.
"""

import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from ingestion.importing.refusal import ImportRefused

MAX_RATIO = 250  # real exports shrink 12 to 30 times; deflate cannot do more than about 1,030
RATIO_MATTERS_BYTES = 10 * 1024**2
MAX_DIRECTORY_BYTES = 16 * 1024**2  # the table of contents of about 100,000 files
ENCRYPTED = 0x1
READABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
KNOWN_STARTS = {  # what people hand in by mistake
    b"%PDF": "a PDF",
    b"<": "a web page or XML",
    b"\xff\xd8\xff": "a picture",
    b"\x89PNG": "a picture",
    b"GIF8": "a picture",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x1f\x8b": "a gzip archive",
    b"PK": "a zip",
    b"PAR1": "a Parquet file",
    b"SQLite": "a database",
    b"[": "JSON",
    b"{": "JSON",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file: its own name without folders, its size unpacked, and how to open it."""

    name: str
    size: int
    packed_size: int
    open: Callable[[], IO[bytes]]


def members(path: Path, *, stack: ExitStack) -> Iterator[Member]:
    """Every file in `path`. Raises ImportRefused for a zip that cannot be trusted or read."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file() and not file.is_symlink())
        for file in files:
            yield from members(file, stack=stack)
    elif not path.is_file():
        raise ImportRefused(f"There is no file {path}.", "Check the path.")
    elif _starts(path, b"PK"):
        yield from _zipped(path, stack=stack)
    else:
        size = path.stat().st_size
        yield Member(name=path.name, size=size, packed_size=size, open=lambda: path.open("rb"))


def refuse_bombs(found: Sequence[Member], *, max_bytes: int) -> None:
    """Raises ImportRefused when unpacking would take more than an honest export needs."""
    total = sum(member.size for member in found)
    if total > max_bytes:
        raise ImportRefused(
            f"This unpacks to {total / 1024**3:.1f} GB; the limit here is "
            f"{max_bytes / 1024**3:.1f} GB.",
            "If this is a real export, ask the admin to raise IMPORT_MAX_BYTES.",
        )
    for member in found:
        if member.size > max(RATIO_MATTERS_BYTES, MAX_RATIO * member.packed_size):
            raise ImportRefused(
                f"{member.name} unpacks to more than {MAX_RATIO} times its size, "
                "as no listening history does."
            )


def described(path: Path) -> str:
    """What a file is, by its first bytes, in words."""
    with path.open("rb") as file:
        head = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        return "an empty file"
    kinds = (kind for start, kind in KNOWN_STARTS.items() if head.startswith(start))
    return next(kinds, "a file of another kind")


def _starts(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _zipped(path: Path, *, stack: ExitStack) -> Iterator[Member]:
    try:
        if _directory_bytes(path) > MAX_DIRECTORY_BYTES:
            raise ImportRefused(f"{path.name} lists far more files than Spotify sends.")
        archive = stack.enter_context(zipfile.ZipFile(path))
    except (zipfile.BadZipFile, struct.error, OSError, ValueError) as error:
        raise ImportRefused(
            f"{path.name} is cut off or not a zip ({error}).",
            "Download it from Spotify again and upload it whole.",
        ) from error
    for info in archive.infolist():
        if not info.is_dir():
            yield _member(archive, info)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    name = PurePosixPath(info.filename.replace("\\", "/")).name

    def opened() -> IO[bytes]:
        if info.flag_bits & ENCRYPTED:
            raise ImportRefused(f"{name} is locked with a password.", "Upload it without one.")
        if info.compress_type not in READABLE:
            raise ImportRefused(f"{name} is packed in a way that cannot be read here.")
        return archive.open(info)

    return Member(name=name, size=info.file_size, packed_size=info.compress_size, open=opened)


def _directory_bytes(path: Path) -> int:
    """How large a zip says its table of contents is; `zipfile` would read it whole."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 70_000))
        tail = file.read()
    wide, end = tail.rfind(b"PK\x06\x06"), tail.rfind(b"PK\x05\x06")
    if wide >= 0:
        return int(struct.unpack_from("<Q", tail, wide + 40)[0])
    return int(struct.unpack_from("<I", tail, end + 12)[0]) if end >= 0 else 0
