"""Read one JSON file of an export row by row, in constant memory and in any Unicode encoding.

What the container says of a file is believed, or the file is left out: after a wrong checksum no
row is certain. A text that only ends too early is read as far as it goes.
"""

import codecs
import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import IO, Any

from ingestion.history_import import json_rows
from ingestion.history_import.archive import Member
from ingestion.history_import.errors import (
    DOWNLOAD_HINT,
    UPLOAD_HINT,
    ImportRefused,
    Sentence,
    gettext_lazy,
    ngettext_lazy,
)
from ingestion.history_import.json_rows import CHUNK_BYTES, CutOff, Splitter, Unreadable
from ingestion.history_import.shapes import FORMATS, Shape

PEEK_ROWS = 100
DAMAGED = (  # all that `zipfile` and the decompressors below it were seen to raise
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, OSError, ValueError, RuntimeError, OverflowError, IndexError),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How many rows of a file can be read, and what is wrong with the rest, () for nothing."""

    rows: int
    damage: tuple[Sentence, ...] = ()


def rows(
    member: Member, *, on_bytes: Callable[[int], None] = lambda _: None
) -> Generator[Any, None, None]:
    """Yield each row of the file, as a value or as Unreadable.

    Raises CutOff after the last whole row where the text ends too early, and ImportRefused where
    the file cannot be unpacked.
    """
    try:
        with member.open() as stream:
            for row in Splitter(_utf8_reader(stream, on_bytes)):
                yield row if isinstance(row, Unreadable) else json_rows.parse(row)
    except CutOff:
        raise
    except MemoryError as error:  # of a dictionary for LZMA, which may be 4 GB
        raise ImportRefused(
            gettext_lazy(
                "%(name)s needs more memory than a listening history should.", name=member.name
            ),
            UPLOAD_HINT,
        ) from error
    except DAMAGED as error:
        raise ImportRefused(
            gettext_lazy(
                "%(name)s is damaged (%(error)s).", name=member.name, error=_describe_error(error)
            ),
            DOWNLOAD_HINT,
        ) from error


def extent(member: Member, *, on_bytes: Callable[[int], None] = lambda _: None) -> Extent:
    """Read the file to its end.

    Return how many rows can be read and what is wrong with the rest.
    """
    count = 0
    try:
        for _ in rows(member, on_bytes=on_bytes):
            count += 1
    except CutOff:
        return Extent(rows=count, damage=(_cut_off(member.name, count), DOWNLOAD_HINT))
    except ImportRefused as refusal:
        return Extent(rows=0, damage=refusal.sentences)
    return Extent(rows=count)


def shape_of(member: Member) -> Shape | None:
    """Return the shape of the file's first rows; None where they are no plays.

    Raises ImportRefused where there are none because the file is damaged.
    """
    unreadable = 0
    with closing(rows(member)) as peeked:
        try:
            for row in islice(peeked, PEEK_ROWS):
                for shape, known in FORMATS.items():
                    if isinstance(row, dict) and known.keys <= row.keys():
                        return shape
                unreadable += isinstance(row, Unreadable)
        except CutOff:
            raise ImportRefused(
                gettext_lazy("%(name)s ends before its first play.", name=member.name),
                DOWNLOAD_HINT,
            ) from None
    if unreadable:
        raise ImportRefused(
            gettext_lazy("%(name)s is not readable as JSON.", name=member.name), DOWNLOAD_HINT
        )
    return None


def has_rows(member: Member) -> bool:
    """Return whether the file has any row, of whatever kind."""
    with closing(rows(member)) as peeked:
        return any(True for _ in peeked)


def _cut_off(name: str, rows: int) -> Sentence:
    return ngettext_lazy(
        "%(name)s is cut off after %(rows)s row, which was imported.",
        "%(name)s is cut off after %(rows)s rows, which were imported.",
        rows,
        name=name,
        rows=f"{rows:,}",
    )


def _utf8_reader(stream: IO[bytes], on_bytes: Callable[[int], None]) -> Callable[[int], bytes]:
    """Return a function that reads the stream as UTF-8 without a byte order mark."""

    def counted(size: int) -> bytes:
        chunk = stream.read(size)
        on_bytes(len(chunk))
        return chunk

    head = counted(CHUNK_BYTES)
    encoding = json.detect_encoding(head)
    if not encoding.startswith("utf-8"):
        recoded = _transcode(head, counted, encoding)
        return lambda _: next(recoded, b"")
    first = iter([head.removeprefix(codecs.BOM_UTF8)])
    return lambda size: next(first, b"") or counted(size)


def _transcode(head: bytes, read: Callable[[int], bytes], encoding: str) -> Iterator[bytes]:
    chunks = iter(partial(read, CHUNK_BYTES), b"")
    texts = codecs.iterdecode(_prepend(head, chunks), encoding, errors="replace")
    return (text.encode(errors="replace") for text in texts if text)


def _prepend(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from chunks


def _describe_error(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
