"""The sources of events: one table for pages, merging, erasure and dbt's `source_rank`."""

from dataclasses import dataclass

gettext_noop = str  # marks a text for translation; pages translate it
UNRANKED = 6  # in dbt's macro `source_rank` too


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where events come from, and how well it knows what was played."""

    name: str
    label: str  # beside a play
    title: str  # in a list of choices
    hint: str
    rank: int = UNRANKED  # 1 wins where several sources report one play
    is_spotify_api: bool = False  # read with the listener's tokens
    is_exact_to_minute: bool = False  # the others know seconds
    has_device_start: bool = False  # says when the device began the play


_ALL = (
    Source(
        name="extended_history",
        label=gettext_noop("history"),
        title=gettext_noop("Extended history"),
        hint=gettext_noop("From your extended streaming history"),
        rank=1,
        has_device_start=True,
    ),
    Source(
        name="player",
        label=gettext_noop("live"),
        title=gettext_noop("Live tracking"),
        hint=gettext_noop("Recorded live while it played"),
        rank=2,
        is_spotify_api=True,
    ),
    Source(
        name="simulation",
        label=gettext_noop("simulated"),
        title=gettext_noop("Simulation"),
        hint=gettext_noop("Created by the simulator"),
        rank=3,
    ),
    Source(
        name="recently_played",
        label=gettext_noop("Spotify"),
        title=gettext_noop("Spotify's recently played"),
        hint=gettext_noop("From Spotify's list of recently played tracks"),
        rank=4,
        is_spotify_api=True,
    ),
    Source(
        name="account_data",
        label=gettext_noop("account data"),
        title=gettext_noop("Account data"),
        hint=gettext_noop("From your account data export, exact to the minute"),
        rank=5,
        is_exact_to_minute=True,
    ),
    Source(
        name="saved_tracks",
        label=gettext_noop("liked songs"),
        title=gettext_noop("Liked songs"),
        hint=gettext_noop("From your liked songs"),
        is_spotify_api=True,
    ),
    Source(
        name="feedback",
        label=gettext_noop("feedback"),
        title=gettext_noop("Feedback on recommendations"),
        hint=gettext_noop("From your feedback on recommendations"),
    ),
)
SOURCES = {source.name: source for source in _ALL}


def source_of(name: str) -> Source:
    """Return a source by name; one that is not in the table is called by its name."""
    words = name.replace("_", " ")
    return SOURCES.get(name) or Source(name=name, label=words, title=words, hint=name)
