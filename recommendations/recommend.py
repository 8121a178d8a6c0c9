"""From a request to its key and its answer, for the API, the page and now playing."""

from datetime import datetime
from typing import Any

from django.conf import settings

from recommendations import cache, feedback, lists, next_tracks, session
from recommendations.next_tracks import NextRequest
from recommendations.queries import ListenerQueries
from recommendations.strategies import strategies
from spotifyweb import clients, recent_listens
from spotifyweb.accounts import timezones
from spotifyweb.accounts.models import Listener
from spotifyweb.warehouse import Build, NothingPublished, WarehouseError


def queries_for(user_id: str) -> ListenerQueries:
    return ListenerQueries(
        warehouse=clients.warehouse(),
        user_id=user_id,
        parameters=settings.RECOMMENDING,
        in_household=feedback.is_household_member(user_id),
    )


def build_id() -> str:
    """Return the published build's id. Raises NothingPublished."""
    return _published_build().build_id


def _published_build() -> Build:
    build = clients.warehouse().published()
    if build is None:
        raise NothingPublished("nothing was published yet")
    return build


def _origin(strategy: str) -> dict[str, str]:
    """Return what an answer says of where it comes from."""
    built_at = _published_build().published_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"strategy": strategy, "built_at": built_at}


def next_request(track_id: str, asked: dict[str, Any]) -> NextRequest:
    return NextRequest(
        track_id=track_id,
        limit=asked["limit"],
        strategy=asked["strategy"],
        context=tuple(asked["context"]),
        numbers=asked["numbers"],
        per_artist=asked["per_artist"],
    )


def next_key(request: NextRequest, *, user_id: str, build_id: str) -> str:
    asked = (request.track_id, request.strategy, request.limit, ",".join(request.context))
    rest = (request.numbers, request.per_artist)
    return cache.answer_key("next", user_id, build_id, *asked, *rest)


def next_stamp(*, user_id: str) -> bytes:
    """Return the stamp of an answer: a new live play is evidence, whatever the context."""
    return cache.current_stamp(user_id, list_key=recent_listens.list_key(user_id))


def next_answer(request: NextRequest, listener: Listener, *, now: datetime) -> dict[str, Any]:
    queries = queries_for(listener.user_id)
    return _origin(request.strategy) | next_tracks.recommend_next(
        request,
        gold=queries,
        session=session.current_session(queries, clients.redis_client(), now=now),
        summary=feedback.summarize(listener, now=now),
        now=now,
    )


def lists_key(asked: dict[str, Any], *, user_id: str, build_id: str) -> str:
    parts = (asked["strategy"], asked["kind"], asked["limit"], asked["per_artist"])
    return cache.answer_key("lists", user_id, build_id, *parts)


def lists_answer(asked: dict[str, Any], listener: Listener, *, now: datetime) -> dict[str, Any]:
    queries, summary = queries_for(listener.user_id), feedback.summarize(listener, now=now)
    if summary.track_ids:
        summary = summary.with_ids(queries.resolve(summary.track_ids).ids)
    return _origin(asked["strategy"]) | lists.recommend_lists(
        gold=queries,
        summary=summary,
        now=now,
        strategy=strategies()[asked["strategy"]],
        kind=asked["kind"],
        limit=asked["limit"],
        per_artist=asked["per_artist"],
        periods=timezones.timezone_periods(listener),
    )


def subject(track_id: str) -> feedback.Subject:
    """Return the track with its names and its other ids, as far as they are known."""
    try:
        row = queries_for("").tracks([track_id]).get(track_id, {})
        other_ids = queries_for("").releases(track_id)
    except WarehouseError:
        row, other_ids = {}, []
    return feedback.Subject(
        track_id=track_id,
        other_ids=tuple(other_ids),
        track_name=row.get("track_name"),
        artist_name=row.get("artist_name"),
    )
