"""Template filters for numbers, times and sources, in the words and signs of the language."""

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django import template
from django.utils.dates import MONTHS_3, WEEKDAYS_ABBR
from django.utils.formats import date_format, get_format
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from spotifyweb.lake.sources import source_of
from spotifyweb.text import clock

HOURS_WITHOUT_MINUTES = 100
CONTENT_LABELS = {
    "track": _("Track"),
    "episode": _("Podcast episode"),
    "chapter": _("Audiobook chapter"),
}
MATCH_REASONS = {  # of dbt's `matched_by`
    "same device start": _("Same start on the device"),
    "same names and minute": _("Same names and minute"),
    "ended within the same listen": _("Ended during the same play"),
    "same recording within seconds": _("Same recording within seconds"),
}

register = template.Library()
register.filter(clock)


COUNTED: dict[str, Callable[[int], str]] = {
    "plays": lambda n: ngettext("%(count)s play", "%(count)s plays", n),
    "skips": lambda n: ngettext("%(count)s skip", "%(count)s skips", n),
    "tracks": lambda n: ngettext("%(count)s track", "%(count)s tracks", n),
    "artists": lambda n: ngettext("%(count)s artist", "%(count)s artists", n),
    "new artists": lambda n: ngettext("%(count)s new artist", "%(count)s new artists", n),
    "new": lambda n: ngettext("%(count)s new", "%(count)s new", n),
    "episodes": lambda n: ngettext("%(count)s episode", "%(count)s episodes", n),
    "days": lambda n: ngettext("%(count)s day", "%(count)s days", n),
    "rows": lambda n: ngettext("%(count)s row", "%(count)s rows", n),
    "views": lambda n: ngettext("%(count)s view", "%(count)s views", n),
    "members": lambda n: ngettext("%(count)s member", "%(count)s members", n),
}


@register.filter
def duration(ms: int | float | None) -> str:
    """Format milliseconds: `1,482 h`, below a hundred hours `3 h 12 min`, `4 min` or `38 s`."""
    if ms is None:
        return "–"
    seconds = int(ms) // 1000
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours >= HOURS_WITHOUT_MINUTES:
        return _hours(round(seconds / 3600))
    units = _units(get_language())
    if hours and minutes:
        return units["hoursAndMinutes"] % {"hours": hours, "minutes": minutes}
    if hours:
        return units["hours"] % {"hours": hours}
    if minutes:
        return units["minutes"] % {"minutes": minutes}
    return units["seconds"] % {"seconds": seconds}


@register.filter
def hours(ms: int | None) -> str:
    """Format milliseconds in whole hours, `1,482 h`; below ten hours with minutes."""
    return duration(ms) if ms is None or ms < 36_000_000 else _hours(round(ms / 3_600_000))


def _hours(number: int) -> str:
    return _units(get_language())["hours"] % {"hours": with_separators(number)}


@lru_cache
def _units(language: str | None) -> dict[str, str]:  # noqa: ARG001
    """Translate the units of time once for each language: a calendar has hundreds of them."""
    return {
        "hours": gettext("%(hours)s h"),
        "hoursAndMinutes": gettext("%(hours)s h %(minutes)s min"),
        "minutes": gettext("%(minutes)s min"),
        "seconds": gettext("%(seconds)s s"),
    }


@register.filter
def minutes(ms: int | None) -> str:
    """Format milliseconds in whole minutes: `88,911`."""
    return "–" if ms is None else with_separators(round(ms / 60_000))


@register.filter
def with_separators(number: int | None) -> str:
    """Format a number with the thousands separators of the language."""
    if number is None:
        return "–"
    text = f"{number:,}"
    return text.replace(",", get_format("THOUSAND_SEPARATOR")) if "," in text else text


@register.filter("counted")
def format_count(number: int | None, noun: str) -> str:
    """Format a number of things: `1 play`, `1,234 plays`."""
    if number is None:
        return "–"
    return COUNTED[noun or "tracks"](number) % {"count": with_separators(number)}


@register.filter
def percent(share: float | None) -> str:
    """Format a share in percent: `23%`, below ten `2.3%`, and `<0.1%` for hardly anything."""
    if share is None:
        return "–"
    if 0 < share < 0.0005:
        return "<0.1%"
    return f"{share:.1%}" if share < 0.1 else f"{share:.0%}"


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
    return "–" if value is None else _date(value.year, value.month, value.day, get_language())


@lru_cache(maxsize=4096)
def _date(year: int, month: int, day: int, language: str | None) -> str:  # noqa: ARG001
    return date_format(date(year, month, day), "DATE_FORMAT")


def weekday(value: date) -> str:
    """Name the day of the week in short: `Mon`."""
    return _weekdays(get_language())[value.weekday()]


@lru_cache
def _weekdays(language: str | None) -> list[str]:  # noqa: ARG001
    return [str(name) for name in WEEKDAYS_ABBR.values()]


def month(value: date) -> str:
    """Name a month: `November 2026`."""
    return _month(value.year, value.month, get_language())


@lru_cache(maxsize=4096)
def _month(year: int, month: int, language: str | None) -> str:  # noqa: ARG001
    return date_format(date(year, month, 1), "YEAR_MONTH_FORMAT")


@register.filter
def date_range(first: date | None, last: date | None) -> str:
    """Format a first and a last day: `1 Nov 2026 to 22 Nov 2026`."""
    return gettext("%(first)s to %(last)s") % {"first": day(first), "last": day(last)}


@register.filter
def time_range(first: datetime, last: datetime) -> str:
    """Format naive local times: `1 Nov 2026 to 22 Nov 2026`, `22 Nov 2026, 14:05 to 16:10`."""
    if first.date() != last.date():
        return date_range(first, last)
    return gettext("%(first)s to %(last)s") % {"first": moment(first), "last": f"{last:%H:%M}"}


@register.filter
def hour_span(hour: int) -> str:
    """Format an hour of the day: `16:00–17:00`."""
    return f"{hour:02}:00–{(hour + 1) % 24:02}:00"


@register.filter
def moment(value: datetime | None) -> str:
    """Format a naive local time as gold holds it: `22 Nov 2026, 20:41`."""
    return "–" if value is None else f"{day(value)}, {value:%H:%M}"


@register.filter
def iso8601(value: datetime) -> str:
    """Format a time for `datetime` of `<time>`, which allows three digits of a second, not six."""
    return value.isoformat(timespec="seconds")


@register.filter
def in_zone(value: datetime | None, zone: str) -> datetime | None:
    """Convert an aware time to naive local time in a listener's zone."""
    return value and value.astimezone(ZoneInfo(zone or "UTC")).replace(tzinfo=None)


@register.filter
def source(name: str) -> str:
    """Return the short label of a source."""
    return gettext(source_of(name).label)


@register.filter
def source_words(name: str) -> str:
    """Return the name of a source in a list of choices."""
    return gettext(source_of(name).title)


@register.filter
def source_hint(name: str) -> str:
    """Return the explanation of a source."""
    return gettext(source_of(name).hint)


@register.filter
def split_sources(names: str | None) -> list[str]:
    """Split the comma-separated sources of a play."""
    return [name for name in (names or "").split(",") if name]


@register.simple_tag
def columns(*groups: object) -> int:
    """Return how many groups have rows: their columns are there before all of them arrive."""
    return sum(map(bool, groups))


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


@register.filter
def content_label(content_type: str) -> str:
    """Name what a track is."""
    return str(CONTENT_LABELS.get(content_type, content_type))


@register.filter
def match_reason(matched_by: str) -> str:
    """Name the rule by which two observations are one play."""
    return str(MATCH_REASONS.get(matched_by, matched_by))


@register.simple_tag
def chart_words() -> dict[str, object]:
    """Return the words that `static/js/charts.js` puts beside numbers and days."""
    return {
        **_units(get_language()),
        **{noun: [COUNTED[noun](n) for n in (1, 2)] for noun in ("plays", "tracks")},
        "week": _("week of %(date)s"),
        "months": [str(name).capitalize() for name in MONTHS_3.values()],
        "weekdays": _weekdays(get_language()),
    }
