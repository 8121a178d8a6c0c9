"""What each row of an export is, by the rules of docs/adr/0004 and 0030 and nothing else."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

SPOTIFY_BEGAN = datetime(2006, 4, 23, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WEEK_MS = 7 * 86_400_000
NUMBER = re.compile(r"-?\d{1,18}(\.0+)?")
LEFT = ("fwdbtn", "backbtn", "endplay", "unknown")
KINDS = {  # of the platforms that the generator uses, decided by hand
    "Android OS 4.2.2 API 17 (samsung, GT-I9195)": "Smartphone",
    "Windows 7 (6.1.7601; x64; SP1; S)": "Computer",
    "iOS 8.1 (iPhone7,2)": "Smartphone",
    "OS X 10.10.1 [x86 4]": "Computer",
    "Partner scei_ps4 Sony;PS4": "GameConsole",
    "Partner android_tv Sony;BRAVIA 4K GB;BRAVIA4KGB": "TV",
    "web_player windows 10;chrome 79.0.3945.130;desktop": "Computer",
    "Partner google cast;Chromecast;;tvm_l": "Speaker",
    "iOS 11.2 (iPad6,3)": "Tablet",
    "Partner sonos_ppc Sonos;Play1": "Speaker",
    "Partner amazon_salmon Amazon;Echo_Dot;3b": "Speaker",
    "Partner webos_tv LGE;43UM7100PLB": "TV",
    "Partner microsoft_xbox;xbox_one;": "GameConsole",
    "Partner fitbit_inc Fitbit;Versa": "Smartwatch",
    "Linux [x86-64 0]": "Computer",
    "Android Tablet OS 9 API 28 (samsung, SM-T510)": "Tablet",
    "web_player": "Computer",
    "android": "Smartphone",
    "ios": "Smartphone",
    "windows": "Computer",
    "cast": "Speaker",
    "tizen": "TV",
    "garmin": "Smartwatch",
}


class NoListen(Exception):
    """A row that is neither a play nor a skip."""

    def __init__(self, outcome: str, reason: str) -> None:
        super().__init__(reason)
        self.outcome, self.reason = outcome, reason


@dataclass(slots=True, kw_only=True)
class Listen:
    """One play or skip that counts. Times are aware, in UTC."""

    is_play: bool
    content_type: str
    item_id: str | None
    title: str | None
    artist: str | None
    album: str | None
    ended_at: datetime
    began_at: datetime
    device_start: int | None  # ms, or seconds where the row has no more
    ms: int
    platform: str | None
    device: str | None
    flags: dict[str, Any]  # what the row says besides

    @property
    def item(self) -> str:
        return self.item_id or f"{self.artist or ''}\x1f{self.title or ''}"

    @property
    def start_second(self) -> int | None:
        start = self.device_start
        return start // 1000 if start and start > 10**11 else start


def flat(rows: Iterable[Any]) -> Iterator[Any]:
    """A list within the list is read like the list."""
    for one in rows:
        if isinstance(one, list):
            yield from flat(one)
        else:
            yield one


def read(row: Any, *, now: datetime) -> Listen:
    """Raises NoListen."""
    if not isinstance(row, dict):
        raise NoListen("rejected", "not an object")
    ended_at, ms = _ended_at(row.get("ts"), now), _ms(row.get("ms_played"))
    kind, item_id, title, artist, album = _item(row)
    reason = row["reason_end"]
    start = whole(row["offline_timestamp"])
    start = start if start is not None and start > 1 else None
    is_play = ms >= 30_000 or reason == "trackdone"
    names = ("reason_start", "reason_end", "shuffle", "offline")
    return Listen(
        is_play=is_play,
        content_type=kind,
        item_id=item_id,
        title=title,
        artist=artist,
        album=album,
        ended_at=ended_at,
        began_at=_began_at(ended_at, ms, start),
        device_start=start,
        ms=ms,
        platform=row["platform"],
        device=KINDS.get(row["platform"] or ""),
        flags={name: row[name] for name in names} | {"skipped": _is_left(row["skipped"], reason)},
    )


def outcome_of(listen: Listen) -> tuple[str, str]:
    """As the import page sorts it."""
    kind = {"episode": "podcasts", "chapter": "audiobooks"}.get(listen.content_type)
    if listen.ms >= 30_000:
        reason = "30 seconds or more"
    elif listen.flags["reason_end"] == "trackdone":
        reason = "shorter, but played to the end"
    else:
        reason = "left within 30 seconds" if listen.ms else "0 ms played"
    return kind or ("plays" if listen.is_play else "skips"), reason


def whole(value: Any) -> int | None:
    """What is certainly a whole number."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        return int(value.split(".")[0]) if NUMBER.fullmatch(value) else None
    return int(value) if value == int(value) else None


def moment_of(start: int) -> datetime:
    return EPOCH + timedelta(milliseconds=start if start > 10**11 else 1000 * start)


def _began_at(ended_at: datetime, ms: int, start: int | None) -> datetime:
    """The device's start where it lies well before, and not by more than a month."""
    implied = ended_at - timedelta(milliseconds=ms)
    if start is not None:
        before = implied - moment_of(start)
        if timedelta(seconds=10) < before < timedelta(days=30):
            return moment_of(start)
    return implied


def _is_left(skipped: bool | None, reason: str | None) -> bool | None:
    if reason == "trackdone":
        return False
    if skipped is None and reason is None:
        return None
    return bool(skipped) or reason in LEFT


def _item(row: dict[str, Any]) -> tuple[str, str | None, str | None, str | None, str | None]:
    """Kind, id, title, artist (the show, the book) and album."""
    if row["audiobook_chapter_uri"]:
        book = row["audiobook_title"]
        chapter = row["audiobook_chapter_title"]
        return "chapter", row["audiobook_chapter_uri"].split(":")[2], chapter, book, book
    if row["spotify_episode_uri"]:
        show = row["episode_show_name"]
        return "episode", row["spotify_episode_uri"].split(":")[2], row["episode_name"], show, show
    uri, title = row["spotify_track_uri"], row["master_metadata_track_name"]
    if not uri and not title:
        raise NoListen("unattributed", "neither an id nor a title")
    artist = row["master_metadata_album_artist_name"]
    album = row["master_metadata_album_album_name"]
    return "track", uri.split(":")[2] if uri else None, title, artist, album


def _ended_at(ts: Any, now: datetime) -> datetime:
    try:
        ended_at = datetime.fromisoformat(ts).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise NoListen("rejected", "no readable end time") from None
    if ended_at < SPOTIFY_BEGAN:
        raise NoListen("rejected", "ended before Spotify existed")
    if ended_at > now + timedelta(days=1):
        raise NoListen("rejected", "ended in the future")
    return ended_at


def _ms(value: Any) -> int:
    ms = whole(value)
    if ms is None:
        raise NoListen("rejected", "length is not a whole number of milliseconds")
    if ms < 0:
        raise NoListen("rejected", "negative length")
    if ms > WEEK_MS:
        raise NoListen("rejected", "longer than seven days")
    return ms
