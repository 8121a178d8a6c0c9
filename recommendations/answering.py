"""One answer: what may come next after a track, or a listener's lists; as plain data.

Evidence from gold, the running session from the live path, verdicts from here; the formula is in
`ranking`, the words are in `reasons`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from recommendations import ranking, reasons
from recommendations.gold import Followed, Gold, Known
from recommendations.live import Session
from recommendations.ranking import Parts
from recommendations.verdicts import Said
from spotifyweb.warehouse import Row

Each = TypeVar("Each")
Told = dict[str, tuple[str, dict[str, Any]]]  # track -> its reason and the numbers behind it
SHORTLIST = 80  # candidates whose names are read before artists are thinned out
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    track_id: str
    score: float
    parts: Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortlist:
    """The foremost by the formula alone, their names, and how to give reasons."""

    ranked: Sequence[Candidate]
    names: dict[str, Row]
    told: Callable[[Sequence[Candidate]], Told]


def after(
    question: Question, *, gold: Gold, session: Session, said: Said, now: datetime
) -> dict[str, Any]:
    """What may come next after the track, as the API says it."""
    before = (question.context or session.before(question.track_id))[
        : int(gold.parameters.context_tracks)
    ]
    sources = gold.tracks([question.track_id, *before])
    playing = sources.get(question.track_id)
    paired, affinities = gold.paired(question.track_id), gold.affinities()
    if question.strategy is Strategy.TRANSITIONS:
        shortlist = _by_transitions(question, before, sources, gold, session, said, now)
    else:
        shortlist = _by_cooccurrence(playing, gold, said, paired, affinities)
    names = shortlist.names
    chosen = _chosen(question, shortlist.ranked, names, said)
    explained = shortlist.told(chosen)
    rows = [
        _row(candidate, names[candidate.track_id], paired, affinities, explained, question)
        for candidate in chosen
    ]
    answer: dict[str, Any] = {
        "track_id": question.track_id,
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
    paired: dict[str, float],
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
        "cooccurrence_score": round(paired.get(candidate.track_id, 0.0), 4),
        "artist_affinity": round(affinities.get(named["artist_name"], 0.0), 2),
    }
    return row | {"numbers": numbers} if question.numbers else row


def _by_transitions(
    question: Question,
    before: Sequence[str],
    names: dict[str, Row],
    gold: Gold,
    session: Session,
    said: Said,
    now: datetime,
) -> Shortlist:
    playing = names.get(question.track_id)
    sources = (question.track_id, *before)
    known = gold.known(
        sources, artist_name=playing["artist_name"] if playing else None, as_of=session.clock(now)
    )
    ranked = ranking.next_tracks(
        playing=question.track_id,
        before=before,
        heard={*session.tracks, *question.context},
        evidence=known.evidence,
        parameters=gold.parameters,
    )
    candidates = [
        Candidate(track_id=track, score=parts.score * said.factor(track, None), parts=parts)
        for track, parts in ranked
        if not said.hides(track)
    ]
    candidates.sort(key=lambda each: (-each.score, each.track_id))

    def told(chosen: Sequence[Candidate]) -> Told:
        return _told(chosen, question.track_id, names=names, gold=gold, known=known)

    shortlist = candidates[:SHORTLIST]
    named = gold.numbered(known.numbers[each.track_id] for each in shortlist)
    return Shortlist(ranked=shortlist, names=named, told=told)


def _told(
    chosen: Sequence[Candidate], playing: str, *, names: dict[str, Row], gold: Gold, known: Known
) -> Told:
    """The reasons of what was chosen, with how often each really came after its source."""
    sources = {each.track_id: _main_source(each.parts) for each in chosen}
    followed: dict[str, Followed] = {}
    for source in {source for source in sources.values() if source}:
        of_source = {track: known.numbers[track] for track, its in sources.items() if its == source}
        followed |= gold.followed(known.numbers[source], known.listener_no, of_source)
    return {
        each.track_id: reasons.of_next(
            each.parts,
            source_name=names.get(sources[each.track_id], {}).get("track_name"),
            followed=followed.get(each.track_id),
            artist_name=names.get(playing, {}).get("artist_name"),
            history=known.remembered.get(each.track_id),
            weights=(gold.parameters.artist_weight, gold.parameters.activation_weight),
        )
        for each in chosen
    }


def _main_source(parts: Parts) -> str:
    return max(parts.by_source, key=lambda source: parts.by_source[source], default="")


def _by_cooccurrence(
    playing: Row | None,
    gold: Gold,
    said: Said,
    paired: dict[str, float],
    affinities: dict[str, float],
) -> Shortlist:
    """The documented baseline: 0.7 co-occurrence + 0.3 affinity."""
    artists = gold.tracks(paired)
    candidates = []
    for track, together in paired.items():
        artist = artists.get(track, {}).get("artist_name") or ""
        score = 0.7 * together + 0.3 * affinities.get(artist, 0.0) / 100
        if not said.hides(track):
            score *= said.factor(track, None)
            candidates.append(Candidate(track_id=track, score=score, parts=Parts()))
    candidates.sort(key=lambda each: (-each.score, each.track_id))
    name = playing["track_name"] if playing else None

    def told(chosen: Sequence[Candidate]) -> Told:
        return {
            each.track_id: (
                reasons.of_pair(name, paired[each.track_id]),
                {"cooccurrence_score": round(paired[each.track_id], 4)},
            )
            for each in chosen
        }

    return Shortlist(ranked=candidates[:SHORTLIST], names=artists, told=told)


def _chosen(
    question: Question, ranked: Sequence[Candidate], names: dict[str, Row], said: Said
) -> list[Candidate]:
    """The foremost, with verdicts on artists, at most so many of one artist."""
    turned = [
        Candidate(
            track_id=each.track_id,
            score=each.score * said.factor("", names[each.track_id]["artist_name"]),
            parts=each.parts,
        )
        for each in ranked
        if each.track_id in names and not said.leaves_out(names[each.track_id])
    ]
    turned.sort(key=lambda each: (-each.score, each.track_id))
    return thinned(
        turned, artist=lambda each: names[each.track_id]["artist_name"], most=question.per_artist
    )[: question.limit]


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
