"""Single fields of Spotify's JSON, read as far as they are certain.

A field that is absent or null has no value. One that is present and cannot be understood has none
either, and `invalid_fields` reports it, so that it is counted.
"""

from collections.abc import Iterator
from typing import Any

Body = dict[str, Any]
LARGEST = 2**31  # of a column of four bytes: 24 days in milliseconds
SHAPES: dict[str, type] = {
    **dict.fromkeys(("id", "name", "type", "currently_playing_type", "release_date"), str),
    **dict.fromkeys(("artists", "images"), list),
    **dict.fromkeys(("item", "album", "show", "context", "device", "external_ids"), dict),
    "is_playing": bool,
}


def text(body: Body, name: str) -> str:
    """Return the text without what no database takes: NUL, and halves of surrogate pairs."""
    value = body.get(name)
    if not isinstance(value, str):
        return ""
    return value.replace("\0", "").encode(errors="replace").decode()


def integer(body: Body, name: str) -> int | None:
    """Return a whole number below LARGEST, also from a float.

    Spotify sent floats for three months of 2024: 204053.0, 4.9E7.
    """
    value = body.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) < LARGEST else None


def natural(body: Body, name: str) -> int | None:
    """Return a whole number that is not below zero: a length or a position."""
    number = integer(body, name)
    return number if number is not None and number >= 0 else None


def length_of(item: Body) -> int | None:
    """Return milliseconds, None where unknown, which Spotify also writes as 0."""
    return _duration(item) or None


def _duration(item: Body) -> int | None:
    """Return a length; local files came as {"totalMilliseconds": n} in 2023 and 2024."""
    inner = part(item, "duration_ms")
    return natural(inner, "totalMilliseconds") if inner else natural(item, "duration_ms")


def part(body: Body, name: str) -> Body:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def parts(body: Body, name: str) -> Iterator[Body]:
    values = body.get(name)
    return (
        (value for value in values if isinstance(value, dict))
        if isinstance(values, list)
        else iter(())
    )


def invalid_fields(body: Body) -> list[str]:
    """Return a reason for each field that is there and cannot be understood, nested ones too."""
    reasons = [
        f"{name} cannot be read: {ascii(value)[:80]}"
        for name, value in body.items()
        if value is not None and not _is_readable(body, name)
    ]
    nested = [part(body, "album"), part(body, "show"), *parts(body, "artists")]
    nested += parts(body, "images")
    return reasons + [reason for inner in filter(None, nested) for reason in invalid_fields(inner)]


def _is_readable(body: Body, name: str) -> bool:
    if name == "duration_ms":
        return _duration(body) is not None
    if name in ("progress_ms", "width"):
        return natural(body, name) is not None
    return isinstance(body[name], SHAPES.get(name, object))
