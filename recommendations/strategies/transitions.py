"""The default: what followed the session's tracks, by the formula of `recommendations.scoring`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from recommendations import explanations, scoring
from recommendations.queries import ListenerQueries, TrackEvidence
from recommendations.scoring import ScoreParts
from recommendations.strategies.base import Explanations, Question
from spotifyweb.warehouse import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionCandidates:
    """Every track that something speaks for, with the parts of its score."""

    session: Sequence[str]  # newest first
    parts: Mapping[str, ScoreParts]
    evidence: TrackEvidence
    queries: ListenerQueries

    @property
    def tracks(self) -> Mapping[str, Row]:
        return self.evidence.tracks

    def scores(self) -> Iterator[tuple[str, float]]:
        for track, parts in self.parts.items():
            yield track, parts.score

    def explain(self, track_ids: Sequence[str]) -> Explanations:
        """Return the reasons, with how often each track came after its strongest source."""
        sources = {
            track: max(by_source, key=by_source.__getitem__)
            for track in track_ids
            if (by_source := self.parts[track].by_source)
        }
        followed = self.queries.follow_counts(self.evidence, sources)
        tracks = self.tracks
        playing, before = (tracks.get(track, {}) for track in (*self.session[:2], "", "")[:2])
        return {
            track: explanations.explain_next(
                self.parts[track],
                source_name=tracks.get(sources.get(track, ""), {}).get("track_name"),
                followed=followed.get(track),
                playing=playing,
                before_name=before.get("track_name"),
                history=tracks[track] if tracks[track].get("plays") else None,
                parameters=self.queries.parameters,
            )
            for track in track_ids
        }


class Transitions:
    """What came after the playing track and those before it, its artist, what is present."""

    name = "transitions"
    label = _("Best match")
    list_strategy = "transitions"

    def candidates(self, question: Question) -> TransitionCandidates:
        queries = question.queries
        known = queries.evidence(question.listening, as_of=question.as_of)
        ranked = scoring.rank_candidates(
            session=question.listening.tracks,
            evidence=known.evidence,
            parameters=queries.parameters,
        )
        return TransitionCandidates(
            session=question.listening.tracks,
            parts=dict(ranked),
            evidence=known,
            queries=queries,
        )

    def list_scores(self, rows: Sequence[Row]) -> list[float]:
        """Return the scores against the kind's best, which gets 100."""
        values = [float(row["score"]) for row in rows]
        low, high = min([*values, 0.0]), max(values, default=0.0)
        return [100 * (value - low) / ((high - low) or 1) for value in values]
