"""What a player can hold, and what it leaves behind in the record."""

from collections.abc import Callable
from dataclasses import dataclass

from spotifyweb.sandbox.catalogue import podcasts
from spotifyweb.sandbox.catalogue.music import Track
from spotifyweb.sandbox.catalogue.podcasts import Episode
from spotifyweb.sandbox.listeners.habits import COUNTS_AS_PLAY_MS, Heard
from spotifyweb.sandbox.listeners.people import Device
from spotifyweb.sandbox.listeners.podcast_listens import HeardEpisode


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A track, an episode, an ad, a local file, or something unknown."""

    kind: str  # track, episode, chapter, ad, local, unknown
    item_id: str | None
    name: str
    duration_ms: int
    track: Track | None = None
    episode: Episode | None = None  # or a chapter


def of_track(track: Track) -> Item:
    return Item(
        kind="track",
        item_id=track.track_id,
        name=track.name,
        duration_ms=track.duration_ms,
        track=track,
    )


def of_episode(one: Episode) -> Item:
    return Item(
        kind="chapter" if one.show.is_book else "episode",
        item_id=one.episode_id,
        name=one.name,
        duration_ms=one.duration_ms,
        episode=one,
    )


def episode() -> Item:
    return of_episode(podcasts.of_kind(books=False)[1].episodes[0])


def chapter() -> Item:
    """Of an audiobook: the API calls it an episode, with a release date of "0000"."""
    return of_episode(podcasts.of_kind(books=True)[0].episodes[3])


def local_file() -> Item:
    return Item(kind="local", item_id=None, name="Rehearsal tape", duration_ms=180_000)


def advert() -> Item:
    return Item(kind="ad", item_id=None, name="Advertisement", duration_ms=30_000)


def unknown() -> Item:
    return Item(kind="unknown", item_id=None, name="Unknown", duration_ms=60_000)


MAKERS: dict[str, Callable[[], Item]] = {
    "episode": episode,
    "chapter": chapter,
    "local": local_file,
    "ad": advert,
    "unknown": unknown,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spin:
    """One item from start to end, as it truly was."""

    item: Item
    started_ms: int
    ended_ms: int
    ms_played: int
    reason_start: str
    reason_end: str
    device: Device
    context: str | None = None
    private: bool = False

    @property
    def is_play(self) -> bool:
        return self.ms_played >= COUNTS_AS_PLAY_MS or self.reason_end == "trackdone"

    @property
    def is_listed(self) -> bool:
        """Whether recently-played shows it: plays of catalogue tracks, outside private sessions."""
        return self.item.kind == "track" and self.is_play and not self.private


def heard_item(heard: Heard | HeardEpisode) -> Item:
    return of_track(heard.track) if isinstance(heard, Heard) else of_episode(heard.episode)


def of_heard(heard: Heard | HeardEpisode) -> Spin:
    return Spin(
        item=heard_item(heard),
        started_ms=heard.started_ms,
        ended_ms=heard.ended_ms,
        ms_played=heard.ms_played,
        reason_start=heard.reason_start,
        reason_end=heard.reason_end,
        device=heard.device,
        context=heard.context if isinstance(heard, Heard) else None,
    )
