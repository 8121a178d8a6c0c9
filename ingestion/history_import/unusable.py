"""Why a row is no event, and values read without trusting their type: any may be null or absent."""

import re
from typing import Any

LONGEST_TEXT = 1000  # titles end long before; what goes on is an accident
WHOLE = re.compile(r"(-?[0-9]{1,18})(\.0{1,9})?")
EXACT_BELOW = 2.0**53  # larger floats stand for several whole numbers
FLAGS = {"true": True, "false": False}


class Unusable(ValueError):
    """This row becomes no event; it is counted under `outcome` with `reason`."""

    def __init__(self, outcome: str, reason: str) -> None:
        super().__init__(reason)
        self.outcome, self.reason = outcome, reason


def text(value: Any) -> str | None:
    """None for what is empty or no text."""
    if not isinstance(value, str) or not value or value.isspace():
        return None
    if "\x00" in value:  # Postgres takes no NUL
        value = value.replace("\x00", "")
    return value[:LONGEST_TEXT] or None


def flag(value: Any) -> bool | None:
    """True or False, also as text."""
    if isinstance(value, str):
        return FLAGS.get(value.strip().lower())
    return value if value is True or value is False else None


def whole(value: Any) -> int | None:
    """A whole number, also as `200000.0` or as text; None for all that is not certain."""
    if isinstance(value, str):
        found = WHOLE.fullmatch(value.strip())
        return int(found[1]) if found else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < EXACT_BELOW else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
