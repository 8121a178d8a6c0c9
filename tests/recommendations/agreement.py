"""What the API serves beside what the evaluation measures, for the same listeners and moments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.test import Client

from ingestion import simulation
from recommendations.evaluation import cases, history, sql_models
from recommendations.evaluation.cases import Case
from recommendations.evaluation.contenders import LiveStrategy
from spotifyweb import clients, recent_listens
from spotifyweb.accounts.models import Listener
from spotifyweb.sandbox.listeners import habits
from spotifyweb.sandbox.listeners.people import person
from spotifyweb.warehouse.scratch import Scratch

Tens = tuple[list[str], list[str]]  # the API's and the evaluation's
ROW = """
insert into history select ?, tracks.track_id, track_name, artist_name, album_name, ?, ?, ?, ?, ?,
false from (select ? as track_id, ? as track_name, ? as artist_name, ? as album_name) as tracks
"""


@dataclass(kw_only=True)
class Clock:
    """What `timezone.now` returns while the API is asked."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


def tens(
    *, listeners: int, built_at: datetime, hours: float, seed: int, clock: Clock, most: int
) -> Iterator[Tens]:
    """Yield both tens at moments after the published build, which holds all until `built_at`.

    What is heard after it reaches the API by the live list, and the evaluation by its history.
    """
    people = [person(number) for number in range(listeners)]
    until = built_at + timedelta(hours=hours)
    heard = {each.account_id: _records(each, built_at, until, seed=seed) for each in people}
    with Scratch() as scratch:
        measured = _measured(scratch, heard, built_at)
        for user_id, records in heard.items():
            mine = [case for case in measured.asked if case.user_id == user_id]
            yield from _compared(mine[:most], records, measured.ours, clock)


@dataclass(frozen=True, kw_only=True)
class _Measured:
    asked: list[Case]
    ours: LiveStrategy


def _records(who: Any, since: datetime, until: datetime, *, seed: int) -> list[dict[str, Any]]:
    """Return the plays and skips as the live path records them, oldest first."""
    listens, _ = habits.history(who, since, until, seed=seed)
    plays, skips = simulation.listen_records(who.account_id, listens)
    records = [orjson.loads(value) for _, value in (*plays, *skips)]
    return sorted(records, key=lambda record: record["played_at"])


def _measured(
    scratch: Scratch, heard: dict[str, list[dict[str, Any]]], built_at: datetime
) -> _Measured:
    members = history.from_install(scratch, clients.warehouse())
    _add_later(scratch, [record for records in heard.values() for record in records])
    history.load_sessions(scratch, [*heard], members=members, parameters=settings.RECOMMENDING)
    moment = built_at.replace(tzinfo=None)
    asked = cases.cases(scratch, since=moment)
    history.cut_at(scratch, moment)
    sql_models.build(scratch, as_of=moment, parameters=settings.RECOMMENDING)
    ours = LiveStrategy(settings.RECOMMENDING)
    ours.fit(scratch, moment)
    return _Measured(asked=asked, ours=ours)


def _add_later(scratch: Scratch, records: Sequence[dict[str, Any]]) -> None:
    """Add listens after the build to the history, under the ids by which it counts tracks."""
    rows = clients.warehouse().rows("select release_track_id, track_id from gold.releases")
    ids = {row["release_track_id"]: row["track_id"] for row in rows}
    for record in records:
        track_id = ids.get(record["track_id"], record["track_id"])
        names = [track_id, *(record.get(f"{kind}_name") for kind in ("track", "artist", "album"))]
        times = [_naive(record["started_at"]), _naive(record["played_at"])]
        is_play = record["event_type"] == "play"
        scratch.execute(
            ROW, [record["user_id"], *times, times[1].date(), record["ms_played"], is_play, *names]
        )


def _compared(
    asked: Sequence[Case], records: Sequence[dict[str, Any]], ours: LiveStrategy, clock: Clock
) -> Iterator[Tens]:
    browser, waiting = Client(), list(records)
    browser.force_login(Listener.objects.get(user_id=asked[0].user_id))
    for case in asked:
        while waiting and _naive(waiting[0]["played_at"]) <= case.playing_at:
            recent_listens.record(clients.redis_client(), [waiting.pop(0)])
        clock.now = case.playing_at.replace(tzinfo=UTC) + timedelta(seconds=5)
        answer = browser.get(f"/api/v1/recommendations/{case.playing}")
        assert answer.status_code == 200, answer.content
        yield [row["track_id"] for row in answer.json()["recommendations"]], ours.answer([case])[0]


def _naive(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)
