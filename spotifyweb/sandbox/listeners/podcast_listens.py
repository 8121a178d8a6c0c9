"""Listens to podcasts and audiobooks, after the last music of a day."""

from datetime import date
from typing import NamedTuple

from spotifyweb.events import counts_as_play
from spotifyweb.sandbox import seeds
from spotifyweb.sandbox.catalogue import podcasts
from spotifyweb.sandbox.catalogue.podcasts import Episode
from spotifyweb.sandbox.listeners import sessions
from spotifyweb.sandbox.listeners.people import Device, Person

PODCAST_EVENING_SHARE = 0.35  # share of the days with music that end with something spoken
PAUSE_MS = 10 * sessions.MINUTE_MS
FINISHED_SHARE, SKIPPED = 0.7, 0.08


class EpisodeListen(NamedTuple):
    """One episode or chapter, from its start to the moment the person let go of it."""

    episode: Episode
    started_ms: int
    ended_ms: int
    reason_start: str
    reason_end: str
    device: Device

    @property
    def ms_played(self) -> int:
        return self.ended_ms - self.started_ms

    @property
    def is_play(self) -> bool:
        return counts_as_play(self.ms_played, reason_end=self.reason_end)


def listens_after_music(
    seed: int, person: Person, day: date, *, ended_ms: int, device: Device
) -> list[EpisodeListen]:
    """Return up to two parts of a show, over before the night ends; music ended at `ended_ms`."""
    rng = seeds.rng(seed, "evening", person.account_id, day.toordinal())
    at, heard = ended_ms + PAUSE_MS, list[EpisodeListen]()
    if person.always_on or rng.random() >= PODCAST_EVENING_SHARE:
        return heard
    show = rng.choice(list(podcasts.shows().values()))
    first = day.toordinal() % (len(show.episodes) - 1)
    reason_start = "clickrow"
    for episode in show.episodes[first : first + 2]:
        stops, reason_end = at + episode.duration_ms, "trackdone"
        if (luck := rng.random()) >= FINISHED_SHARE:
            stops, reason_end = at + int(episode.duration_ms * luck * luck), "endplay"
        if luck < SKIPPED:
            stops, reason_end = at + 4000 + int(luck * 100_000), "fwdbtn"
        if stops > sessions.night_ends_ms(person, day):
            break
        heard.append(EpisodeListen(episode, at, stops, reason_start, reason_end, device))
        if reason_end == "endplay":
            break
        at, reason_start = stops + 1500, reason_end
    return heard
