"""Parse one row of an export: the play or skip it is, or the reason why it is neither.

Only the fields named here are read: `ip_addr`, `username` and the user agent go no further.

`ts` is when a play was handed in, so it usually began at `ts - ms_played`. But `ts` is late when
the app was closed, paused or offline in between (up to the app's next start, or days later); then
`offline_timestamp`, the start by the device's clock, is the better answer.

`platform` names the device. Since October 2023 exports say one word (android, ios, windows, linux,
cast, tizen, …); before that a free text such as `Android OS 4.2.2 API 17 (samsung, GT-I9195)`,
`web_player windows 10; …` or `Partner android_tv Sony;BRAVIA 4K GB;`. Its types are those of
Spotify's player. dbt maps what was imported earlier by the same words: `device_types` in
dbt/dbt_project.yml.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from ingestion.history_import import fields
from ingestion.history_import.errors import gettext_noop
from ingestion.history_import.fields import UnusableRow, parse_bool, parse_int, parse_text
from ingestion.history_import.shapes import FORMATS, Shape
from spotifyweb.events import PLAY_MIN_MS, Play, Skip, counts_as_play

LONGEST_MS = 7 * 24 * 60 * 60 * 1000
FIRST_DAY = datetime(2006, 4, 23, tzinfo=UTC)  # Spotify was founded; nothing was heard before
LEFT_EARLY = frozenset({"fwdbtn", "backbtn", "endplay", "unknown"})
OUTCOME_OF_EPISODES = {"episode": "podcasts", "chapter": "audiobooks"}


MILLISECONDS_FROM = 10**11
LATEST_MS = 253_402_300_799_999  # the end of the year 9999
START_TOLERANCE = timedelta(seconds=10)  # half of all rows differ by less than a second
MAX_OFFLINE = timedelta(days=30)  # as long as Spotify plays offline; beyond it the clock was wrong
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The first kind counts of which a word, or several, begin so; a blank at the end ends the word. A
# console or a watch may run a television's system, a television may run android, a speaker linux.
DEVICE_KINDS: dict[str, tuple[str, ...]] = {
    "Smartwatch": ("watch", "applewatch", "wearos ", "wear os ", "wearable ", "fitbit ", "garmin "),
    "GameConsole": ("playstation", "ps3 ", "ps4 ", "ps5 ", "scei ", "xbox", "nintendo "),
    "Automobile": ("car ", "carplay ", "automotive ", "android auto ", "tesla "),
    "TV": (
        *("tv ", "tvos ", "appletv", "androidtv ", "firetv ", "smarttv "),
        *("tizen ", "webos ", "roku ", "bravia ", "viera ", "vizio "),
    ),
    "Speaker": (
        *("cast ", "chromecast audio ", "sonos ", "speaker ", "alexa ", "echo ", "bose "),
        *("homepod", "google home ", "google nest "),
    ),
    "Tablet": ("ipad", "tablet "),
    "Smartphone": ("android ", "ios ", "iphone", "windows phone "),
    "Computer": (
        *("windows ", "os x ", "osx ", "macos ", "mac ", "linux ", "chromeos "),
        *("web player ", "webplayer ", "web "),
    ),
}
BETWEEN_WORDS = re.compile("[^a-z0-9]+")


class ParsedRow(NamedTuple):
    """The outcome of one row, and its event where it has one."""

    outcome: str  # plays, skips, podcasts, audiobooks, unattributed or rejected
    reason: str
    event: Play | None = None
    device_start: int | None = None  # as the row says it, in seconds or milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class RowParser:
    """Parse rows of one listener; times after `latest` lie in the future."""

    user_id: str
    latest: datetime

    def for_shape(self, shape: Shape) -> Callable[[Any], ParsedRow]:
        """Return a function that parses rows of that shape."""
        read = {Shape.EXTENDED: self._extended, Shape.ACCOUNT: self._account}[shape]

        def parse(row: Any) -> ParsedRow:
            if not isinstance(row, dict):
                return ParsedRow("rejected", gettext_noop("not an object"))
            try:
                return read(row)
            except UnusableRow as why:
                return ParsedRow(why.outcome, why.reason)

        return parse

    def _extended(self, row: dict[str, Any]) -> ParsedRow:
        ended_at, ms_played = self._moment(row.get("ts")), _parse_length(row.get("ms_played"))
        item = fields.extended_item(row)
        reason_end, platform = parse_text(row.get("reason_end")), parse_text(row.get("platform"))
        start = device_start(row.get("offline_timestamp"))
        device = device_started_at(start)
        return _parsed_row(
            device_start=start,
            user_id=self.user_id,
            played_at=ended_at,
            started_at=started_at(ended_at, ms_played, device),
            device_started_at=device,
            ms_played=ms_played,
            platform=platform,
            device_type=device_type(platform),
            country=_parse_country(row.get("conn_country")),
            reason_start=parse_text(row.get("reason_start")),
            reason_end=reason_end,
            skipped=is_skipped(parse_bool(row.get("skipped")), reason_end),
            shuffle=parse_bool(row.get("shuffle")),
            offline=parse_bool(row.get("offline")),
            incognito=parse_bool(row.get("incognito_mode")),
            source=FORMATS[Shape.EXTENDED].source,
            **item._asdict(),
        )

    def _account(self, row: dict[str, Any]) -> ParsedRow:
        ended_at, ms_played = self._moment(row.get("endTime")), _parse_length(row.get("msPlayed"))
        return _parsed_row(
            user_id=self.user_id,
            played_at=ended_at,
            started_at=ended_at - timedelta(milliseconds=ms_played),
            ms_played=ms_played,
            source=FORMATS[Shape.ACCOUNT].source,
            **fields.account_item(row)._asdict(),
        )

    def _moment(self, value: Any) -> datetime:
        """Return the end of a play in UTC, from `2025-05-30T14:14:00Z` or `2021-02-05 20:29`."""
        try:
            moment = datetime.fromisoformat(value.removesuffix(" UTC"))
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, AttributeError, OverflowError):
            raise UnusableRow("rejected", gettext_noop("no readable end time")) from None
        if moment > self.latest:
            raise UnusableRow("rejected", gettext_noop("ended in the future"))
        if moment < FIRST_DAY:
            raise UnusableRow("rejected", gettext_noop("ended before Spotify existed"))
        return moment


def is_skipped(skipped: bool | None, reason_end: str | None) -> bool | None:
    """Return whether the listener left the item: `trackdone` wins; None where the row says nothing.

    `skipped` alone will not do: it is false on every row from April 2015 to October 2022.
    """
    if reason_end == "trackdone":
        return False
    if skipped or reason_end in LEFT_EARLY:
        return True
    return None if skipped is None and reason_end is None else False


def _parsed_row(*, ms_played: int, device_start: int | None = None, **values: Any) -> ParsedRow:
    reason_end = values.get("reason_end")
    counts = counts_as_play(ms_played, reason_end=reason_end)
    event = (Play if counts else Skip)(ms_played=ms_played, **values)
    return ParsedRow(
        OUTCOME_OF_EPISODES.get(event.content_type) or ("plays" if counts else "skips"),
        _reason(ms_played, ended=reason_end == "trackdone"),
        event,
        device_start,
    )


def _reason(ms_played: int, *, ended: bool) -> str:
    if ms_played >= PLAY_MIN_MS:
        return gettext_noop("30 seconds or more")
    if ended:
        return gettext_noop("shorter, but played to the end")
    return gettext_noop("left within 30 seconds") if ms_played else gettext_noop("0 ms played")


def _parse_length(value: Any) -> int:
    length = parse_int(value)
    if length is None:
        raise UnusableRow("rejected", gettext_noop("length is not a whole number of milliseconds"))
    if length < 0:
        raise UnusableRow("rejected", gettext_noop("negative length"))
    if length > LONGEST_MS:
        raise UnusableRow("rejected", gettext_noop("longer than seven days"))
    return length


def _parse_country(value: Any) -> str | None:
    """Return the two letters of a country; None for `ZZ`, Spotify's word for unknown."""
    known = isinstance(value, str) and len(value) == 2 and value.isascii() and value.isalpha()
    return value if known and value != "ZZ" else None


def device_start(offline_timestamp: Any) -> int | None:
    """Return the number in an export's `offline_timestamp`: seconds, or milliseconds above 1e11.

    None where there is none: null, 0, 1, no whole number, or no moment before the year 10000.
    """
    start = parse_int(offline_timestamp)
    return start if start is not None and 1 < start <= LATEST_MS else None


def device_started_at(start: int | None) -> datetime | None:
    """Return the time of a device start, in UTC, whether it is plausible or not."""
    if start is None:
        return None
    return EPOCH + timedelta(milliseconds=start * (1 if start > MILLISECONDS_FROM else 1000))


def started_at(ended_at: datetime, ms_played: int, device: datetime | None) -> datetime:
    """Return when a play began: the device's start where it lies well before `ts - ms_played`."""
    implied = ended_at - timedelta(milliseconds=ms_played)
    return device if device and START_TOLERANCE < implied - device < MAX_OFFLINE else implied


def is_same_start(first: int, second: int) -> bool:
    """Compare two device starts as they were sent: whole seconds where one of them has no more."""
    return first == second or (
        whole_second(first) == whole_second(second) and min(first, second) <= MILLISECONDS_FROM
    )


def whole_second(start: int) -> int:
    """Return a device start in seconds, whatever it was sent in."""
    return start // 1000 if start > MILLISECONDS_FROM else start


@lru_cache(maxsize=4096)
def device_type(platform: str | None) -> str | None:
    """Return Smartphone, Computer, Speaker, TV, …; None where the platform does not say."""
    words = f" {BETWEEN_WORDS.sub(' ', (platform or '').lower())} "
    for kind, beginnings in DEVICE_KINDS.items():
        if any(f" {beginning}" in words for beginning in beginnings):
            return kind
    return None
