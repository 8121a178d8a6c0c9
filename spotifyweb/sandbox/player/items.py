"""What a player can hold, and what it leaves behind in the record."""

from collections.abc import Callable
from dataclasses import dataclass

from spotifyweb.events import counts_as_play
from spotifyweb.sandbox.catalogue import podcasts
from spotifyweb.sandbox.catalogue.music import Track
from spotifyweb.sandbox.catalogue.podcasts import Episode
from spotifyweb.sandbox.listeners.habits import TrackListen
from spotifyweb.sandbox.listeners.people import Device
from spotifyweb.sandbox.listeners.podcast_listens import EpisodeListen


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A track, an episode, an ad, a local file, or something unknown."""

    kind: str  # track, episode, chapter, ad, local, unknown
    item_id: str | None
    name: str
    duration_ms: int
    track: Track | None = None
    episode: Episode | None = None  # or a chapter


def track_item(track: Track) -> Item:
    return Item(
        kind="track",
        item_id=track.track_id,
        name=track.name,
        duration_ms=track.duration_ms,
        track=track,
    )


def episode_item(episode: Episode) -> Item:
    return Item(
        kind="chapter" if episode.show.is_book else "episode",
        item_id=episode.episode_id,
        name=episode.name,
        duration_ms=episode.duration_ms,
        episode=episode,
    )


def sample_episode() -> Item:
    return episode_item(podcasts.of_kind(books=False)[1].episodes[0])


def sample_chapter() -> Item:
    """Return a chapter, which the API calls an episode, with a release date of "0000"."""
    return episode_item(podcasts.of_kind(books=True)[0].episodes[3])


def sample_local_file() -> Item:
    return Item(kind="local", item_id=None, name="Rehearsal tape", duration_ms=180_000)


def sample_ad() -> Item:
    return Item(kind="ad", item_id=None, name="Advertisement", duration_ms=30_000)


def sample_unknown() -> Item:
    return Item(kind="unknown", item_id=None, name="Unknown", duration_ms=60_000)


SAMPLES: dict[str, Callable[[], Item]] = {
    "episode": sample_episode,
    "chapter": sample_chapter,
    "local": sample_local_file,
    "ad": sample_ad,
    "unknown": sample_unknown,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedItem:
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
        return counts_as_play(self.ms_played, reason_end=self.reason_end)

    @property
    def is_listable(self) -> bool:
        """Return whether recently-played may list it: a track, outside private sessions."""
        return self.item.kind == "track" and self.is_play and not self.private


def item_of_listen(heard: TrackListen | EpisodeListen) -> Item:
    return (
        track_item(heard.track) if isinstance(heard, TrackListen) else episode_item(heard.episode)
    )


def played_item(heard: TrackListen | EpisodeListen) -> PlayedItem:
    return PlayedItem(
        item=item_of_listen(heard),
        started_ms=heard.started_ms,
        ended_ms=heard.ended_ms,
        ms_played=heard.ms_played,
        reason_start=heard.reason_start,
        reason_end=heard.reason_end,
        device=heard.device,
        context=heard.context if isinstance(heard, TrackListen) else None,
    )
