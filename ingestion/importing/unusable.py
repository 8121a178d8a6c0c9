"""Why a row is no event, and values read without trusting their type: any may be null or absent."""

from typing import Any

LONGEST_TEXT = 1000  # titles end long before; what goes on is an accident


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
    return value if value is True or value is False else None
