"""A listener's player: their habits play by themselves until a command takes over.

auto ──play, pause, skip, …──▶ manual ──auto──▶ auto      (stop: manual, with nothing playing)
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from spotifyweb.events import to_ms
from spotifyweb.sandbox import seeds
from spotifyweb.sandbox.listeners import habits, likes
from spotifyweb.sandbox.listeners.habits import TrackListen
from spotifyweb.sandbox.listeners.likes import Like
from spotifyweb.sandbox.listeners.people import Device, Person
from spotifyweb.sandbox.listeners.podcast_listens import EpisodeListen
from spotifyweb.sandbox.listeners.taste import taste
from spotifyweb.sandbox.player import items
from spotifyweb.sandbox.player.items import Item, PlayedItem
from spotifyweb.sandbox.player.manual_playback import ManualPlayback
from spotifyweb.sandbox.player.recently_played import RecentlyPlayedLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackState:
    """The player at an instant."""

    item: Item
    progress_ms: int
    is_playing: bool
    changed_ms: int
    device: Device
    context: str | None
    private: bool
    repeat: str
    shuffle: bool


class Player:
    def __init__(self, person: Person, *, seed: int) -> None:
        self.person, self.seed = person, seed
        self.auto = True
        self.overruled: list[tuple[int, int]] = []  # when habits were overruled
        self.manual_since_ms = 0
        self.draws = 0
        self.manual = ManualPlayback(device=person.devices[0], draw=self.draw)
        self.late_plays: list[PlayedItem] = []  # that a device reported afterwards
        self.liked: list[Like] = []  # by hand
        self.unliked: set[str] = set()
        self.hide_progress = False
        self.stale_since_ms: int | None = None  # recently-played stands still from here on
        self.relink = False  # recently-played names another id for the same recording
        self.odd_metadata = False  # albums without a name, a date or a known type
        self.bare_profile = False  # no display name, no picture
        self.float_numbers = False  # 204053.0 for 204053, as from January to March 2024
        self.nested_duration = False  # {"totalMilliseconds": n} for the length of a local file
        self.untyped = False  # no currently_playing_type

    def draw(self) -> Item:
        self.draws += 1
        rng = seeds.rng(self.seed, self.person.account_id, "draw", self.draws)
        day = datetime.fromtimestamp(self.manual.started_ms / 1000, self.person.zone)
        return items.track_item(taste(self.seed, self.person, day.year, day.month).draw(rng))

    def playback_at(self, now_ms: int) -> PlaybackState | None:
        """Return what plays at that moment, None for silence."""
        if self.auto:
            return self._habit_playback(now_ms)
        self.manual.advance(now_ms)
        manual = self.manual
        if manual.item is None:
            return None
        return PlaybackState(
            item=manual.item,
            progress_ms=manual.progress_ms(now_ms),
            is_playing=manual.is_playing,
            changed_ms=manual.changed_ms,
            device=manual.device,
            context=manual.context,
            private=manual.private,
            repeat=manual.repeat,
            shuffle=False,
        )

    def _habit_playback(self, now_ms: int) -> PlaybackState | None:
        heard = habits.listen_at(self.person, _moment(now_ms), seed=self.seed)
        if heard is None or self._is_overruled(heard.started_ms, heard.ended_ms):
            return None
        music = heard if isinstance(heard, TrackListen) else None
        return PlaybackState(
            item=items.item_of_listen(heard),
            progress_ms=now_ms - heard.started_ms,
            is_playing=True,
            changed_ms=heard.started_ms,
            device=heard.device,
            context=music.context if music else None,
            private=False,
            repeat="off",
            shuffle=music.shuffle if music else False,
        )

    def take_over(self, now_ms: int) -> ManualPlayback:
        """Switch to manual control with the item that is playing; return the manual playback."""
        if not self.auto:
            self.manual.advance(now_ms)
            return self.manual
        running = self._habit_playback(now_ms)
        self.auto, self.manual_since_ms = False, now_ms
        if running is None:
            self.manual.start_item(None, now_ms, reason="playbtn")
            return self.manual
        self.manual.device = running.device
        self.manual.start_item(running.item, running.changed_ms, reason="trackdone")
        self.manual.context = running.context
        return self.manual

    def resume_habits(self, now_ms: int) -> None:
        """End manual control; habits continue from their next track."""
        if not self.auto:
            self.manual.advance(now_ms)
            self.manual.finish_item(now_ms, reason="endplay")
            self.manual.start_item(None, now_ms, reason="appload")
            self.overruled.append((self.manual_since_ms, now_ms))
            self.auto = True

    def _is_overruled(self, started_ms: int, ended_ms: int) -> bool:
        windows = (
            self.overruled if self.auto else [*self.overruled, (self.manual_since_ms, 1 << 62)]
        )
        return any(ended_ms > begin and started_ms < end for begin, end in windows)

    def played_items(self, start_ms: int, now_ms: int) -> list[PlayedItem]:
        """Return every item that ended in [start, now], oldest first."""
        if not self.auto:
            self.manual.advance(now_ms)
        window = (_moment(start_ms), _moment(now_ms + 1))
        music, podcasts = habits.history(self.person, *window, seed=self.seed)
        listens: list[TrackListen | EpisodeListen] = [*music, *podcasts]
        played_items = [
            items.played_item(heard)
            for heard in listens
            if not self._is_overruled(heard.started_ms, heard.ended_ms)
        ]
        played_items += [
            item for item in self.manual.played_items if start_ms <= item.ended_ms <= now_ms
        ]
        return sorted(played_items, key=lambda item: item.ended_ms)

    def recent(
        self, now_ms: int, limits: RecentlyPlayedLimits, *, depth: int = 50
    ) -> list[PlayedItem]:
        """Return what recently-played lists, newest first: never more than `depth`."""
        visible_until_ms = (
            now_ms if self.stale_since_ms is None else min(now_ms, self.stale_since_ms)
        )
        found: list[PlayedItem] = []
        for days in (1, 3, 10, 40):
            since_ms = now_ms - int(timedelta(days=days).total_seconds() * 1000)
            known = [
                item
                for item in self.played_items(since_ms, visible_until_ms)
                if limits.includes(item, visible_until_ms)
            ]
            known += [item for item in self.late_plays if since_ms <= item.ended_ms <= now_ms]
            found = sorted(known, key=lambda item: item.ended_ms, reverse=True)[:depth]
            if len(found) == depth:
                break
        return found

    def library(self, now: datetime) -> list[Like]:
        """Return the saved tracks, newest first."""
        by_hand = [like for like in self.liked if like.added_ms <= to_ms(now)]
        changed_by_hand = {like.track.track_id for like in by_hand} | self.unliked
        habitual = likes.library(self.person, now, seed=self.seed)
        remaining = [like for like in habitual if like.track.track_id not in changed_by_hand]
        return sorted([*by_hand, *remaining], key=lambda like: like.added_ms, reverse=True)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC) + timedelta(milliseconds=ms % 1000)
