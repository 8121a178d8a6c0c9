"""Bounds for what comes from outside, held before a parser sees it.

Deep JSON ends parsers that call themselves, numbers of many digits cost a square of their length,
and `"²".isdigit` is true for what `int` refuses: use `whole` instead.
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
    """JSON deeper, or with longer numbers, than anything that is meant for us."""


def check_json(text: bytes) -> None:
    """Raise OutOfBounds for text that may harm a JSON parser; any other may still be no JSON."""
    plain = STRING.sub(b'""', text)
    if LONG_NUMBER.search(plain):
        raise OutOfBounds(f"a number of more than {NUMBER_MAX_CHARS} characters")
    depth = 0
    for bracket in NO_BRACKET.sub(b"", plain):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise OutOfBounds(f"nested more than {MAX_DEPTH} levels deep")


def load_json(text: bytes) -> Any:
    """Parse JSON. Raises ValueError for what is none, out of bounds, or half a character."""
    check_json(text)
    return orjson.loads(text)


def whole(text: str) -> int | None:
    """Read a whole number in ASCII digits; None for anything else, such as "²" or 5,000 digits."""
    return int(text) if WHOLE.fullmatch(text) else None
