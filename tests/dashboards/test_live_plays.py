"""The newest plays come from the live player before any build, and are shown once with it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.harness.lakehouse import Lakehouse
from spotifyweb import clients, recent_listens
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards import live_plays
from spotifyweb.dashboards.history import queries
from spotifyweb.dashboards.live_plays import drop_known_plays
from spotifyweb.dashboards.models import ExclusionRule
from spotifyweb.events import SAME_PLAY, Play
from spotifyweb.warehouse.duckdb import FILE, build_path
from tests.dashboards.conftest import shown
from tests.support.login import browser_of

ENDED = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
BUILD = """
import django, sys
from datetime import UTC, datetime
from pathlib import Path
django.setup()
from bench.harness.lakehouse import Lakehouse
now = datetime(2026, 11, 20, 16, tzinfo=UTC)
listening = [f"path:models/{layer}/*.sql" for layer in ("bronze", "silver", "gold")]
Lakehouse(folder=Path(sys.argv[1])).build(sys.argv[2], now=now, select=listening)
"""


def play(ended_at: datetime = ENDED, **fields: Any) -> Play:
    known = {
        "user_id": "kavya",
        "track_id": f"{2:022}",
        "track_name": "Song 2",
        "artist_name": "Artist 2",
        "album_name": "Album 2",
        "ms_played": 120_000,
        "started_at": ended_at - timedelta(minutes=2),
        "device_type": "Computer",
        "source": "player",
    }
    return Play(**{**known, "played_at": ended_at, **fields})


def record(*plays: Play) -> None:
    recent_listens.record(clients.redis_client(), [event.to_json() for event in plays])


def newest(somebody: Listener, address: str = "/recent/") -> list[Any]:
    return list(shown(somebody, address)["plays"])


def times_shown(somebody: Listener, ended_at: datetime = ENDED) -> int:
    """How often a play that ended then is in the list."""
    return sum(row["ended_at"] == ended_at for row in newest(somebody))


def test_a_play_is_shown_before_any_build(kavya: Listener) -> None:
    assert times_shown(kavya) == 0
    record(play())
    row = newest(kavya)[0]
    assert (row["track_name"], row["heard_ms"], row["ended_at"]) == ("Song 2", 120_000, ENDED)
    assert f"{row['local_at']:%H:%M}" == "19:58"  # in Kolkata, when it began
    assert "20 Nov 2026, 19:58" in browser_of(kavya).get("/").content.decode()
    record(play())
    assert times_shown(kavya) == 1


def test_a_build_published_between_the_queries_shows_a_play_once(
    kavya: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = newest(kavya)[0]
    known = built | {"user_id": "kavya", "track_id": built["release_track_id"]}
    names = ("track_id", "track_name", "artist_name", "album_name", "user_id")
    record(play(built["ended_at"], **{name: known[name] for name in names}))
    monkeypatch.setattr(live_plays, "KNOWN", f"{live_plays.KNOWN} and 1 = 0")  # of the build before
    assert times_shown(kavya, built["ended_at"]) == 1


def test_nobody_else_sees_it(someone: Listener) -> None:
    record(play())
    assert times_shown(someone) == (someone.user_id == "kavya")


@pytest.mark.parametrize(
    ("address", "is_shown"),
    [
        ("?device=Computer", True),
        ("?device=Speaker", False),
        ("?min_ms=120000", True),
        ("?min_ms=120001", False),
        ("?podcasts=only", False),
        ("?from=2026-11-20&to=2026-11-20", True),
        ("?to=2026-11-19", False),
        ("?source=recently_played", False),
    ],
)
def test_filters_hold_for_it(kavya: Listener, address: str, *, is_shown: bool) -> None:
    record(play())
    assert any(row["ended_at"] == ENDED for row in newest(kavya, f"/recent/{address}")) == is_shown


@pytest.mark.parametrize(
    ("kind", "value", "is_shown"),
    [
        ("artist", "ARTIST 2", False),
        ("artist", "Artist 3", True),
        ("track", f"{2:022}", False),
        ("track", f"{3:022}", True),
        ("album", "album 2", False),
        ("device", "computer", False),
        ("playlist", "spotify:playlist:one", False),
        ("hours", "19-20", False),
        ("hours", "20-19", True),
        ("hours", "22-20", False),
    ],
)
def test_exclusions_hold_for_it(kavya: Listener, kind: str, value: str, *, is_shown: bool) -> None:
    ExclusionRule.objects.create(listener=kavya, kind=kind, value=value)
    record(play(context="spotify:playlist:one"))
    assert times_shown(kavya) == is_shown
    assert any(row["ended_at"] == ENDED for row in newest(kavya, "/recent/?rules=0"))


def test_skips_and_playing_items_are_no_plays(kavya: Listener) -> None:
    for kind in ("skip", "playback"):
        row = play().to_json() | {"event_type": kind}
        recent_listens.record(clients.redis_client(), [row])
    assert times_shown(kavya) == 0


def row_of(event_id: str, ended_at: datetime, *, heard_ms: int = 60_000) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "track_id": "one",
        "release_track_id": "one",
        "track_name": "One",
        "artist_name": "Someone",
        "ended_at": ended_at,
        "started_at": ended_at - timedelta(milliseconds=heard_ms),
        "heard_ms": heard_ms,
    }


@pytest.mark.parametrize("known", [0, 1, 2, 3])
def test_a_loop_is_as_many_plays_as_there_are(known: int) -> None:
    """Spotify's own list reports some of three plays, each two seconds later."""
    ends = [ENDED + timedelta(seconds=60 * number) for number in range(3)]
    live = [row_of(f"live {number}", end) for number, end in enumerate(ends)]
    listed = [
        row_of(f"listed {number}", end + timedelta(seconds=2))
        for number, end in enumerate(ends[:known])
    ]
    left = drop_known_plays(live, listed)
    assert [play["event_id"] for play in left] == [f"live {n}" for n in range(known, 3)]


def test_another_track_at_the_same_time_is_another_play() -> None:
    other = {**row_of("other", ENDED), "track_id": "two", "track_name": "Two"}
    assert (
        len(drop_known_plays([row_of("live", ENDED)], [other | {"release_track_id": "two"}])) == 1
    )


def test_what_is_erased_is_gone_from_the_list(kavya: Listener) -> None:
    record(play())
    recent_listens.erase_all(clients.redis_client(), "kavya")
    assert times_shown(kavya) == 0


@pytest.fixture
def own_house(house: Lakehouse, tmp_path: Path, settings: Any) -> Lakehouse:
    """A copy of the lakehouse, in which a test may build."""
    copy = Lakehouse(folder=tmp_path / "house", landed=house.landed)
    shutil.copytree(house.folder, copy.folder)
    settings.WAREHOUSE_URL = f"duckdb:///{copy.warehouse}"
    clients.warehouse().close()
    clients.warehouse.cache_clear()
    return copy


def start_build(house: Lakehouse, build_id: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", BUILD, str(house.folder), build_id]
    return subprocess.Popen(command, start_new_session=True)


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.2)


def plays_of_day(somebody: Listener) -> tuple[int, int, int]:
    """The plays of the newest day of the history: as counted, those of ENDED, and of later."""
    day = shown(somebody, "/history/")["day_groups"][0]
    ends = [row["ended_at"] for row in day.plays]
    return day.play_count, ends.count(ENDED), sum(end > ENDED for end in ends)


def test_a_build_published_between_rows_and_totals_counts_a_play_once(
    kavya: Listener, own_house: Lakehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next build comes while the day is summed up, with what only the live player knew."""
    builds = own_house.builds
    builds.restore("later")
    day = shown(kavya, "/history/")["day_groups"][0]
    builds.restore("first")
    known = {row["ended_at"] for row in newest(kavya)}
    names = ("track_name", "artist_name", "album_name")
    for row in day.plays:
        if row["ended_at"] not in known:
            told = {name: row[name] for name in names} | {"track_id": row["release_track_id"]}
            record(play(row["ended_at"], ms_played=row["heard_ms"], **told))
    day_totals, calls = queries.day_totals, list[Any]()

    def totals_of_next_build(*asked: Any) -> Any:
        if not calls:
            builds.restore("later")
        calls.append(asked)
        return day_totals(*asked)

    monkeypatch.setattr(queries, "day_totals", totals_of_next_build)
    seen = shown(kavya, "/history/")["day_groups"][0]
    assert (seen.local_date, seen.play_count) == (day.local_date, day.play_count)
    assert [row["ended_at"] for row in seen.plays] == [row["ended_at"] for row in day.plays]
    assert len(calls) == 2


@pytest.mark.slow
def test_a_build_in_mid_view_neither_loses_a_play_nor_shows_it_twice(
    kavya: Listener, own_house: Lakehouse
) -> None:
    """A build is killed after it began; the next one is published while the page is read."""
    other = play(ENDED + timedelta(minutes=5), track_id=f"{3:022}", track_name="Song 3")
    assert plays_of_day(kavya)[1:] == (0, 0)
    all_once = (2, 1, 1)  # nothing else was played that day
    record(play())
    own_house.land("plays", [_row_of_lake(play())], at=ENDED)
    record(other)  # not landed yet: this build cannot know it

    killed = start_build(own_house, "killed")
    wait_for((own_house.warehouse / "work" / FILE).exists)
    assert (times_shown(kavya), times_shown(kavya, other.played_at)) == (1, 1)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert not build_path(own_house.warehouse, "killed").exists()
    assert (times_shown(kavya), times_shown(kavya, other.played_at)) == (1, 1)

    assert plays_of_day(kavya) == all_once

    build = start_build(own_house, "next")
    while build.poll() is None:
        assert (times_shown(kavya), times_shown(kavya, other.played_at)) == (1, 1)
        assert plays_of_day(kavya) == all_once
        time.sleep(0.5)
    assert build.returncode == 0
    published = clients.warehouse().published()
    assert published
    assert published.build_id == "next"
    assert (times_shown(kavya), times_shown(kavya, other.played_at)) == (1, 1)
    assert plays_of_day(kavya) == all_once
    [row] = [row for row in newest(kavya) if row["ended_at"] == ENDED]
    assert not row["is_live"]  # the build's own


def _row_of_lake(event: Play) -> dict[str, Any]:
    row = event.to_json()
    times = {name: getattr(event, name) for name in ("played_at", "started_at")}
    return {**row, **times}


def test_names_in_another_writing_are_the_same_item() -> None:
    names = {
        "track_id": None,
        "track_name": "Beyonc\u00e9 \u2013 Caf\u00e9",
        "artist_name": "Stra\u00dfe",
    }
    other = {"track_name": "BEYONCE - CAFE", "artist_name": "STRASSE", "release_track_id": None}
    live = row_of("live", ENDED) | names
    known = row_of("known", ENDED) | other | {"track_id": None}
    assert live_plays.drop_known_plays([live], [known]) == []


def test_the_same_end_is_as_near_for_the_list_as_for_the_build(settings: Any) -> None:
    project = yaml.safe_load((settings.BASE_DIR / "dbt" / "dbt_project.yml").read_text())
    assert timedelta(seconds=project["vars"]["same_play_seconds"]) == SAME_PLAY
