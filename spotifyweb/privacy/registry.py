"""The registry of personal data: what each app keeps of a listener, and how it is erased.

An app registers a subclass of PersonalData in `AppConfig.ready`. The system check `privacy.checks`
fails for a topic or a table of listeners that nobody declares.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import ClassVar, Protocol

from spotifyweb.accounts.models import Listener
from spotifyweb.lake import Suppression
from spotifyweb.lake.sources import SOURCES

Counts = Mapping[str, int]  # what was removed, in words, and how many


class PersonalData(Protocol):
    """Personal data that one app keeps; the methods it needs not have do nothing.

    Each method may be called again after a worker was killed, and counts what it removed itself.
    """

    tables: ClassVar[Mapping[str, str]] = {}  # label of a model: how its rows are erased

    def erase_all(
        self, user_id: str, listener: Listener | None, sources: tuple[str, ...]
    ) -> Counts:
        """Erase everything of a listener who leaves, or what came from these sources.

        `listener` is None where the row is gone already. Rows that refer to it by a foreign key
        are deleted with it.
        """
        return {}

    def erase_part(self, listener: Listener, erased: Suppression) -> Counts:
        """Erase what `erased` covers of a listener who stays, and nothing else of theirs."""
        return {}

    def is_busy(self, listener: Listener) -> bool:
        """Tell whether data of the listener is being fetched or imported right now."""
        return False

    def invalidate(self, user_id: str) -> Counts:
        """Delete what was computed from the listener's history, also where others are shown it."""
        return {}


_registered: dict[type[PersonalData], PersonalData] = {}


def register(data: type[PersonalData]) -> type[PersonalData]:
    """Register a subclass of PersonalData; for use as a decorator."""
    _registered[data] = data()
    return data


def all_data() -> Iterator[PersonalData]:
    yield from _registered.values()


def spotify_sources() -> list[str]:
    """Return every source whose events came through Spotify's API."""
    return sorted(name for name, source in SOURCES.items() if source.is_spotify_api)


def erase_all(user_id: str, listener: Listener | None, sources: tuple[str, ...]) -> Counts:
    """Call `erase_all` of all registered data; returns the sum of the counts."""
    return _sum(data.erase_all(user_id, listener, sources) for data in all_data())


def erase_part(listener: Listener, erased: Suppression) -> Counts:
    """Call `erase_part` of all registered data; returns the sum of the counts."""
    return _sum(data.erase_part(listener, erased) for data in all_data())


def is_busy(listener: Listener) -> bool:
    return any(data.is_busy(listener) for data in all_data())


def invalidate(user_id: str) -> Counts:
    """Call `invalidate` of all registered data; returns the sum of the counts."""
    return _sum(data.invalidate(user_id) for data in all_data())


def _sum(counts: Iterator[Counts]) -> Counts:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return total
