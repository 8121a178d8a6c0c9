"""The reasons of a listener's lists once more, in plain Python from the rows of bronze."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.test import Client

from recommendations.lists import KINDS, UNHEARD
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.lake import Lake
from spotifyweb.sandbox.catalogue import music
from tests.support import lake_rows

Row = Mapping[str, Any]
SAME = timedelta(seconds=5)  # between two reports of one listen
EARLY_MS = 30_000


@dataclass(frozen=True, kw_only=True)
class Bronze:
    """Music that was heard, left and saved; a song is one, whichever of its ids was played."""

    plays: list[Row]
    skips: list[Row]
    likes: list[Row]
    songs: Mapping[str, str]  # track id -> what its releases have in common
    zones: Mapping[str, ZoneInfo]  # of each listener
    now: datetime

    @classmethod
    def read(cls, store: Lake, *, songs: Mapping[str, str], zones: Any, now: datetime) -> "Bronze":
        plays, skips, likes = (
            _once(lake_rows.rows(store, name), songs) for name in ("plays", "skips", "likes")
        )
        return cls(plays=plays, skips=skips, likes=likes, songs=songs, zones=zones, now=now)

    def song(self, row: Row) -> str:
        return self.songs[row["track_id"]]

    def started(self, user_id: str) -> set[str]:
        rows = (*self.plays, *self.skips)
        return {self.song(row) for row in rows if row["user_id"] == user_id}

    def assert_reason(self, user_id: str, kind: str, row: Row) -> None:
        """Assert that a reason says what was counted here."""
        song, reason = self.songs[row["track_id"]], row["reason"]
        mine = [play for play in self.plays if play["user_id"] == user_id]
        own = [play for play in mine if self.song(play) == song]
        assert bool(own) == (kind == "rediscovery"), row
        if kind == "household":
            assert reason in self.household_reasons(mine, song), row
        elif kind == "rediscovery":
            assert reason == self.rediscovery_reason(user_id, own), row
        elif kind == "second_chance":
            assert reason == self.second_chance_reason(user_id, song), row
        else:
            assert song not in self.started(user_id), row
            assert reason == self.new_reason(mine, row["artist_name"]), row

    def household_reasons(self, mine: list[Row], song: str) -> set[str]:
        """Return what may be said: of each own song, the hours with it and those with both."""
        hours: dict[tuple[str, datetime], set[str]] = defaultdict(set)
        for play in self.plays:
            hour = play["played_at"].astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            hours[play["user_id"], hour].add(self.song(play))
        single, both = Counter[str](), Counter[str]()
        for songs in hours.values():
            single.update(songs)
            both.update(songs if song in songs else ())
        return {
            f"Played with {play['track_name']} in {both[own]} of {_count(single[own], 'session')}"
            " in your household"
            for play in mine
            if both[own := self.song(play)] > 1
        }

    def rediscovery_reason(self, user_id: str, own: list[Row]) -> str:
        days = {play["played_at"].astimezone(self.zones[user_id]).date() for play in own}
        idle = (self.now - max(play["played_at"] for play in own)) // timedelta(days=1)
        ago = f"{idle // 365} years" if idle >= 730 else _count(idle, "day")
        return f"Played on {_count(len(days), 'day')}, last {ago} ago"

    def second_chance_reason(self, user_id: str, song: str) -> str:
        saved = self.times(self.likes, user_id, song)
        if saved:
            day = min(saved).astimezone(self.zones[user_id])
            return f"Saved on {day.day} {day:%b %Y}, not played yet"
        early = [skip for skip in self.skips if skip["ms_played"] < EARLY_MS]
        times = len(self.times(early, user_id, song))
        return f"Skipped {'once' if times == 1 else f'{times} times'}, never played"

    def new_reason(self, mine: list[Row], artist: str) -> str:
        played = [play["played_at"] for play in mine if play["artist_name"] == artist]
        month = sum(moment >= self.now - timedelta(days=30) for moment in played)
        if month > 1:
            return f"You played {artist} {month} times in the last 30 days, but never this track"
        times = "once" if len(played) == 1 else f"{len(played)} times"
        return f"You played {artist} {times}, but never this track"

    def times(self, rows: Iterable[Row], user_id: str, song: str) -> list[datetime]:
        own = (row for row in rows if row["user_id"] == user_id and self.song(row) == song)
        return [row["played_at"] for row in own]


def assert_lists(*, now: datetime, seed: int) -> None:
    """Assert of each listener of the sandbox what a page promises, and each of its reasons."""
    listeners = Listener.objects.all()
    bronze = Bronze.read(
        clients.lake(),
        songs={track.track_id: track.isrc for track in music.catalogue(seed).tracks.values()},
        zones={each.user_id: ZoneInfo(each.timezone) for each in listeners},
        now=now,
    )
    for listener in listeners:
        _assert_lists(listener, bronze)


def _assert_lists(listener: Listener, bronze: Bronze) -> None:
    started = bronze.started(listener.user_id)
    fifty = _lists(listener)
    assert sum(map(len, fifty.values())) == 50
    unheard = [row["track_id"] for kind in UNHEARD for row in fifty[kind]]
    assert sum(bronze.songs[track] not in started for track in unheard) >= 10
    assert len(_lists(listener, kind="new")["new"]) == 50
    everything = _lists(listener, limit="150")
    assert [*everything] == [*KINDS]
    rows = [(kind, row) for kind, rows in everything.items() for row in rows]
    assert len({bronze.songs[row["track_id"]] for _, row in rows}) == len(rows)
    for kind, row in rows:
        bronze.assert_reason(listener.user_id, kind, row)


def _lists(listener: Listener, **asked: str) -> dict[str, list[Row]]:
    browser = Client()
    browser.force_login(listener)
    answer = browser.get("/api/v1/recommendations", asked).json()
    return {each["kind"]: each["recommendations"] for each in answer["kinds"]}


def _count(number: int, unit: str) -> str:
    unit = f"one-hour {unit}" if unit == "session" else unit
    return f"{number} {unit}" if number == 1 else f"{number:,} {unit}s"


def _once(rows: Iterable[Row], songs: Mapping[str, str]) -> list[Row]:
    """Return each listen once, though the live path and Spotify's list report it both."""
    kept: list[Row] = []
    last: dict[tuple[str, str], datetime] = {}
    for row in sorted(rows, key=lambda row: row["played_at"]):
        key = row["user_id"], songs.get(row["track_id"], "")
        if row["content_type"] in ("track", None) and not (
            key in last and row["played_at"] - last[key] < SAME
        ):
            kept.append(row)
            last[key] = row["played_at"]
    return kept
