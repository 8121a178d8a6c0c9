"""Recently played: the last fifty, ended plays only, with cursors; late, stale and relinked."""

from typing import Any

import pytest

from bench.harness.sandbox_client import MIRA, THEO, Sandbox
from spotifyweb.events import from_rfc3339, to_ms

NOON = "2026-05-01T12:00:00+00:00"
PATH = "me/player/recently-played"


@pytest.fixture
def access(sandbox: Sandbox) -> str:
    sandbox.clock(now=NOON, speed=0)
    token: str = sandbox.log_in(MIRA)["access_token"]
    return token


def page(sandbox: Sandbox, access: str, **query: object) -> Any:
    answer = sandbox.get(PATH, access, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ended_ms(item: Any) -> int:
    return to_ms(from_rfc3339(item["played_at"]))


def test_newest_first_with_the_end_of_each_play_and_string_cursors(
    sandbox: Sandbox, access: str
) -> None:
    found = page(sandbox, access, limit=48)

    ends = [ended_ms(item) for item in found["items"]]
    assert len(ends) == 48
    assert ends == sorted(ends, reverse=True)
    assert found["cursors"] == {"after": str(ends[0]), "before": str(ends[-1])}
    assert found["href"] == f"{sandbox.api_url}{PATH}?limit=48"
    assert found["next"] == f"{sandbox.api_url}{PATH}?before={ends[-1]}&limit=48"
    assert "total" not in found
    truth = [one for one in sandbox.record(MIRA, from_ms=ends[-1])["plays"] if one["listed"]]
    assert [one["ended_ms"] for one in reversed(truth)] == ends


def test_the_default_is_twenty_and_next_names_only_what_was_sent(
    sandbox: Sandbox, access: str
) -> None:
    found = page(sandbox, access)
    assert (len(found["items"]), found["limit"]) == (20, 20)
    assert "limit" not in found["next"]


def test_fifty_is_as_deep_as_it_goes(sandbox: Sandbox, access: str) -> None:
    whole = page(sandbox, access, limit=50)
    beyond = page(sandbox, access, limit=50, before=whole["cursors"]["before"])

    assert len(whole["items"]) == 50
    assert whole["next"]
    assert beyond == {
        "items": [],
        "next": None,
        "cursors": None,
        "limit": 50,
        "href": f"{sandbox.api_url}{PATH}?limit=50&before={whole['cursors']['before']}",
    }


def test_smaller_pages_go_through_the_same_fifty(sandbox: Sandbox, access: str) -> None:
    whole = page(sandbox, access, limit=50)["items"]
    pieces, before = [], None
    while True:
        query = {"limit": 15} | ({"before": before} if before else {})
        found = page(sandbox, access, **query)
        if not found["items"]:
            break
        pieces += found["items"]
        before = found["cursors"]["before"]

    assert pieces == whole


def test_after_and_before_are_exclusive_and_exclude_each_other(
    sandbox: Sandbox, access: str
) -> None:
    whole = page(sandbox, access, limit=50)["items"]
    third = ended_ms(whole[2])

    assert page(sandbox, access, limit=50, after=third)["items"] == whole[:2]
    assert page(sandbox, access, limit=50, before=third)["items"] == whole[3:]
    assert sandbox.get(PATH, access, after=1, before=2).status_code == 400


@pytest.mark.parametrize("limit", ["0", "51", "many"])
def test_a_wrong_limit_is_named(sandbox: Sandbox, access: str, limit: str) -> None:
    answer = sandbox.get(PATH, access, limit=limit)
    assert answer.json() == {"error": {"status": 400, "message": "Invalid limit"}}


def test_what_runs_now_and_what_was_skipped_is_not_in_it(sandbox: Sandbox, access: str) -> None:
    first, second, third = (one["id"] for one in sandbox.control("tracks", limit=3)["tracks"])
    sandbox.player(MIRA, "play", track_id=first, queue=[second, third])
    sandbox.clock(advance=29)
    sandbox.player(MIRA, "skip")
    sandbox.clock(advance=31)
    sandbox.player(MIRA, "skip")

    ids = [item["track"]["id"] for item in page(sandbox, access, limit=2)["items"]]

    assert ids[0] == second, "half a minute counts"
    assert first not in ids
    assert third not in ids


def test_contexts_are_albums_artists_playlists_collections_or_nothing(
    sandbox: Sandbox, access: str
) -> None:
    track = sandbox.control("tracks", limit=1)["tracks"][0]
    contexts = {
        f"spotify:album:{track['id']}": "album",
        "spotify:user:mira.solberg:collection": "collection",
        f"spotify:user:mira:playlist:{track['id']}": "playlist",
    }
    for uri, kind in contexts.items():
        sandbox.player(MIRA, "play", track_id=track["id"], context=uri)
        sandbox.clock(advance=track["duration_ms"] / 1000 - 1)
        sandbox.player(MIRA, "skip")
        sandbox.player(MIRA, "stop")
        context = next(
            item["context"]
            for item in page(sandbox, access, limit=50)["items"]
            if item["track"]["id"] == track["id"]
        )
        assert (context["type"], context["uri"]) == (kind, uri)
        assert context["href"].startswith(sandbox.url)
    theo = sandbox.log_in(THEO)["access_token"]
    everything = page(sandbox, theo, limit=50)["items"] + page(sandbox, access, limit=50)["items"]
    assert None in [item["context"] for item in everything]


def test_a_play_handed_in_late_appears_in_the_middle(sandbox: Sandbox, access: str) -> None:
    whole = page(sandbox, access, limit=50)["items"]
    track = sandbox.control("tracks", limit=1)["tracks"][0]
    middle = (ended_ms(whole[10]) + ended_ms(whole[9])) // 2
    sandbox.control("late", account_id=MIRA, track_id=track["id"], ended_ms=middle)

    now = page(sandbox, access, limit=50)["items"]

    assert ended_ms(now[10]) == middle
    assert now[11:] == whole[10:49]
    assert middle in [one["ended_ms"] for one in sandbox.record(MIRA, from_ms=middle)["plays"]]


def test_a_finished_play_is_listed_seconds_late(sandbox: Sandbox, access: str) -> None:
    sandbox.control("configure", late_seconds=12)
    ids = [one["id"] for one in sandbox.control("tracks", limit=20)["tracks"]]
    waits = []
    for track_id in ids[:6]:
        sandbox.player(MIRA, "play", track_id=track_id)
        track = sandbox.state.track(track_id)
        sandbox.clock(advance=track.duration_ms / 1000)
        ended = sandbox.record(MIRA)["plays"][-1]["ended_ms"]
        waits.append(0)
        while not any(ended_ms(one) == ended for one in page(sandbox, access)["items"]):
            sandbox.clock(advance=1)
            waits[-1] += 1

    assert max(waits) > 4
    assert all(wait <= 12 for wait in waits)
    assert all(one["listed"] for one in sandbox.record(MIRA)["plays"][-6:])


def test_most_skips_after_half_a_minute_are_never_listed(sandbox: Sandbox, access: str) -> None:
    """What was heard to its end always is, and record says which are."""
    sandbox.control("configure", skips_left_out=0.7)
    sandbox.player(MIRA, "stop")
    for one in sandbox.control("tracks", limit=30)["tracks"]:
        sandbox.player(MIRA, "play", track_id=one["id"])
        sandbox.clock(advance=40)
    sandbox.player(MIRA, "stop")

    listed = {ended_ms(one) for one in page(sandbox, access, limit=50)["items"]}

    plays = sandbox.record(MIRA)["plays"]
    skipped = [
        one for one in plays if one["reason_end"] == "endplay" and one["ms_played"] == 40_000
    ]
    missing = [one for one in skipped if one["ended_ms"] not in listed]
    assert len(skipped) == 30
    assert 15 <= len(missing) < 30
    assert [one for one in skipped if not one["listed"]] == missing
    assert all(one["listed"] for one in plays if one["reason_end"] == "trackdone")


def test_the_list_may_stand_still_for_hours(sandbox: Sandbox, access: str) -> None:
    before = page(sandbox, access, limit=50)["items"]
    sandbox.player(MIRA, "set", stale=True)
    sandbox.clock(advance=86_400)
    access = sandbox.log_in(MIRA)["access_token"]
    assert page(sandbox, access, limit=50)["items"] == before

    sandbox.player(MIRA, "set", stale=False)
    assert page(sandbox, access, limit=50)["items"] != before


def test_the_same_recording_may_have_another_id_here(sandbox: Sandbox, access: str) -> None:
    usual = page(sandbox, access, limit=1)["items"][0]["track"]
    sandbox.player(MIRA, "set", relink=True)
    other = page(sandbox, access, limit=1)["items"][0]["track"]

    assert other["id"] != usual["id"]
    assert other["external_ids"] == usual["external_ids"]
    assert sandbox.get(f"tracks/{other['id']}", access).json()["name"] == usual["name"]


def test_old_and_taken_down_albums_look_odd(sandbox: Sandbox, access: str) -> None:
    sandbox.control("late", account_id=MIRA, ended_ms=to_ms(from_rfc3339(NOON)) - 1000,
                    track_id=sandbox.control("tracks", limit=1)["tracks"][0]["id"])  # fmt: skip
    sandbox.player(MIRA, "set", odd_metadata=True)

    item = page(sandbox, access, limit=1)["items"][0]

    assert item["played_at"] == "2026-05-01T11:59:59Z", "without a fraction"
    album = item["track"]["album"]
    assert (album["name"], album["album_type"], album["release_date"]) == ("", "EP", "0000")


def test_a_track_on_repeat_is_two_plays(sandbox: Sandbox, access: str) -> None:
    track = sandbox.control("tracks", limit=1)["tracks"][0]
    sandbox.player(MIRA, "play", track_id=track["id"])
    sandbox.player(MIRA, "repeat", mode="track")
    sandbox.clock(advance=2.1 * track["duration_ms"] / 1000)
    ids = [item["track"]["id"] for item in page(sandbox, access, limit=2)["items"]]
    assert ids == [track["id"]] * 2
