"""A lifetime of listening as Spotify exports it, with all that was seen to be odd in such files.

Nothing here says what should become of a row: that is for `counting` to find out from the rules.
"""

import json
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench.harness.history_export import FOLDER, NO_TRACK, row
from tests.lifetime.broken import broken, nameless
from tests.lifetime.catalogue import DEVICES, Catalogue, Release, Song, Spoken

Rows = list[Any]
NARROW = (0, 1, 300, 29_999, 30_000, 30_001, 59_999, 60_000)  # lengths where rules change
REASONS = ("trackdone", "trackdone", "trackdone", "logout", "endplay", "unknown", "remote", None)
HOLE = 4  # the number that no file has: that file was lost


@dataclass(slots=True, kw_only=True)
class Lifetime:
    """About `count` rows up to the day before `until`. The same for the same seed and day."""

    count: int
    until: date
    seed: int
    zone: str = "Europe/Berlin"
    years: int = 12
    catalogue: Catalogue = field(init=False)
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.catalogue = Catalogue(random.Random("names"))  # one for all who live here
        self.dice = random.Random(self.seed)

    def files(self) -> dict[str, Rows]:
        """Rows by file name, in the order in which Spotify numbers them."""
        rows = [one for one in sorted(self._rows(), key=_handed_in) if one["ts"] < self._asked_at]
        videos = [one for one in rows if one.pop("video", False)]
        rows = [one for one in rows if not any(one is video for video in videos)]
        size = max(1, len(rows) // 9)
        files: dict[str, Rows] = {}
        for number in range(9):
            start = number * size
            overlap = len(rows) // 300 if number % 2 else 0  # the same rows in two files
            part = rows[max(0, start - overlap) : start + size if number < 8 else None]
            if number != HOLE:
                name = f"Streaming_History_Audio_{_handed_in(part[0])[:4]}_{number}.json"
                files[name] = [*part, nameless(part[0]["ts"]), *broken(self.until.year - 3, number)]
        return files | {f"Streaming_History_Video_{self.until.year - 9}.json": videos}

    @property
    def _asked_at(self) -> str:
        """When `until` began, there: what was handed in later is in no file."""
        zone = ZoneInfo(self.zone)
        return _text(datetime.combine(self.until, datetime.min.time(), zone).astimezone(UTC))

    def _rows(self) -> Iterator[dict[str, Any]]:
        days = self.years * 365
        first = self.until - timedelta(days=days)
        made = 0
        for number in range(days):
            day = first + timedelta(days=number)
            left = (self.count - made) / (days - number)  # rows to make on an average day
            if self.dice.random() < (0.9 if self._is_long_run(number) else 0.55):
                for one in self._day(day, left / 0.58):
                    made += 1
                    yield one

    def _is_long_run(self, number: int) -> bool:
        return number % 400 < 60 or number > self.years * 365 - 12

    def _day(self, day: date, size: float) -> Iterator[dict[str, Any]]:
        """Some hours, sometimes with a second device beside them."""
        hour = self.dice.choice((7, 12, 17, 19, 20, 21, 22, 23))
        if day.month in (3, 10) and day.day > 24 and day.weekday() == 5:
            hour = 24  # into the night in which the clocks change
        if self.until - day <= timedelta(days=1):
            hour = min(hour, 17)  # today is not begun
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone))
        began = (midnight + timedelta(hours=hour)).astimezone(UTC)
        began += timedelta(milliseconds=self.dice.randrange(3_600_000))
        yield from self._session(began, max(1, round(self.dice.gauss(size, size / 3))))
        if self.dice.random() < 0.08:
            later = began + timedelta(minutes=self.dice.randint(0, 20))
            yield from self._session(later, self.dice.randint(1, 4))

    def _session(self, began: datetime, size: int) -> Iterator[dict[str, Any]]:
        device, shuffle = self._device(began.year), self.dice.choice((True, False, False, None))
        while size > 0:
            some = list(self._some(began, device))
            for one in some:
                yield one | {"shuffle": shuffle}
            size -= len(some)
            began = _ended(some[-1], began) + timedelta(milliseconds=self.dice.randint(0, 2500))
            if self.dice.random() < 0.04:
                began += timedelta(minutes=self.dice.randint(5, 90))

    def _some(self, began: datetime, device: str | None) -> Iterator[dict[str, Any]]:
        """One row, or the several that one listen or one loop became."""
        chance = self.dice.random()
        if chance < 0.012:
            yield from self._spoken(began, device)
        elif chance < 0.018:
            yield from self._loop(began, device)
        elif chance < 0.022:
            yield self._row(began, device, ms_played=self.dice.randint(1000, 900_000)) | NO_TRACK
        elif chance < 0.024:
            yield self._music(began, device) | {"video": True}
        else:
            one = self._music(began, device)
            yield one
            yield from self._again(one)

    def _music(self, began: datetime, device: str | None) -> dict[str, Any]:
        is_of_late = self.until - began.date() < timedelta(days=28) and self.dice.random() < 0.1
        song = self.catalogue.newest if is_of_late else self._song()
        chance = self.dice.random()
        reason = self.dice.choice(REASONS)
        if chance < 0.60:
            ms_played, reason = song.length_ms, "trackdone"
        elif chance < 0.75:
            ms_played, reason = self.dice.randint(0, 29_999), "fwdbtn"
        elif chance < 0.82:
            ms_played = self.dice.choice(NARROW)
        else:
            ms_played = self.dice.randint(30_000, song.length_ms)
        skipped = self._skipped(began, reason)
        made = self._row(began, device, ms_played=ms_played, reason_end=reason, skipped=skipped)
        return made | self._release(song, began)

    def _song(self) -> Song:
        number = int(self.dice.paretovariate(0.45)) * 7 % len(self.catalogue.songs)
        return self.catalogue.songs[number]

    def _release(self, song: Song, began: datetime) -> dict[str, Any]:
        """Later years play other editions; some rows have lost names, some ids new ones."""
        place = (began.year // 3 + self.dice.randint(0, 1)) % len(song.releases)
        told = _told(song.releases[place])
        if told["spotify_track_uri"] and self.dice.random() < 0.001:
            told |= {**NO_TRACK, "spotify_track_uri": told["spotify_track_uri"]}
        return told

    def _skipped(self, began: datetime, reason: str | None) -> Any:
        if began.year < 2022:
            return self.dice.choice((False, False, None))
        return self.dice.choice((reason == "fwdbtn", reason == "fwdbtn", None))

    def _spoken(self, began: datetime, device: str | None) -> Iterator[dict[str, Any]]:
        item = self.dice.choice(self.catalogue.spoken)
        part = self.dice.choice((1.0, 1.0, 0.3, 0.001))
        made = self._row(began, device, ms_played=int(item.length_ms * part))
        yield made | NO_TRACK | _spoken(item)

    def _loop(self, began: datetime, device: str | None) -> Iterator[dict[str, Any]]:
        """A song over and over offline, handed in at once: only the device's starts differ."""
        song = self._song()
        release, length = _told(song.releases[0]), self.dice.choice((song.length_ms, 31_000, 400))
        times = self.dice.randint(2, 7)
        starts = [began + n * timedelta(milliseconds=length) for n in range(times)]
        handed_in = starts[-1] + timedelta(milliseconds=length, seconds=self.dice.randint(0, 9000))
        in_ms = length < 1000 or self.dice.random() < 0.5
        for start in starts:
            ms = int(start.timestamp() * 1000)
            yield row(
                ts=_text(handed_in),
                ms_played=length,
                platform=device,
                reason_end="trackdone" if length == song.length_ms else "fwdbtn",
                offline=True,
                offline_timestamp=ms if in_ms else ms // 1000,
                **release,
            )

    def _again(self, one: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The same play once more, in one of the ways in which exports repeat themselves."""
        chance, start = self.dice.random(), one["offline_timestamp"]
        if chance < 0.004:
            yield dict(one)
        elif chance < 0.012 and _is_start(start):
            later = timedelta(seconds=self.dice.choice((3, 700, 90_000, 900_000)))
            yield one | {"ts": _text(_moment(one["ts"]) + later)}
        elif chance < 0.015 and _is_start(start):  # another export has it with other precision
            yield one | {"offline_timestamp": int(start) // 1000 if int(start) > 1e11 else None}
        elif chance < 0.018 and not _is_start(start):  # one second, one item, another length
            yield one | {"ms_played": int(float(one["ms_played"])) + 1}
        elif chance < 0.021 and _is_start(start):  # another export ends it when it was over
            began = moment_of(int(start))
            over = _ended(one, began) + timedelta(seconds=3)
            if timedelta(seconds=12) < _moment(one["ts"]) - over < timedelta(days=1):
                yield one | {"ts": _text(over), "offline_timestamp": None}

    def _row(
        self, began: datetime, device: str | None, *, ms_played: int, **values: Any
    ) -> dict[str, Any]:
        """`ts` is when it was handed in: soon, after a pause, or when the app was opened again."""
        over = began + timedelta(milliseconds=ms_played)
        late = self.dice.choices((0, 1, 8, 25, 1_900, 57_000), (60, 20, 5, 5, 6, 1))[0]
        made = row(
            ts=_text(over + timedelta(seconds=late)),
            ms_played=self._number(ms_played),
            platform=device,
            conn_country=self.dice.choice(("DE", "FR", "ZZ", "")),
            reason_start=self.dice.choice(("trackdone", "clickrow", "fwdbtn", "appload", None)),
            reason_end=self.dice.choice(REASONS),
            offline=self.dice.choice((False, False, True, None)),
            offline_timestamp=self._device_start(began),
            incognito_mode=self.dice.random() < 0.02,
        )
        return made | values

    def _device_start(self, began: datetime) -> Any:
        """None in four ways at first, then milliseconds, then seconds; some clocks are wrong."""
        if self.dice.random() < 0.01:
            began -= timedelta(days=self.dice.choice((-3, 45, 16_000)))
        ms = int(began.timestamp() * 1000)
        if began.year < self.until.year - 9 or self.dice.random() < 0.05:
            return self.dice.choice((None, 0, 1, "1"))
        if began.year < self.until.year - 6:
            return self._number(ms)
        return self._number(ms // 1000)

    def _number(self, value: int) -> Any:
        """Mostly a whole number; some exports write floats, some text."""
        chance = self.dice.random()
        if chance < 0.01:
            return float(value)
        return str(value) if chance < 0.015 else value

    def _device(self, year: int) -> str | None:
        since = [began for began in DEVICES if began <= year][-3:]
        return self.dice.choice(DEVICES[self.dice.choice(since)])


def write(path: Path, files: dict[str, Rows]) -> Path:
    """A zip as Spotify sends it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in files.items():
            archive.writestr(f"{FOLDER}/{name}", json.dumps(rows, indent=2, ensure_ascii=False))
        archive.writestr(f"{FOLDER}/ReadMeFirst_ExtendedStreamingHistory.pdf", b"%PDF-1.4")
    return path


def _told(release: Release) -> dict[str, Any]:
    uri = f"spotify:track:{release.track_id}" if release.track_id else None
    return {
        "master_metadata_track_name": release.title,
        "master_metadata_album_artist_name": release.artist,
        "master_metadata_album_album_name": release.album,
        "spotify_track_uri": uri,
    }


def _spoken(item: Spoken) -> dict[str, Any]:
    uri = f"spotify:episode:{item.item_id}"
    if item.is_chapter:
        chapter = {"audiobook_chapter_uri": uri, "audiobook_chapter_title": item.title}
        return chapter | {"audiobook_title": item.show, "spotify_episode_uri": uri}
    return {
        "spotify_episode_uri": uri,
        "episode_name": item.title,
        "episode_show_name": item.show,
    }


def _is_start(value: Any) -> bool:
    return value not in (None, 0, 1, "1")


def _ended(one: dict[str, Any], began: datetime) -> datetime:
    return began + timedelta(milliseconds=int(float(one["ms_played"])))


def _handed_in(one: dict[str, Any]) -> str:
    return str(one["ts"])


def moment_of(start: int) -> datetime:
    return datetime.fromtimestamp(start / 1000 if start > 1e11 else start, UTC)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
