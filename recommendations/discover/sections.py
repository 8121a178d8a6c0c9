"""The sections of the Discover page: what may follow the last play, then each kind of list.

A track stands in the first section that has it, and in no other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recommendations import cache, lists, recommend, session
from recommendations.feedback import FeedbackSummary
from recommendations.next_tracks import NextRequest
from recommendations.queries import ListenerQueries
from spotifyweb import clients
from spotifyweb.accounts.models import Listener

SHOWN = 12  # rows of a section
ALL_SHOWN = 50  # where a page holds one kind
CANDIDATES = 150  # rows of all lists, so that a section is full without what others show
AFTER = "after"
NOTES = {
    "household": _("played in your household alongside tracks you like"),
    "new": _("tracks you have never started"),
    "second_chance": _("tracks you saved or left early, but never played"),
    "rediscovery": _("favourites you haven't played in a month"),
}
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    name: str  # `after`, or the kind of its list
    title: str
    note: str
    rows: Rows
    has_more: bool = False
    saved_as: str = ""  # a playlist's name; the title where there is none

    @property
    def playlist(self) -> "Playlist":
        """Return the tracks that Spotify has, as a playlist may hold them."""
        return Playlist.of(self.rows, name=self.saved_as or self.title)


@dataclass(frozen=True, slots=True, kw_only=True)
class Playlist:
    """What a list of tracks is saved or copied as."""

    name: str
    track_ids: str  # comma separated
    links: list[str]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]], *, name: str) -> "Playlist":
        """Return a playlist of those rows that are tracks at Spotify, which episodes are not."""
        kept = [row for row in rows if "/track/" in (row["url"] or "")]
        return cls(
            name=name,
            track_ids=",".join(row["track_id"] for row in kept),
            links=[row["url"] for row in kept],
        )

    @property
    def text(self) -> str:
        """Return a link a line."""
        return "\n".join(self.links)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discoveries:
    """What a page shows, and how its lists were come by."""

    sections: list[Section]
    generated_at: datetime
    cache_hit: bool


def discover(
    listener: Listener, *, kind: str, strategy: str, summary: FeedbackSummary, now: datetime
) -> Discoveries:
    """Return the sections with rows, of one kind or of all. Raises NothingPublished."""
    answer, cache_hit = stored_lists(listener, kind=kind, strategy=strategy, now=now)
    after = [] if kind else _after_last(listener, strategy=strategy, summary=summary, now=now)
    length = ALL_SHOWN if kind else SHOWN
    sections, shown = list(after), {row["track_id"] for each in after for row in each.rows}
    for each in answer["kinds"]:
        rows = [row for row in each["recommendations"] if row["track_id"] not in shown]
        shown |= {row["track_id"] for row in rows[:length]}
        sections.append(_list_section(each["kind"], rows, length))
    return Discoveries(
        sections=[each for each in sections if each.rows],
        generated_at=datetime.fromisoformat(answer["generated_at"]),
        cache_hit=cache_hit,
    )


def _list_section(kind: str, rows: Rows, length: int) -> Section:
    return Section(
        name=kind,
        title=str(lists.KINDS[kind]),
        note=str(NOTES[kind]),
        rows=rows[:length],
        has_more=len(rows) > length,
    )


def stored_lists(
    listener: Listener, *, kind: str, strategy: str, now: datetime
) -> tuple[dict[str, Any], bool]:
    """Return the answer that the API gives, from the same cache; and whether it was stored."""
    asked = {"kind": kind, "strategy": strategy, "limit": CANDIDATES, "per_artist": 2}
    body, hit = cache.get_or_compute(
        recommend.lists_key(asked, user_id=listener.user_id, build_id=recommend.build_id()),
        lambda: orjson.dumps(recommend.lists_answer(asked, listener, now=now)),
        stamp=cache.current_stamp(listener.user_id),
    )
    return orjson.loads(body), hit


def _after_last(
    listener: Listener, *, strategy: str, summary: FeedbackSummary, now: datetime
) -> list[Section]:
    """Return the section of what may follow the last play; none without a last play.

    It rests on nothing but what an answer of the API rests on, and is stored as one.
    """
    user_id = listener.user_id
    body, _ = cache.get_or_compute(
        cache.answer_key(AFTER, user_id, recommend.build_id(), strategy, SHOWN),
        lambda: orjson.dumps(_after_answer(listener, strategy, summary, now=now)),
        stamp=recommend.next_stamp(user_id=user_id),
    )
    return [_after_section(answer) for answer in orjson.loads(body)]


def _after_answer(
    listener: Listener, strategy: str, summary: FeedbackSummary, *, now: datetime
) -> list[dict[str, Any]]:
    """Return the one answer after the last play, its rows with cover, link and album."""
    queries = recommend.queries_for(listener.user_id)
    last = _last_play(queries, summary)
    if last is None:
        return []
    question = NextRequest(track_id=last, limit=SHOWN, strategy=strategy, numbers=True)
    answer = recommend.next_answer(question, listener, now=now)
    rows = answer["recommendations"]
    named = queries.tracks(row["track_id"] for row in rows)
    for row in rows:
        row |= {name: named[row["track_id"]][name] for name in ("image_url", "url", "album_name")}
    return [answer]


def _after_section(answer: Mapping[str, Any]) -> Section:
    track = answer["track_name"] or gettext("your last track")
    return Section(
        name=AFTER,
        title=_after_title(track),
        saved_as=gettext("After %(track)s") % {"track": track},
        note=_artist_note(answer["artist_name"]),
        rows=answer["recommendations"],
    )


def _after_title(track: str) -> str:
    return gettext("After %(track)s, which you just played") % {"track": track}


def _artist_note(artist: str | None) -> str:
    return gettext("your last play, by %(artist)s") % {"artist": artist} if artist else ""


def _last_play(queries: ListenerQueries, summary: FeedbackSummary) -> str | None:
    """Return the newest play, live or of the build, that no rule excludes.

    A live play of a track that no build has named yet is passed over.
    """
    live = session.read_live_plays(clients.redis_client(), queries.user_id)
    ids = queries.resolve({*summary.track_ids, *(play.track_id for play in live)}).ids
    plays = [(row["ended_at"], str(row["track_id"])) for row in queries.last_plays()]
    plays += [(play.ended_at, ids[play.track_id]) for play in live if play.track_id in ids]
    played = [track for _, track in sorted(plays, reverse=True)]
    summary = summary.with_ids(ids)
    named = queries.tracks(played) if summary.excluded else {}
    return next((track for track in played if not summary.is_excluded(named.get(track, {}))), None)
