"""Bounds of untrusted input, checked before a parser sees it.

Deep JSON crashes recursive parsers, and numbers of many digits cost the square of their length.
`"²".isdigit` is true for what `int` refuses: use `parse_integer` instead.
"""

import re
from typing import Any

import orjson

MAX_DEPTH = 20  # Spotify's deepest answer has 9
NUMBER_MAX_CHARS = 40

STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
NO_BRACKET = re.compile(rb"[^\[\]{}]++")
LONG_NUMBER = re.compile(rb"[-+.0-9eE]{%d}" % (NUMBER_MAX_CHARS + 1))
WHOLE = re.compile(r"-?[0-9]{1,18}")


class OutOfBounds(ValueError):
    """JSON deeper, or with longer numbers, than any valid input has."""


def check_json(text: bytes) -> None:
    """Raise OutOfBounds for text that may harm a JSON parser; other text may still be invalid."""
    plain = STRING.sub(b'""', text)
    if LONG_NUMBER.search(plain):
        raise OutOfBounds(f"a number of more than {NUMBER_MAX_CHARS} characters")
    depth = 0
    for bracket in NO_BRACKET.sub(b"", plain):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise OutOfBounds(f"nested more than {MAX_DEPTH} levels deep")


def load_json(text: bytes) -> Any:
    """Parse JSON; raises ValueError where it is invalid, out of bounds or not UTF-8."""
    check_json(text)
    return orjson.loads(text)


def parse_integer(text: str) -> int | None:
    """Return an integer in ASCII digits; None for other text, such as "²" or 5,000 digits."""
    return int(text) if WHOLE.fullmatch(text) else None
