"""What is called new: never started, from albums that Spotify lists, each reason recounted."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from ingestion.fetch import albums
from recommendations import lists
from recommendations.evaluation import gold_schema, history, sql_models
from recommendations.feedback import FeedbackSummary
from recommendations.parameters import Parameters
from recommendations.strategies import strategies
from spotifyweb.warehouse.scratch import Scratch
from tests.recommendations import invented_plays
from tests.recommendations.invented_plays import AS_OF, track_id
from tests.recommendations.reference import Heard

ARTISTS, ALBUM = 30, 9  # tracks of an album, of which the listener knows `artist % 4`
RELEASED = AS_OF.date() - timedelta(days=20)
Kinds = dict[str, list[dict[str, Any]]]


def heard(number: int, artist: int, *, days_ago: float, user_id: str = "alice") -> Heard:
    ended = AS_OF - timedelta(days=days_ago, seconds=number)
    began = ended - timedelta(minutes=3)
    return Heard(user_id, track_id(number), f"artist {artist}", began, ended)


def number_of(artist: int, place: int) -> int:
    return 1000 * artist + place


def plays() -> list[Heard]:
    """Alice knows zero to three tracks of each album; bob, who is no housemate, heard one more."""
    hers = [
        heard(number_of(artist, place), artist, days_ago=1 + artist + place)
        for artist in range(ARTISTS)
        for place in [*range(1, 1 + artist % 4), 500]  # 500 is on no album
        for _ in range(1 + artist % 3)
    ]
    return hers + [
        heard(number_of(artist, 5), artist, days_ago=3, user_id="bob") for artist in range(ARTISTS)
    ]


def skips() -> list[Heard]:
    """Of artist 3 one track was left early twice, and of artist 4 another one once."""
    left = [(3, 4), (3, 5), (4, 6)]
    return [
        replace(heard(number_of(artist, 8), artist, days_ago=days_ago), heard=timedelta(seconds=5))
        for artist, days_ago in left
    ]


def list_albums(scratch: Scratch) -> None:
    """What Spotify lists: an album of nine tracks of each artist; every third one is new."""
    scratch.table(
        "bronze_albums",
        [
            {
                "album_id": f"album {artist}",
                "released_on": RELEASED if artist % 3 == 0 else date(2001, 5, 4),
                "total_tracks": ALBUM,
            }
            for artist in range(ARTISTS)
        ],
    )
    rows = [
        {"track_id": track_id(number_of(artist, place)), "artist": artist}
        for artist in range(ARTISTS)
        for place in range(1, 1 + ALBUM)
    ]
    scratch.table("listed", rows)
    scratch.execute("delete from silver_tracks where track_id in (select track_id from listed)")
    scratch.execute(
        "insert into silver_tracks by name select track_id, track_id as track_name,"
        " 'artist ' || artist as artist_name, 'artist ' || artist as artist_spelling,"
        " 'artist ' || artist as folded_artist_name, 'album ' || artist as album_id,"
        " 'track' as content_type, track_id as recording_id from listed"
    )
    scratch.execute(
        f"create or replace table silver_recordings as {history.SILVER['silver_recordings']}"
    )


@pytest.fixture(scope="module")
def scratch() -> Iterator[Scratch]:
    with Scratch() as opened:
        invented_plays.load(opened, plays(), skips())
        history.load_sessions(opened, ["alice", "bob"], members=set())
        history.cut_at(opened, AS_OF)
        list_albums(opened)
        sql_models.build(opened, as_of=AS_OF, parameters=Parameters())
        gold_schema.publish(opened)
        yield opened


def listed(scratch: Scratch, **asked: Any) -> Kinds:
    answer = lists.recommend_lists(
        gold=gold_schema.listener_queries(scratch, "alice", Parameters(), members=frozenset()),
        summary=FeedbackSummary(),
        now=timezone.now(),
        strategy=strategies()["transitions"],
        **asked,
    )
    return {each["kind"]: each["recommendations"] for each in answer["kinds"]}


def ids(rows: list[dict[str, Any]]) -> set[str]:
    return {row["track_id"] for row in rows}


def test_of_fifty_at_least_ten_were_never_started(scratch: Scratch) -> None:
    kinds = listed(scratch)
    started = {each.track_id for each in [*plays(), *skips()] if each.user_id == "alice"}
    never = [
        row
        for name in lists.UNHEARD
        for row in kinds.get(name, [])
        if row["track_id"] not in started
    ]
    assert sum(map(len, kinds.values())) <= 50
    assert len(never) >= 10
    assert not ids(kinds["new"]) & started


def test_a_page_of_what_is_new_is_full_and_no_kind_repeats_another(scratch: Scratch) -> None:
    assert len(listed(scratch, kind="new")["new"]) == 50
    everything = [row["track_id"] for rows in listed(scratch, limit=150).values() for row in rows]
    assert len(everything) == len(set(everything))


def test_what_was_left_early_twice_is_never_called_new(scratch: Scratch) -> None:
    kinds = listed(scratch, limit=150, per_artist=50)
    twice, once = track_id(number_of(3, 8)), track_id(number_of(4, 8))
    assert not {twice, once} & (ids(kinds["new"]) | ids(kinds.get("household", [])))
    reasons = {row["track_id"]: row["reason"] for row in kinds["second_chance"]}
    assert reasons == {
        twice: "Skipped 2 times, never played",
        once: "Skipped once, never played",
    }


def test_what_a_stranger_played_may_be_named_where_spotify_lists_it(scratch: Scratch) -> None:
    tracks = ids(listed(scratch, kind="new", limit=150, per_artist=50)["new"])
    assert tracks & {track_id(number_of(artist, 5)) for artist in range(ARTISTS)}


def test_each_reason_recounts(scratch: Scratch) -> None:
    hers = [each for each in plays() if each.user_id == "alice"]
    by_artist = Counter(each.artist_name for each in hers)
    on_album = Counter(
        int(track) // 1000
        for track in {each.track_id for each in hers if int(each.track_id) % 1000 <= ALBUM}
    )
    found = Counter[str]()
    for row in listed(scratch, kind="new")["new"]:
        artist, times = int(row["track_id"]) // 1000, by_artist[row["artist_name"]]
        if artist % 3 == 0:
            assert row["numbers"]["released_on"] == RELEASED
            ending = "once" if times == 1 else f"{times} times"
            assert row["reason"].startswith("Released on 9")
            assert row["reason"].endswith(f"by artist {artist}, whom you played {ending}")
        elif on_album[artist] >= 2:
            count = f"You played {on_album[artist]} of the 9 tracks on An Album"
            assert row["reason"] == f"{count}, but never this one"
        else:
            assert f"played artist {artist} " in row["reason"]
            assert row["numbers"]["artist_plays"] == times
        found[row["reason"].split()[0]] += 1
    assert found["Released"] >= 10
    assert found["You"] >= 10


def test_releases_and_the_rest_of_albums_come_before_the_rest(scratch: Scratch) -> None:
    rows = listed(scratch, kind="new")["new"]
    is_foremost = [
        "released_on" in row["numbers"] or "album_tracks" in row["numbers"] for row in rows
    ]
    assert is_foremost == sorted(is_foremost, reverse=True)


def test_what_is_fetched_first_is_what_is_called_new() -> None:
    assert timedelta(days=Parameters().new_release_days) == albums.NEW
