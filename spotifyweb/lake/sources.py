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
        label=gettext_noop("imported"),
        title=gettext_noop("Imported streaming history"),
        hint=gettext_noop("From the extended streaming history you imported"),
        rank=1,
        has_device_start=True,
    ),
    Source(
        name="player",
        label=gettext_noop("live"),
        title=gettext_noop("Live tracking"),
        hint=gettext_noop("Recorded here while it played"),
        rank=2,
        is_spotify_api=True,
    ),
    Source(
        name="simulation",
        label=gettext_noop("simulated"),
        title=gettext_noop("Simulation"),
        hint=gettext_noop("Invented by the sandbox"),
        rank=3,
    ),
    Source(
        name="recently_played",
        label=gettext_noop("fetched"),
        title=gettext_noop("Fetched from Spotify"),
        hint=gettext_noop("Fetched afterwards from Spotify's list of your last 50 plays"),
        rank=4,
        is_spotify_api=True,
    ),
    Source(
        name="account_data",
        label=gettext_noop("imported, to the minute"),
        title=gettext_noop("Imported account data"),
        hint=gettext_noop(
            "From the account data you imported, whose times are exact to the minute"
        ),
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
