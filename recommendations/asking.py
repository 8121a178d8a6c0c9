"""From a question to its key and its answer: what API, page and now-playing share."""

from datetime import datetime
from typing import Any

from django.conf import settings

from recommendations import answering, caching, decided, listing, live, verdicts
from recommendations.answering import Question, Strategy
from recommendations.gold import Gold
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.warehouse import NoBuild, WarehouseError


def gold(user_id: str) -> Gold:
    return Gold(
        warehouse=clients.warehouse(),
        user_id=user_id,
        parameters=settings.RECOMMENDING,
        of_house=decided.is_housemate(user_id),
    )


def build_id() -> str:
    """Raises NoBuild."""
    build = clients.warehouse().published()
    if build is None:
        raise NoBuild("nothing was published yet")
    return build.build_id


def next_question(track_id: str, asked: dict[str, Any]) -> Question:
    return Question(
        track_id=track_id,
        limit=asked["limit"],
        strategy=Strategy(asked["strategy"]),
        context=tuple(asked["context"]),
        numbers=asked["numbers"],
        per_artist=asked["per_artist"],
    )


def next_key(question: Question, *, user_id: str, build_id: str) -> str:
    asked = (question.track_id, question.strategy, question.limit, ",".join(question.context))
    rest = (question.numbers, question.per_artist)
    return caching.question("next", user_id, build_id, *asked, *rest)


def next_rests_on(question: Question, *, user_id: str) -> bytes:
    """The newest live play counts, unless the question brings its own context: sessions go on."""
    return caching.resting_on(user_id, live_key="" if question.context else live.live_key(user_id))


def next_answer(question: Question, listener: Listener, *, now: datetime) -> dict[str, Any]:
    known = gold(listener.user_id)
    return answering.after(
        question,
        gold=known,
        session=live.running(known, clients.redis_client(), now=now),
        said=verdicts.said(listener, now=now),
        now=now,
    )


def lists_key(asked: dict[str, Any], *, user_id: str, build_id: str) -> str:
    parts = (asked["strategy"], asked["kind"], asked["limit"], asked["per_artist"])
    return caching.question("lists", user_id, build_id, *parts)


def lists_answer(asked: dict[str, Any], listener: Listener, *, now: datetime) -> dict[str, Any]:
    known, said = gold(listener.user_id), verdicts.said(listener, now=now)
    return listing.lists(
        gold=known,
        said=said.under(known.named(said.by_track).ids) if said.by_track else said,
        now=now,
        strategy=Strategy(asked["strategy"]),
        kind=asked["kind"],
        limit=asked["limit"],
        per_artist=asked["per_artist"],
    )


def subject(track_id: str) -> verdicts.Subject:
    """The track by its names and its other ids, as far as they are known."""
    try:
        row = gold("").tracks([track_id]).get(track_id, {})
        other_ids = gold("").releases(track_id)
    except WarehouseError:
        row, other_ids = {}, []
    return verdicts.Subject(
        track_id=track_id,
        other_ids=tuple(other_ids),
        track_name=row.get("track_name"),
        artist_name=row.get("artist_name"),
    )
