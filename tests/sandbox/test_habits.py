"""The invented listeners live as people do: at their hours, with taste, repeats, skips, seasons."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bench.harness.sandbox_client import Sandbox
from spotifyweb.sandbox.listeners import habits, likes
from spotifyweb.sandbox.listeners.habits import TrackListen
from spotifyweb.sandbox.listeners.people import ACCOUNTS, PEOPLE, Person, person

MIRA, THEO, ANOUK, YUKI, CAFE = PEOPLE
END = datetime(2026, 4, 1, tzinfo=UTC)
START = END - timedelta(days=60)


def heard(who: Person, *, seed: int = 1) -> list[TrackListen]:
    return list(habits.listens(who, START, END, seed=seed))


def skip_share(listens: list[TrackListen]) -> float:
    return sum(one.reason_end == "fwdbtn" for one in listens) / len(listens)


@pytest.mark.parametrize("number", range(8))
def test_every_listener_listens_and_never_to_two_things_at_once(number: int) -> None:
    listens = heard(person(number))

    assert len(listens) > 200
    for before, after in pairwise(listens):
        assert before.ended_ms <= after.started_ms
    for one in listens:
        assert 0 < one.ms_played <= one.track.duration_ms


def test_a_day_is_the_same_whenever_it_is_asked_for() -> None:
    assert heard(MIRA) == heard(MIRA)
    assert heard(MIRA) != heard(MIRA, seed=2)


def test_what_plays_now_is_what_will_have_been_heard() -> None:
    for one in heard(YUKI)[:200:9]:
        middle = (one.started_ms + one.ended_ms) // 2
        moment = datetime.fromtimestamp(middle / 1000, UTC)
        assert habits.listen_at(YUKI, moment, seed=1) == one


def test_nobody_hears_two_things_at_once_not_even_a_book_in_bed() -> None:
    for number in (0, 1, 2, 3, 9):
        music, spoken = habits.history(person(number), START, END, seed=1)
        spans = [(one.started_ms, one.ended_ms) for one in music]
        spans = sorted([*spans, *((one.started_ms, one.ended_ms) for one in spoken)])

        assert len(spoken) > 8
        assert all(before[1] <= after[0] for before, after in pairwise(spans))
        assert all(0 < one.ms_played <= one.episode.duration_ms for one in spoken)
        assert music == heard(person(number))


def test_what_plays_in_bed_is_shown_live_and_never_listed(sandbox: Sandbox) -> None:
    _, spoken = habits.history(MIRA, START, END, seed=1)
    one = next(one for one in spoken if one.ms_played > 600_000)
    moment = datetime.fromtimestamp(one.started_ms / 1000 + 300, UTC)
    sandbox.clock(now=moment.isoformat(), speed=0)
    access = sandbox.log_in(MIRA.account_id)["access_token"]
    path = "me/player/currently-playing"
    state = sandbox.get(path, access, additional_types="track,episode").json()
    sandbox.clock(advance=3500)

    assert state["item"]["id"] == one.episode.episode_id
    assert state["context"]["uri"] == f"spotify:show:{one.episode.show.show_id}"
    row = next(row for row in sandbox.record(MIRA.account_id)["plays"] if row["kind"] != "track")
    assert (row["id"], row["listed"]) == (one.episode.episode_id, False)


def test_hours_are_those_of_their_own_zone() -> None:
    hours = Counter(
        datetime.fromtimestamp(one.started_ms / 1000, YUKI.zone).hour for one in heard(YUKI)
    )
    assert hours[23] > 50
    assert sum(hours[hour] for hour in range(6, 12)) == 0, "sleeps past noon"


def test_characters_differ() -> None:
    repeats = {
        who.display_name: sum(a.track is b.track for a, b in pairwise(listens)) / len(listens)
        for who in (MIRA, ANOUK)
        for listens in [heard(who)]
    }
    assert skip_share(heard(THEO)) > 2 * skip_share(heard(MIRA))
    assert repeats["Anouk Marchetti"] > 3 * repeats["Mira Solberg"]
    assert {one.device[0] for one in heard(ANOUK)} == {"Automobile", "Smartphone", "Tablet"}


def test_taste_is_uneven_and_personal() -> None:
    artists = {
        who: Counter(one.track.album.artist.name for one in heard(who)) for who in (MIRA, THEO)
    }
    for counts in artists.values():
        top = sum(plays for _, plays in counts.most_common(20))
        assert top > 0.3 * counts.total()
        assert len(counts) > 60
    favourites = [{name for name, _ in counts.most_common(20)} for counts in artists.values()]
    assert len(favourites[0] & favourites[1]) < 12


def test_albums_are_played_in_their_order() -> None:
    runs = [one for one in heard(MIRA) if (one.context or "").startswith("spotify:album:")]
    in_order = sum(
        b.track.album is a.track.album
        and (b.track.disc_number, b.track.track_number)
        > (a.track.disc_number, a.track.track_number)
        for a, b in pairwise(runs)
    )
    assert in_order > 0.7 * len(runs)


def test_the_cafe_plays_all_day() -> None:
    listens = heard(CAFE)
    gaps = [b.started_ms - a.ended_ms for a, b in pairwise(listens)]
    assert max(gaps) < 60_000
    assert sum(gaps) < 0.01 * (END - START).total_seconds() * 1000


def test_likes_fall_within_listens_and_the_library_has_each_once() -> None:
    spans = [(one.started_ms, one.ended_ms) for one in heard(MIRA)]
    given = list(likes.likes(MIRA, START, END, seed=1))
    library = likes.library(MIRA, END, seed=1)

    inner = [one for one in given if spans[0][0] < one.added_ms < spans[-1][1]]
    assert all(any(a - 1000 <= one.added_ms <= b for a, b in spans) for one in inner)
    assert len({one.track.track_id for one in library}) == len(library) > len(given) / 2


def test_the_cast_is_fixed_and_everybody_else_is_somebody_new() -> None:
    people = [person(number) for number in range(50)]
    assert people[:5] == list(PEOPLE)
    assert len({one.account_id for one in people} | set(ACCOUNTS)) == 51
    assert sum(not one.listed for one in ACCOUNTS.values()) == 1
