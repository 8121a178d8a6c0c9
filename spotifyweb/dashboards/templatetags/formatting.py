"""Numbers and times in words that people use."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django import template

register = template.Library()

SOURCES = {
    "recently_played": "Spotify",
    "player": "live",
    "extended_history": "history",
    "account_data": "account data",
    "simulation": "simulated",
}
SOURCE_HINTS = {
    "recently_played": "From Spotify's list of recently played tracks",
    "player": "Seen live in the player",
    "extended_history": "From your extended streaming history",
    "account_data": "From your account data export, exact to the minute",
    "simulation": "Invented by the simulator",
}

SOURCE_WORDS = {
    "recently_played": "Spotify's recently played",
    "player": "Live player",
    "extended_history": "Extended history",
    "account_data": "Account data",
    "simulation": "Simulation",
    "saved_tracks": "Liked songs",
    "feedback": "Feedback on recommendations",
}


@register.filter
def duration(ms: int | float | None) -> str:
    """`41 d 6 h`, `3 h 12 min`, `4 min`, `38 s`: the two largest units."""
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
    """Whole hours, `1,482 h`; minutes below ten hours."""
    if ms is None or ms < 36_000_000:
        return duration(ms)
    return f"{round(ms / 3_600_000):,} h"


@register.filter
def minutes(ms: int | None) -> str:
    """Whole minutes with separators: `88,911`."""
    return "–" if ms is None else f"{round(ms / 60_000):,}"


@register.filter
def clock(ms: int | None) -> str:
    """The length of a track: `3:41`."""
    return "" if ms is None else f"{ms // 60_000}:{ms // 1000 % 60:02}"


@register.filter
def grouped(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


@register.filter
def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}" if share < 0.1 else f"{share:.0%}"


@register.filter
def signed(share: float | None) -> str:
    """`+12 %`, `−3 %`; more than tenfold in times."""
    if share is None:
        return ""
    if share > 9:
        return f"×{share + 1:,.0f}"
    return f"{'−' if share < 0 else '+'}{abs(share):.0%}"


@register.filter
def day(value: date | None) -> str:
    return "–" if value is None else f"{value.day} {value:%b %Y}"


@register.filter
def moment(value: datetime | None) -> str:
    """A naive local time, as gold keeps it: `22 Nov 2026, 20:41`."""
    return "–" if value is None else f"{value.day} {value:%b %Y, %H:%M}"


@register.filter
def in_zone(value: datetime | None, zone: str) -> datetime | None:
    """An aware time as the clock on that listener's wall shows it."""
    return value and value.astimezone(ZoneInfo(zone or "UTC")).replace(tzinfo=None)


@register.filter
def source(name: str) -> str:
    return SOURCES.get(name, name.replace("_", " "))


@register.filter
def source_words(name: str) -> str:
    """A source as a choice names it."""
    return SOURCE_WORDS.get(name, name.replace("_", " "))


@register.filter
def source_hint(name: str) -> str:
    return SOURCE_HINTS.get(name, name)


@register.filter
def split_sources(names: str | None) -> list[str]:
    return [name for name in (names or "").split(",") if name]


@register.filter
def of(part: int, whole: int) -> str:
    """A share of a hundred, for the width of a bar."""
    return f"{100 * part / whole:.1f}" if whole else "0"


@register.filter
def size(number: int) -> int:
    """Without its sign."""
    return abs(number)


@register.filter
def initial(name: str) -> str:
    """The letter that stands for an artist whose picture is not known."""
    return name.strip().removeprefix("The ").strip()[:1]
