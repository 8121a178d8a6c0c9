"""One listener's player: their habits play by themselves until a hand takes over.

auto ──play, pause, skip, …──▶ by hand ──auto──▶ auto      (stop: by hand, with nothing on)
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from spotifyweb.events import to_ms
from spotifyweb.sandbox import seeds
from spotifyweb.sandbox.listeners import habits, likes
from spotifyweb.sandbox.listeners.habits import Heard
from spotifyweb.sandbox.listeners.likes import Liked
from spotifyweb.sandbox.listeners.people import Device, Person
from spotifyweb.sandbox.listeners.podcast_listens import HeardEpisode
from spotifyweb.sandbox.listeners.taste import taste
from spotifyweb.sandbox.player import items
from spotifyweb.sandbox.player.items import Item, Spin
from spotifyweb.sandbox.player.manual_playback import Deck
from spotifyweb.sandbox.player.recently_played import Listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing:
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
        self.muted: list[tuple[int, int]] = []  # when habits were overruled
        self.taken_ms = 0
        self.draws = 0
        self.deck = Deck(device=person.devices[0], draw=self.draw)
        self.late: list[Spin] = []  # plays that a device handed in afterwards
        self.liked: list[Liked] = []  # by hand
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
        day = datetime.fromtimestamp(self.deck.started_ms / 1000, self.person.zone)
        return items.of_track(taste(self.seed, self.person, day.year, day.month).draw(rng))

    def now(self, now_ms: int) -> Playing | None:
        """What is on at that moment, None for silence."""
        if self.auto:
            return self._habit(now_ms)
        self.deck.advance(now_ms)
        deck = self.deck
        if deck.item is None:
            return None
        return Playing(
            item=deck.item,
            progress_ms=deck.progress_ms(now_ms),
            is_playing=deck.is_playing,
            changed_ms=deck.changed_ms,
            device=deck.device,
            context=deck.context,
            private=deck.private,
            repeat=deck.repeat,
            shuffle=False,
        )

    def _habit(self, now_ms: int) -> Playing | None:
        heard = habits.playing_at(self.person, _moment(now_ms), seed=self.seed)
        if heard is None or self._is_muted(heard.started_ms, heard.ended_ms):
            return None
        music = heard if isinstance(heard, Heard) else None
        return Playing(
            item=items.heard_item(heard),
            progress_ms=now_ms - heard.started_ms,
            is_playing=True,
            changed_ms=heard.started_ms,
            device=heard.device,
            context=music.context if music else None,
            private=False,
            repeat="off",
            shuffle=music.shuffle if music else False,
        )

    def take_over(self, now_ms: int) -> Deck:
        """The deck, in somebody's hand from now on, with what was running on it."""
        if not self.auto:
            self.deck.advance(now_ms)
            return self.deck
        running = self._habit(now_ms)
        self.auto, self.taken_ms = False, now_ms
        if running is None:
            self.deck.load(None, now_ms, reason="playbtn")
            return self.deck
        self.deck.device = running.device
        self.deck.load(running.item, running.changed_ms, reason="trackdone")
        self.deck.context = running.context
        return self.deck

    def let_go(self, now_ms: int) -> None:
        """Habits play on, from their next track."""
        if not self.auto:
            self.deck.advance(now_ms)
            self.deck.close(now_ms, reason="endplay")
            self.deck.load(None, now_ms, reason="appload")
            self.muted.append((self.taken_ms, now_ms))
            self.auto = True

    def _is_muted(self, started_ms: int, ended_ms: int) -> bool:
        windows = self.muted if self.auto else [*self.muted, (self.taken_ms, 1 << 62)]
        return any(ended_ms > begin and started_ms < end for begin, end in windows)

    def spins(self, start_ms: int, now_ms: int) -> list[Spin]:
        """All that truly ended in [start, now], oldest first."""
        if not self.auto:
            self.deck.advance(now_ms)
        window = (_moment(start_ms), _moment(now_ms + 1))
        music, spoken = habits.history(self.person, *window, seed=self.seed)
        everything: list[Heard | HeardEpisode] = [*music, *spoken]
        own = [
            items.of_heard(heard)
            for heard in everything
            if not self._is_muted(heard.started_ms, heard.ended_ms)
        ]
        own += [one for one in self.deck.spins if start_ms <= one.ended_ms <= now_ms]
        return sorted(own, key=lambda one: one.ended_ms)

    def recent(self, now_ms: int, listing: Listing, *, depth: int = 50) -> list[Spin]:
        """What recently-played knows, newest first: never more than `depth`."""
        seen_ms = now_ms if self.stale_since_ms is None else min(now_ms, self.stale_since_ms)
        found: list[Spin] = []
        for days in (1, 3, 10, 40):
            since_ms = now_ms - int(timedelta(days=days).total_seconds() * 1000)
            known = [one for one in self.spins(since_ms, seen_ms) if listing.holds(one, seen_ms)]
            known += [one for one in self.late if since_ms <= one.ended_ms <= now_ms]
            found = sorted(known, key=lambda one: one.ended_ms, reverse=True)[:depth]
            if len(found) == depth:
                break
        return found

    def library(self, now: datetime) -> list[Liked]:
        """The saved tracks, newest first."""
        by_hand = [one for one in self.liked if one.added_ms <= to_ms(now)]
        moved = {one.track.track_id for one in by_hand} | self.unliked
        own = likes.library(self.person, now, seed=self.seed)
        kept = [one for one in own if one.track.track_id not in moved]
        return sorted([*by_hand, *kept], key=lambda one: one.added_ms, reverse=True)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC) + timedelta(milliseconds=ms % 1000)
