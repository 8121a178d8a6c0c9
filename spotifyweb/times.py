"""Times of day as texts show them."""

from datetime import UTC, datetime


def time_in_utc(moment: datetime, *, now: datetime) -> str:
    """Return the time in UTC to the second, with its date unless that is today in UTC."""
    at, today = moment.astimezone(UTC), now.astimezone(UTC).date()
    date = "" if at.date() == today else f"{at.day} {at:%b %Y}, "
    return f"{date}{at:%H:%M:%S} UTC"
