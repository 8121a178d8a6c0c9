"""The protocol of strategies: candidates, scores, explanations, and the order of lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from recommendations.queries import ListenerQueries, Listening
from spotifyweb.warehouse import Row

Explanations = dict[str, tuple[str, dict[str, Any]]]  # track -> its reason, the numbers behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What may follow the playing track, with what is known of the listener and the session."""

    listening: Listening  # the session, from the playing track backwards
    queries: ListenerQueries
    pairs: Mapping[str, Row]  # what was heard in one session with the playing track
    affinities: Mapping[str, float]  # artist -> 0 to 100
    as_of: datetime

    @property
    def playing(self) -> str:
        return self.listening.tracks[0]

    @property
    def playing_track(self) -> Row:
        """Return what is known of the playing track; {} for one that is not known."""
        return self.listening.resolved.tracks.get(self.playing, {})


class Candidates(Protocol):
    """A strategy's candidates for one question."""

    @property
    def tracks(self) -> Mapping[str, Row]:
        """Return the names of at least every candidate."""

    def scores(self) -> Iterable[tuple[str, float]]:
        """Yield each candidate with its score; 1 is shown as 100."""

    def explain(self, track_ids: Sequence[str]) -> Explanations:
        """Return the reasons of those candidates that are shown."""


class Strategy(Protocol):
    """One way to recommend. Settings name the strategies in RECOMMENDATION_STRATEGIES."""

    name: str  # in addresses, in the API
    list_strategy: str  # the strategy of `gold.recommendation_lists` whose rows it shows

    @property
    def label(self) -> object:
        """Return its name on the page, a text that may be translated."""

    def candidates(self, question: Question) -> Candidates:
        """Return what may follow the playing track."""

    def list_scores(self, rows: Sequence[Row]) -> list[float]:
        """Return the scores, 0 to 100, of one kind's rows; the order of the list follows them."""
