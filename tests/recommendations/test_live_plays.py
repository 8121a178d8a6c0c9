"""Plays since the build count at once, and once."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.test import Client

from bench.harness import published_models
from recommendations import recommend, session
from recommendations.parameters import Parameters
from recommendations.queries import LivePlay, live_plays
from recommendations.queries.play_order import growth_at, play_order
from recommendations.queries.play_sequence import TYPES, PlaySequence
from spotifyweb import clients, events, recent_listens
from spotifyweb.accounts.models import Listener
from spotifyweb.warehouse.scratch import Scratch
from tests.recommendations import invented_plays
from tests.recommendations.conftest import BUILD, HEARD, LEFT
from tests.recommendations.invented_plays import AS_OF, track_id

BUILT = datetime(2026, 11, 20, 12, tzinfo=UTC)
TRACKS = {name: {"track_no": number} for number, name in enumerate("abc", start=1)}
P = Parameters()
LAST = max((play for play in HEARD if play.user_id == "alice"), key=lambda play: play.played_at)
BEFORE = "20260301T114000Z-test"


def sequence(*minutes: int) -> PlaySequence:
    """Plays of track a that ended so long after BUILT, in one session."""
    rows = [
        (number, 1, 1, 12, growth_at(BUILT + timedelta(minutes=each), P))
        for number, each in enumerate(minutes, start=1)
    ]
    return PlaySequence.of(pa.table(dict(zip(TYPES, zip(*rows, strict=True), strict=True))))


def live(track_id: str, minute: int) -> LivePlay:
    ended = BUILT + timedelta(minutes=minute)
    return LivePlay(track_id=track_id, started_at=ended - timedelta(minutes=3), ended_at=ended)


def extended(built: PlaySequence, *plays: LivePlay) -> PlaySequence:
    later = live_plays.later_plays(built, plays, P)
    return live_plays.extend(built, later, TRACKS, P)


def test_what_was_played_since_the_build_follows_its_last_play() -> None:
    grown = extended(sequence(0, 4), live("b", 8), live("a", 12), live("c", 16))
    assert grown.after(1, 20) == [2, 1, 3]
    found, _ = play_order(
        grown,
        [1],
        playing_ended_at=None,
        session_began=None,
        as_of=BUILT + timedelta(minutes=20),
        parameters=P,
    )
    assert found[3].is_last
    assert found[2].direct_times == found[3].direct_times == 1


def test_a_play_that_the_build_has_is_not_counted_twice() -> None:
    reported = replace(live("a", 4), ended_at=BUILT + timedelta(minutes=4, seconds=20))
    built = sequence(0, 4)
    assert extended(built, live("a", 0), reported) is built


def test_half_an_hour_of_silence_begins_a_session() -> None:
    grown = extended(sequence(0), live("b", 4), live("c", 38), live("a", 42))
    assert grown.after(0, 20) == [2]
    assert grown.after(2, 20) == [1]


def test_an_excluded_or_unknown_track_keeps_its_position() -> None:
    excluded = replace(live("b", 4), is_excluded=True)
    grown = extended(sequence(0), excluded, live("unheard of", 8), live("c", 12))
    assert grown.after(0, 20) == [0, 0, 3]


def test_a_listener_without_a_build_has_live_plays_alone() -> None:
    nothing = PlaySequence.of(pa.table({name: pa.array([], kind) for name, kind in TYPES.items()}))
    assert extended(nothing, live("a", 0), live("b", 4)).after(0, 20) == [2]


def test_recent_plays_halve_in_a_day() -> None:
    excluded = replace(live("b", 0), is_excluded=True)
    found = live_plays.add_recent_plays(
        {"a": 0.25}, [live("a", 0), excluded], as_of=BUILT + timedelta(days=1)
    )
    assert found == {"a": pytest.approx(0.75)}


def record_plays(*numbers: int) -> None:
    """Let alice have just played these tracks, one after the other."""
    ended = datetime.now(UTC) - timedelta(minutes=12)
    for number in numbers:
        ended += timedelta(minutes=3)
        play = events.Play(
            user_id="alice",
            played_at=ended,
            started_at=ended - timedelta(minutes=3),
            track_id=track_id(number),
            track_name=f"Song {number}",
            artist_name=f"artist {number // 7}",
            source="player",
        )
        recent_listens.record(clients.redis_client(), [play.to_json()])


def test_the_next_answer_knows_what_was_just_played(warehouse: Path, alice: Listener) -> None:
    record_plays(1, 80, 1)
    client = Client()
    client.force_login(alice)
    url = f"/api/v1/recommendations/{track_id(1)}?numbers=true&limit=50&per_artist=50"
    rows = {row["track_id"]: row for row in client.get(url).json()["recommendations"]}
    assert rows[track_id(80)]["numbers"]["repeat"] > 0.1


def test_discover_begins_with_what_was_just_played(warehouse: Path, alice: Listener) -> None:
    """A track that no build has named yet is passed over."""
    client = Client()
    client.force_login(alice)
    title = "After Song 1, which you just played"
    assert title not in client.get("/recommendations/").content.decode()
    record_plays(80, 1, 9_999_999)
    assert title in client.get("/recommendations/").content.decode()


@pytest.fixture(scope="module")
def two_builds(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with that build and one before it, which lacks alice's last play."""
    folder = tmp_path_factory.mktemp("two builds")
    shutil.copytree(build, folder, dirs_exist_ok=True)
    with Scratch() as scratch:
        invented_plays.load(scratch, [play for play in HEARD if play is not LAST], [LEFT])
        published_models.publish(folder, BEFORE, scratch, ["alice", "bob"], as_of=AS_OF)
    return folder


def answer_for(listener: Listener) -> list[dict[str, Any]]:
    """What may follow alice's last play, five minutes after it."""
    asked = {"strategy": "transitions", "limit": 50, "context": [], "numbers": True}
    request = recommend.next_request(LAST.track_id, asked | {"per_artist": 50})
    now = AS_OF.replace(tzinfo=UTC) + timedelta(minutes=5)
    found: list[dict[str, Any]] = recommend.next_answer(request, listener, now=now)[
        "recommendations"
    ]
    return found


def publish(folder: Path, build_id: str) -> None:
    (folder / "CURRENT").write_text(build_id + "\n")


def test_a_build_in_mid_answer_neither_loses_a_play_nor_counts_it_twice(
    two_builds: Path, alice: Listener, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """The play is in the live list before the build, while it is published, and after."""
    settings.WAREHOUSE_URL = f"duckdb:///{two_builds}"
    clients.warehouse.cache_clear()
    publish(two_builds, BUILD)
    counted = answer_for(alice)
    publish(two_builds, BEFORE)
    lost = answer_for(alice)
    started_at, ended_at = (at.replace(tzinfo=UTC) for at in (LAST.started_at, LAST.played_at))
    play = events.Play(
        user_id="alice",
        played_at=ended_at,
        started_at=started_at,
        track_id=LAST.track_id,
        track_name=f"Song {int(LAST.track_id)}",
        artist_name=LAST.artist_name,
        source="player",
    )
    recent_listens.record(clients.redis_client(), [play.to_json()])
    before = answer_for(alice)
    read_session = session.current_session

    def published_meanwhile(*args: Any, **kwargs: Any) -> session.Session:
        found = read_session(*args, **kwargs)
        publish(two_builds, BUILD)
        return found

    monkeypatch.setattr(session, "current_session", published_meanwhile)
    meanwhile = answer_for(alice)
    assert meanwhile == answer_for(alice) == counted
    assert before != lost
    foremost = [[row["track_id"] for row in each[:10]] for each in (before, counted)]
    assert foremost[0] == foremost[1]
