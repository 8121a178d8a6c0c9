"""One answer: what may come next after a track, or a listener's lists; as plain data.

Evidence from gold, the current session from the live path, feedback from here; the formula is in
`scoring`, the words are in `explanations`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _

from recommendations import explanations, scoring
from recommendations.feedback import FeedbackSummary
from recommendations.queries import ListenerQueries, ResolvedTracks, TrackEvidence
from recommendations.scoring import ScoreParts
from recommendations.session import Session
from spotifyweb.warehouse import Row

Item = TypeVar("Item")
Explanations = dict[
    str, tuple[str, dict[str, Any]]
]  # track -> its reason and the numbers behind it
NOTHING_KNOWN = _("No data on this track, and no plays of yours yet.")
UNKNOWN_TRACK = _("No data on this track. These match your session and recent plays.")


class Strategy(StrEnum):
    TRANSITIONS = "transitions"
    COOCCURRENCE = "cooccurrence"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextRequest:
    track_id: str
    limit: int = 10
    strategy: Strategy = Strategy.TRANSITIONS
    context: tuple[str, ...] = ()  # before the track, newest first; () takes the running session
    numbers: bool = False
    per_artist: int = 2

    def with_ids(self, ids: Mapping[str, str]) -> "NextRequest":
        """Return a copy with each track under its id in `ids`, where it has one."""
        context = tuple(ids.get(track, track) for track in self.context)
        return replace(self, track_id=ids.get(self.track_id, self.track_id), context=context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    track_id: str
    score: float
    parts: ScoreParts


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Every candidate, best first, what their names are, and how to give reasons."""

    candidates: Sequence[Candidate]
    names: dict[str, Row]
    explain: Callable[[Sequence[Candidate]], Explanations]


def recommend_next(
    request: NextRequest,
    *,
    gold: ListenerQueries,
    session: Session,
    summary: FeedbackSummary,
    now: datetime,
) -> dict[str, Any]:
    """Return what may come next after the track, as the API answers it."""
    asked_id = request.track_id
    named = gold.resolve([asked_id, *request.context, *session.tracks, *summary.by_track])
    request, session = request.with_ids(named.ids), session.with_ids(named.ids)
    summary = summary.with_ids(named.ids)
    before = request.context or session.preceding(request.track_id)
    before = before[: int(gold.parameters.context_tracks)]
    named = named.restrict({request.track_id, *before})
    paired, affinities = gold.pairs(request.track_id, named), gold.affinities()
    if request.strategy is Strategy.TRANSITIONS:
        ranked = _by_transitions(request, before, gold, named, session, summary, now)
    else:
        ranked = _by_cooccurrence(request, summary, named, paired, affinities)
    names = ranked.names
    playing = named.tracks.get(request.track_id)
    chosen = limit_per_artist(
        ranked.candidates,
        artist=lambda each: names[each.track_id]["artist_name"],
        most=request.per_artist,
    )[: request.limit]
    explained = ranked.explain(chosen)
    rows = [
        _row(candidate, names[candidate.track_id], paired, affinities, explained, request)
        | summary.annotate(candidate.track_id)
        for candidate in chosen
    ]
    answer: dict[str, Any] = {
        "track_id": asked_id,
        "track_name": playing["track_name"] if playing else None,
        "artist_name": playing["artist_name"] if playing else None,
        "recommendations": rows,
        "generated_at": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    if playing is None or not rows:
        answer["note"] = str(UNKNOWN_TRACK if rows else NOTHING_KNOWN)
    return answer | {"cache_hit": False}


def _row(
    candidate: Candidate,
    named: Row,
    paired: dict[str, Row],
    affinities: dict[str, float],
    explained: Explanations,
    request: NextRequest,
) -> dict[str, Any]:
    reason, numbers = explained[candidate.track_id]
    row = {
        "track_id": candidate.track_id,
        "track_name": named["track_name"],
        "artist_name": named["artist_name"],
        "recommendation_score": round(candidate.score * 100, 2),
        "reason": reason,
        "cooccurrence_score": _cooccurrence(paired, candidate.track_id),
        "artist_affinity": round(affinities.get(named["artist_name"], 0.0), 2),
    }
    return row | {"numbers": numbers} if request.numbers else row


def _cooccurrence(paired: dict[str, Row], track_id: str) -> float:
    return round(paired[track_id]["cooccurrence_score"], 4) if track_id in paired else 0.0


def _by_transitions(
    request: NextRequest,
    before: Sequence[str],
    gold: ListenerQueries,
    named: ResolvedTracks,
    session: Session,
    summary: FeedbackSummary,
    now: datetime,
) -> Ranking:
    known = gold.evidence(request.track_id, named, as_of=session.clock(now))
    found = scoring.rank_candidates(
        playing=request.track_id,
        before=before,
        heard={*session.tracks, *request.context},
        evidence=known.evidence,
        parameters=gold.parameters,
    )
    scored = ((track, parts.score, parts) for track, parts in found)
    return Ranking(
        candidates=_apply_feedback(scored, known.tracks, summary),
        names=known.tracks,
        explain=lambda chosen: _explain(chosen, request.track_id, gold=gold, known=known),
    )


def _explain(
    chosen: Sequence[Candidate], playing: str, *, gold: ListenerQueries, known: TrackEvidence
) -> Explanations:
    """Return the reasons of what was chosen, with how often each came after its source."""
    sources = {
        each.track_id: max(each.parts.by_source, key=each.parts.by_source.__getitem__)
        for each in chosen
        if each.parts.by_source
    }
    followed = gold.follow_counts(known, sources)
    names = known.tracks
    return {
        each.track_id: explanations.explain_next(
            each.parts,
            source_name=names.get(sources.get(each.track_id, ""), {}).get("track_name"),
            followed=followed.get(each.track_id),
            artist_name=names.get(playing, {}).get("artist_name"),
            history=names[each.track_id] if names[each.track_id]["plays"] else None,
            weights=(gold.parameters.artist_weight, gold.parameters.activation_weight),
        )
        for each in chosen
    }


def _by_cooccurrence(
    request: NextRequest,
    summary: FeedbackSummary,
    named: ResolvedTracks,
    paired: dict[str, Row],
    affinities: dict[str, float],
) -> Ranking:
    """Rank by the documented baseline: 0.7 co-occurrence + 0.3 affinity."""
    scored = (
        (track, 0.7 * row["cooccurrence_score"] + 0.3 * affinity / 100, ScoreParts())
        for track, row in paired.items()
        for affinity in [affinities.get(row["artist_name"], 0.0)]
    )
    name = named.tracks.get(request.track_id, {}).get("track_name")

    def explain(chosen: Sequence[Candidate]) -> Explanations:
        return {
            each.track_id: (
                explanations.explain_pair(name, paired[each.track_id]["cooccurrence_score"]),
                {"cooccurrence_score": _cooccurrence(paired, each.track_id)},
            )
            for each in chosen
        }

    return Ranking(
        candidates=_apply_feedback(scored, paired, summary), names=paired, explain=explain
    )


def _apply_feedback(
    scored: Iterable[tuple[str, float, ScoreParts]],
    names: Mapping[str, Row],
    summary: FeedbackSummary,
) -> list[Candidate]:
    """Return candidates by score and feedback, without hidden ones; best first."""
    turned = [
        Candidate(
            track_id=track,
            score=score * summary.factor(track, names[track]["artist_name"]),
            parts=parts,
        )
        for track, score, parts in scored
        if not (summary.is_hidden(track) or summary.is_excluded(names[track]))
    ]
    turned.sort(key=lambda each: (-each.score, each.track_id))
    return turned


def limit_per_artist(
    ranked: Iterable[Item], *, artist: Callable[[Item], str | None], most: int
) -> list[Item]:
    """Return at most so many of one artist, in the same order."""
    seen: Counter[str | None] = Counter()
    kept = []
    for each in ranked:
        seen[artist(each)] += 1
        if seen[artist(each)] <= most:
            kept.append(each)
    return kept
