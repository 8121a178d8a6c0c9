"""Template filters for numbers, times and sources."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django import template

from spotifyweb.lake.sources import source_of

register = template.Library()


@register.filter
def duration(ms: int | float | None) -> str:
    """Format milliseconds in the two largest units: `41 d 6 h`, `3 h 12 min`, `4 min`, `38 s`."""
    if ms is None:
        return "–"
    seconds = int(ms) // 1000
    days, hours, minutes = seconds // 86_400, seconds % 86_400 // 3600, seconds % 3600 // 60
    if days:
        return f"{days:,} d {hours} h" if hours else f"{days:,} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"


@register.filter
def hours(ms: int | None) -> str:
    """Format milliseconds in whole hours, `1,482 h`; below ten hours with minutes."""
    if ms is None or ms < 36_000_000:
        return duration(ms)
    return f"{round(ms / 3_600_000):,} h"


@register.filter
def minutes(ms: int | None) -> str:
    """Format milliseconds in whole minutes: `88,911`."""
    return "–" if ms is None else f"{round(ms / 60_000):,}"


@register.filter
def clock(ms: int | None) -> str:
    """Format the length of a track, in milliseconds: `3:41`."""
    return "" if ms is None else f"{ms // 60_000}:{ms // 1000 % 60:02}"


@register.filter
def with_separators(number: int | None) -> str:
    """Format a number with thousands separators."""
    return "–" if number is None else f"{number:,}"


@register.filter
def percent(share: float | None) -> str:
    """Format a share in percent, with a decimal below ten."""
    return "–" if share is None else f"{share:.1%}" if share < 0.1 else f"{share:.0%}"


@register.filter
def signed_percent(share: float | None) -> str:
    """Format a change: `+12%`, `−3%`, or `×12` beyond tenfold."""
    if share is None:
        return ""
    if share > 9:
        return f"×{share + 1:,.0f}"
    return f"{'−' if share < 0 else '+'}{abs(share):.0%}"


@register.filter
def day(value: date | None) -> str:
    """Format a day: `22 Nov 2026`."""
    return "–" if value is None else f"{value.day} {value:%b %Y}"


@register.filter
def moment(value: datetime | None) -> str:
    """Format a naive local time as gold holds it: `22 Nov 2026, 20:41`."""
    return "–" if value is None else f"{value.day} {value:%b %Y, %H:%M}"


@register.filter
def in_zone(value: datetime | None, zone: str) -> datetime | None:
    """Convert an aware time to naive local time in a listener's zone."""
    return value and value.astimezone(ZoneInfo(zone or "UTC")).replace(tzinfo=None)


@register.filter
def source(name: str) -> str:
    """Return the short label of a source."""
    return source_of(name).label


@register.filter
def source_words(name: str) -> str:
    """Return the name of a source in a list of choices."""
    return source_of(name).title


@register.filter
def source_hint(name: str) -> str:
    """Return the explanation of a source."""
    return source_of(name).hint


@register.filter
def split_sources(names: str | None) -> list[str]:
    """Split the comma-separated sources of a play."""
    return [name for name in (names or "").split(",") if name]


@register.filter
def percent_of(part: int, whole: int) -> str:
    """Format a part of a whole in percent, for the width of a bar."""
    return f"{100 * part / whole:.1f}" if whole else "0"


@register.filter
def size(number: int) -> int:
    """Return a number without its sign."""
    return abs(number)


@register.filter
def initial(name: str) -> str:
    """Return the letter that stands for an artist without a picture."""
    return name.strip().removeprefix("The ").strip()[:1]
