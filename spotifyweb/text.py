"""Text for comparisons and for people: folded names, lengths of tracks, and times of day."""

import re
import unicodedata
from datetime import UTC, datetime, tzinfo

# Letters of alphabets whose accents are decoration; elsewhere (かが, कि) they make another letter.
ACCENTED = re.compile("([\\0-\u052f\u1e00-\u1fff])[\u0300-\u036f]+")
VARIANTS = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u02b9\u2032\u00b4\u0060", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043", "-"),
        **dict.fromkeys("ßẞ", "ss"),
        "ς": "σ",
    }
)


def fold_name(name: str) -> str:
    """Return the form in which names are compared, like the macro `folded` in dbt/macros.

    Compatibility forms (full width, ligatures), case, accents, ß, and the kinds of apostrophes,
    quotation marks and dashes make no difference.
    """
    plain = unicodedata.normalize("NFKC", name.translate(VARIANTS)).lower().translate(VARIANTS)
    bare = ACCENTED.sub(r"\1", unicodedata.normalize("NFD", plain))
    return unicodedata.normalize("NFC", bare).strip(" ")


def clock(ms: int | None) -> str:
    """Return the length of a track, in milliseconds, as `3:41`; "" where it is not known."""
    return "" if ms is None else f"{ms // 60_000}:{ms // 1000 % 60:02}"


def time_in_utc(moment: datetime, *, now: datetime) -> str:
    """Return the time in UTC to the second, with its date unless that is today in UTC."""
    return f"{time_in_zone(moment, UTC, now=now)} UTC"


def time_in_zone(moment: datetime, zone: tzinfo, *, now: datetime) -> str:
    """Return the time in a zone to the second, with its date unless that is today there."""
    at, today = moment.astimezone(zone), now.astimezone(zone).date()
    date = "" if at.date() == today else f"{at.day} {at:%b %Y}, "
    return f"{date}{at:%H:%M:%S}"
