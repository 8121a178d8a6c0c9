"""One answer: what may come next after a track, or a listener's lists; as plain data.

Evidence from gold, the running session from the live path, verdicts from here; the formula is in
`ranking`, the words are in `reasons`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from recommendations import ranking, reasons
from recommendations.gold import Gold, Known, Named
from recommendations.live import Session
from recommendations.ranking import Parts
from recommendations.verdicts import Said
from spotifyweb.warehouse import Row

Each = TypeVar("Each")
Told = dict[str, tuple[str, dict[str, Any]]]  # track -> its reason and the numbers behind it
NOTHING = "Nothing is known of this track here, and nothing of your listening yet."
UNPLAYED = "This track is not known here: these fit your session and what is present to you."


class Strategy(StrEnum):
    TRANSITIONS = "transitions"
    COOCCURRENCE = "cooccurrence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    track_id: str
    limit: int = 10
    strategy: Strategy = Strategy.TRANSITIONS
    context: tuple[str, ...] = ()  # before the track, newest first; () takes the running session
    numbers: bool = False
    per_artist: int = 2

    def under(self, ids: Mapping[str, str]) -> "Question":
        """The same with each track by another of its ids, where `ids` has one."""
        context = tuple(ids.get(track, track) for track in self.context)
        return replace(self, track_id=ids.get(self.track_id, self.track_id), context=context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    track_id: str
    score: float
    parts: Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Every candidate, best first, what their names are, and how to give reasons."""

    candidates: Sequence[Candidate]
    names: dict[str, Row]
    told: Callable[[Sequence[Candidate]], Told]


def after(
    question: Question, *, gold: Gold, session: Session, said: Said, now: datetime
) -> dict[str, Any]:
    """What may come next after the track, as the API says it."""
    asked_id = question.track_id
    named = gold.named([asked_id, *question.context, *session.tracks, *said.by_track])
    question, session = question.under(named.ids), session.under(named.ids)
    said = said.under(named.ids)
    before = question.context or session.before(question.track_id)
    before = before[: int(gold.parameters.context_tracks)]
    named = named.only({question.track_id, *before})
    paired, affinities = gold.paired(question.track_id, named), gold.affinities()
    if question.strategy is Strategy.TRANSITIONS:
        ranked = _by_transitions(question, before, gold, named, session, said, now)
    else:
        ranked = _by_cooccurrence(question, said, named, paired, affinities)
    names = ranked.names
    playing = named.tracks.get(question.track_id)
    chosen = thinned(
        ranked.candidates,
        artist=lambda each: names[each.track_id]["artist_name"],
        most=question.per_artist,
    )[: question.limit]
    explained = ranked.told(chosen)
    rows = [
        _row(candidate, names[candidate.track_id], paired, affinities, explained, question)
        | said.told(candidate.track_id)
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
        answer["note"] = UNPLAYED if rows else NOTHING
    return answer | {"cache_hit": False}


def _row(
    candidate: Candidate,
    named: Row,
    paired: dict[str, Row],
    affinities: dict[str, float],
    explained: Told,
    question: Question,
) -> dict[str, Any]:
    reason, numbers = explained[candidate.track_id]
    row = {
        "track_id": candidate.track_id,
        "track_name": named["track_name"],
        "artist_name": named["artist_name"],
        "recommendation_score": round(candidate.score * 100, 2),
        "reason": reason,
        "cooccurrence_score": _together(paired, candidate.track_id),
        "artist_affinity": round(affinities.get(named["artist_name"], 0.0), 2),
    }
    return row | {"numbers": numbers} if question.numbers else row


def _together(paired: dict[str, Row], track_id: str) -> float:
    return round(paired[track_id]["cooccurrence_score"], 4) if track_id in paired else 0.0


def _by_transitions(
    question: Question,
    before: Sequence[str],
    gold: Gold,
    named: Named,
    session: Session,
    said: Said,
    now: datetime,
) -> Ranked:
    known = gold.known(question.track_id, named, as_of=session.clock(now))
    found = ranking.next_tracks(
        playing=question.track_id,
        before=before,
        heard={*session.tracks, *question.context},
        evidence=known.evidence,
        parameters=gold.parameters,
    )
    scored = ((track, parts.score, parts) for track, parts in found)
    return Ranked(
        candidates=_turned(scored, known.tracks, said),
        names=known.tracks,
        told=lambda chosen: _told(chosen, question.track_id, gold=gold, known=known),
    )


def _told(chosen: Sequence[Candidate], playing: str, *, gold: Gold, known: Known) -> Told:
    """The reasons of what was chosen, with how often each really came after its source."""
    sources = {
        each.track_id: max(each.parts.by_source, key=each.parts.by_source.__getitem__)
        for each in chosen
        if each.parts.by_source
    }
    followed = gold.followed(known, sources)
    names = known.tracks
    return {
        each.track_id: reasons.of_next(
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
    question: Question,
    said: Said,
    named: Named,
    paired: dict[str, Row],
    affinities: dict[str, float],
) -> Ranked:
    """The documented baseline: 0.7 co-occurrence + 0.3 affinity."""
    scored = (
        (track, 0.7 * row["cooccurrence_score"] + 0.3 * affinity / 100, Parts())
        for track, row in paired.items()
        for affinity in [affinities.get(row["artist_name"], 0.0)]
    )
    name = named.tracks.get(question.track_id, {}).get("track_name")

    def told(chosen: Sequence[Candidate]) -> Told:
        return {
            each.track_id: (
                reasons.of_pair(name, paired[each.track_id]["cooccurrence_score"]),
                {"cooccurrence_score": _together(paired, each.track_id)},
            )
            for each in chosen
        }

    return Ranked(candidates=_turned(scored, paired, said), names=paired, told=told)


def _turned(
    scored: Iterable[tuple[str, float, Parts]], names: Mapping[str, Row], said: Said
) -> list[Candidate]:
    """Turned by what the listener said, without what they will not hear of; best first."""
    turned = [
        Candidate(
            track_id=track,
            score=score * said.factor(track, names[track]["artist_name"]),
            parts=parts,
        )
        for track, score, parts in scored
        if not (said.hides(track) or said.leaves_out(names[track]))
    ]
    turned.sort(key=lambda each: (-each.score, each.track_id))
    return turned


def thinned(
    ranked: Iterable[Each], *, artist: Callable[[Each], str | None], most: int
) -> list[Each]:
    """At most so many of one artist, in the same order."""
    seen: Counter[str | None] = Counter()
    kept = []
    for each in ranked:
        seen[artist(each)] += 1
        if seen[artist(each)] <= most:
            kept.append(each)
    return kept
