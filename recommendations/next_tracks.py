"""One answer: what may come next after a track, as plain data.

Candidates, scores and reasons are the strategy's; session and feedback are given.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _

from recommendations.feedback import FeedbackSummary
from recommendations.queries import ListenerQueries, Listening, ResolvedTracks
from recommendations.session import Session
from recommendations.strategies import default_strategy, strategies
from recommendations.strategies.base import Candidates, Question
from spotifyweb.spotify import images
from spotifyweb.warehouse import Row

Item = TypeVar("Item")
NOTHING_KNOWN = _("No data on this track, and no plays of yours yet.")
UNKNOWN_TRACK = _("No data on this track. These match your session and recent plays.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NextRequest:
    track_id: str
    limit: int = 10
    strategy: str = field(default_factory=default_strategy)  # its name
    context: tuple[str, ...] = ()  # before the track, newest first; () takes the running session
    numbers: bool = False
    per_artist: int = 2

    def with_ids(self, ids: Mapping[str, str]) -> "NextRequest":
        """Return a copy with each track under its id in `ids`, where it has one."""
        context = tuple(ids.get(track, track) for track in self.context)
        return replace(self, track_id=ids.get(self.track_id, self.track_id), context=context)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedCandidates:
    """Everything that may come next, best first, before an artist is limited."""

    question: Question
    candidates: Candidates
    scored: list[tuple[str, float]]

    def choose(self, *, limit: int, per_artist: int) -> list[tuple[str, float]]:
        """Return the foremost; who plays now is not limited, others are."""
        names, playing = self.candidates.tracks, self.question.playing_track
        return limit_per_artist(
            self.scored,
            artist=lambda scored: names[scored[0]]["artist_name"],
            most=per_artist,
            free=playing.get("artist_name"),
        )[:limit]


def recommend_next(
    request: NextRequest,
    *,
    gold: ListenerQueries,
    session: Session,
    summary: FeedbackSummary,
    now: datetime,
) -> dict[str, Any]:
    """Return what may come next after the track, as the API answers it."""
    ranked, summary = rank_next(request, gold=gold, session=session, summary=summary, now=now)
    rows = _rows(request, ranked, summary)
    playing = ranked.question.playing_track
    answer: dict[str, Any] = {
        "track_id": request.track_id,
        "track_name": playing.get("track_name"),
        "artist_name": playing.get("artist_name"),
        "recommendations": rows,
        "generated_at": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    if not (playing and rows):
        answer["note"] = str(UNKNOWN_TRACK if rows else NOTHING_KNOWN)
    return answer | {"cache_hit": False}


def rank_next(
    request: NextRequest,
    *,
    gold: ListenerQueries,
    session: Session,
    summary: FeedbackSummary,
    now: datetime,
) -> tuple[RankedCandidates, FeedbackSummary]:
    """Rank what may come next, for the answer and for the evaluation.

    Returns the feedback under the ids by which the answer names its tracks as well.
    """
    live = [play.track_id for play in session.live_plays]
    asked = [request.track_id, *request.context, *session.tracks, *summary.track_ids, *live]
    named = gold.resolve(asked)
    summary = summary.with_ids(named.ids)
    session = session.with_ids(named.ids).without(
        track for track, row in named.tracks.items() if summary.is_excluded(row)
    )
    question = _question(request.with_ids(named.ids), gold, session, named, now)
    candidates = strategies()[request.strategy].candidates(question)
    scored = _apply_feedback(candidates, summary)
    ranked = RankedCandidates(question=question, candidates=candidates, scored=scored)
    return ranked, summary


def _question(
    request: NextRequest,
    gold: ListenerQueries,
    session: Session,
    named: ResolvedTracks,
    now: datetime,
) -> Question:
    before = request.context or session.preceding(request.track_id)
    listening = Listening(
        tracks=(request.track_id, *before),
        resolved=named,
        playing_ended_at=session.playing_ended_at(request.track_id),
        session_began=session.began_at,
        live_plays=session.live_plays,
    )
    return Question(
        listening=listening,
        queries=gold,
        pairs=gold.pairs(request.track_id, named),
        affinities=gold.affinities(),
        as_of=session.clock(now),
    )


def _rows(
    request: NextRequest, ranked: RankedCandidates, summary: FeedbackSummary
) -> list[dict[str, Any]]:
    """Return the chosen candidates with their reasons."""
    chosen = ranked.choose(limit=request.limit, per_artist=request.per_artist)
    explained = ranked.candidates.explain([track for track, _ in chosen])
    covers = ranked.question.queries.tracks(track for track, _ in chosen)
    names = ranked.candidates.tracks
    rows = []
    for track, score in chosen:
        reason, numbers = explained[track]
        row = _row(track, score, names[track], reason, ranked.question)
        row |= _pictures(covers.get(track))
        row |= {"numbers": numbers} if request.numbers else {}
        rows.append(row | summary.annotate(track))
    return rows


def _row(
    track_id: str, score: float, named: Row, reason: str, question: Question
) -> dict[str, Any]:
    pair = question.pairs.get(track_id)
    return {
        "track_id": track_id,
        "track_name": named["track_name"],
        "artist_name": named["artist_name"],
        "recommendation_score": round(score * 100, 2),
        "reason": reason,
        "cooccurrence_score": round(pair["cooccurrence_score"], 4) if pair else 0.0,
        "artist_affinity": round(question.affinities.get(named["artist_name"], 0.0), 2),
    }


def _pictures(track: Row | None) -> dict[str, str | None]:
    """Return a track's cover, and the smaller file for a square of a list."""
    url = track["image_url"] if track else None
    return {"image_url": url, "thumbnail_url": images.file_address(url, 64) if url else None}


def _apply_feedback(candidates: Candidates, summary: FeedbackSummary) -> list[tuple[str, float]]:
    """Return tracks by score and feedback, without hidden ones; best first."""
    names = candidates.tracks
    scored = [
        (track, score * summary.factor(track, names[track]["artist_name"]))
        for track, score in candidates.scores()
        if not (summary.is_hidden(track) or summary.is_excluded(names[track]))
    ]
    scored.sort(key=lambda pair: (-pair[1], pair[0]))
    return scored


def limit_per_artist(
    ranked: Iterable[Item],
    *,
    artist: Callable[[Item], str | None],
    most: int,
    free: str | None = None,
) -> list[Item]:
    """Return at most so many of one artist, in the same order; `free` is not limited."""
    seen: Counter[str | None] = Counter()
    kept = []
    for each in ranked:
        name = artist(each)
        seen[name] += 1
        if seen[name] <= most or (free is not None and name == free):
            kept.append(each)
    return kept
