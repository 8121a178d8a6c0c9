"""The documented baseline: 0.7 of the co-occurrence and 0.3 of the affinity to the artist."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from recommendations import explanations
from recommendations.strategies.base import Explanations, Question
from spotifyweb.warehouse import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class CooccurrenceCandidates:
    """What was heard in one session with the playing track."""

    tracks: Mapping[str, Row]
    affinities: Mapping[str, float]
    source_name: str | None

    def scores(self) -> Iterator[tuple[str, float]]:
        for track, row in self.tracks.items():
            affinity = self.affinities.get(row["artist_name"], 0.0)
            yield track, 0.7 * row["cooccurrence_score"] + 0.3 * affinity / 100

    def explain(self, track_ids: Sequence[str]) -> Explanations:
        shares = {track: self.tracks[track]["cooccurrence_score"] for track in track_ids}
        return {
            track: (
                explanations.explain_pair(self.source_name, share),
                {"cooccurrence_score": round(share, 4)},
            )
            for track, share in shares.items()
        }


class Cooccurrence:
    """Tracks heard in one hour with the playing one."""

    name = "cooccurrence"
    label = _("Played together")
    list_strategy = "cooccurrence"

    def candidates(self, question: Question) -> CooccurrenceCandidates:
        return CooccurrenceCandidates(
            tracks=question.pairs,
            affinities=question.affinities,
            source_name=question.playing_track.get("track_name"),
        )

    def list_scores(self, rows: Sequence[Row]) -> list[float]:
        return [float(row["score"]) for row in rows]
