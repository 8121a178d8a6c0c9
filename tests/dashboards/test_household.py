"""The house: only those who agreed, and only while they do."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from spotifyweb import signals
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.household.leaderboard import household_of
from spotifyweb.dashboards.household.members import handle
from spotifyweb.dashboards.models import ExclusionRule
from spotifyweb.dashboards.request import read_request
from tests.conftest import listener
from tests.dashboards.conftest import shown
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen, listens_of


@pytest.fixture
def john(db: None) -> Listener:
    return listener("john", timezone="America/St_Johns")


def join(*listeners: Listener) -> None:
    for somebody in listeners:
        browser_of(somebody).post("/house/membership/", {"do": "join"})


def test_the_board_counts_members_only(
    kavya: Listener, john: Listener, all_heard: list[CountedListen]
) -> None:
    listener("howard")
    join(kavya, john)
    board = shown(kavya, "/house/")["board"]
    assert {row["name"].lower(): row["plays"] for row in board} == {
        name: len(listens_of(all_heard, name)) for name in ("kavya", "john")
    }


def of_last_days(heard: list[CountedListen], name: str, until: date) -> int:
    """Return the plays of the seven days until then, each on its own listener's day."""
    first = until - timedelta(days=6)
    return len(listens_of(heard, name, lambda o: o.is_play and first <= o.local_date <= until))


@pytest.mark.parametrize("hour", [2, 12, 20])
def test_the_last_days_are_those_of_who_looks_and_plays_lie_in_their_listeners_days(
    kavya: Listener, john: Listener, all_heard: list[CountedListen], hour: int
) -> None:
    """At 20:00 UTC it is the next day in Kolkata, at 02:00 the day before in St. John's."""
    join(kavya, john)
    differ = 0
    for day in range(10, 16):
        now = datetime(2026, 4, day, hour, tzinfo=UTC)
        for viewer in (kavya, john):
            asked = read_request(viewer, {"range": "7d"}, now=now)
            today = now.astimezone(ZoneInfo(viewer.timezone)).date()
            assert asked.filters.period.last == asked.today == today
            board = household_of(asked.listens).leaderboard()
            shown_plays = {str(row["name"]).lower(): row["plays"] for row in board}
            names = ("kavya", "john")
            counted = {name: of_last_days(all_heard, name, today) for name in names}
            assert shown_plays == {name: plays for name, plays in counted.items() if plays}
            differ += counted != {n: of_last_days(all_heard, n, now.date()) for n in names}
    assert bool(differ) == (hour != 12)


def test_a_household_of_many_costs_no_more_queries_of_the_database(
    kavya: Listener, john: Listener, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    join(kavya)
    asked = read_request(kavya, {}, now=datetime(2026, 4, 10, tzinfo=UTC))
    with django_assert_num_queries(3):  # members, their rules, their corrections
        household_of(asked.listens)
    join(john)
    with django_assert_num_queries(3):
        assert len(household_of(asked.listens).members) == 2


def test_the_blend_is_what_both_play(
    kavya: Listener, john: Listener, all_heard: list[CountedListen]
) -> None:
    join(kavya, john)
    both = {one.track_name for one in listens_of(all_heard, "kavya")} & {
        one.track_name for one in listens_of(all_heard, "john")
    }
    blend = shown(kavya, "/house/")["blend"]
    assert blend
    assert {row["track_name"] for row in blend} <= both


def test_who_has_not_joined_sees_nothing_of_the_others(kavya: Listener, john: Listener) -> None:
    join(kavya)
    context = shown(john, "/house/")
    assert "board" not in context
    assert browser_of(john).get(f"/compare/?with={handle(kavya)}").status_code == 404


def test_leaving_takes_it_all_back(kavya: Listener, john: Listener) -> None:
    join(kavya, john)
    assert browser_of(kavya).get(f"/compare/?with={handle(john)}").status_code == 200
    browser_of(john).post("/house/membership/", {"do": "leave"})
    assert [row["name"] for row in shown(kavya, "/house/")["board"]] == ["Kavya"]
    assert browser_of(kavya).get(f"/compare/?with={handle(john)}").status_code == 404


def test_a_member_is_compared_by_their_own_numbers(
    kavya: Listener, john: Listener, all_heard: list[CountedListen]
) -> None:
    join(kavya, john)
    days = "a_from=2026-01-01&a_to=2026-12-31"
    mine, theirs = shown(kavya, f"/compare/?{days}&with={handle(john)}")["sides"]
    for side, name in ((mine, "kavya"), (theirs, "john")):
        plays = listens_of(all_heard, name, lambda one: one.is_play and one.local_date.year == 2026)
        assert side.totals.plays == len(plays)


def test_each_ones_own_rules_hold_whoever_looks(
    kavya: Listener, john: Listener, all_heard: list[CountedListen]
) -> None:
    """What John hides of his listening, Kavya cannot ask for; and her rules do not bind him."""
    join(kavya, john)
    ExclusionRule.objects.create(listener=john, kind="artist", value="Artist 3")
    ExclusionRule.objects.create(listener=kavya, kind="artist", value="Artist 4")
    left = {
        "Kavya": listens_of(
            all_heard, "kavya", lambda o: o.is_play and o.artist_name != "Artist 4"
        ),
        "John": listens_of(all_heard, "john", lambda o: o.is_play and o.artist_name != "Artist 3"),
    }
    for address in ("/house/", "/house/?rules=0"):
        board = shown(kavya, address)["board"]
        assert {row["name"]: row["plays"] for row in board} == {n: len(p) for n, p in left.items()}
    in_2026 = [one for one in left["John"] if one.local_date.year == 2026]
    days = "a_from=2026-01-01&a_to=2026-12-31"
    for more in ("", "&rules=0", "&device=Computer", "&min_ms=1&skips=1"):
        address = f"/compare/?{days}&with={handle(john)}{more}"
        theirs = shown(kavya, address)["sides"][1]
        assert theirs.totals.plays == len(in_2026)
        assert "Artist 3" not in [row["artist_name"] for row in theirs.artists]
    assert [row["name"] for row in shown(kavya, "/artist/?name=Artist+3")["house"]] == ["Kavya"]
    assert [row["name"] for row in shown(kavya, "/artist/?name=Artist+4")["house"]] == ["John"]


def test_nobodys_account_is_told_to_the_others(kavya: Listener, john: Listener) -> None:
    join(kavya, john)
    Listener.objects.filter(pk=john.pk).update(display_name="")
    browser = browser_of(kavya)
    told = browser.get("/api/v1/stats/house").json()["leaderboard"]
    assert {row["handle"] for row in told} == {handle(kavya), handle(john)}
    for address in ("/house/", "/compare/", "/api/v1/stats/house", "/api/v1/stats/compare"):
        assert "john" not in browser.get(address).content.decode().lower()


def test_two_periods(kavya: Listener, all_heard: list[CountedListen]) -> None:
    address = "/compare/?a_from=2026-03-01&a_to=2026-03-31&b_from=2026-04-01&b_to=2026-04-30"
    sides = shown(kavya, address)["sides"]
    for side, month in zip(sides, ("2026-03", "2026-04"), strict=True):
        plays = [one for one in listens_of(all_heard, "kavya") if f"{one.local_at:%Y-%m}" == month]
        assert side.totals.plays == len(plays)


def test_charlie_sees_nothing(kavya: Listener, charlie: Listener) -> None:
    join(kavya)
    join(charlie)
    html = browser_of(charlie).get("/house/").content.decode()
    assert "Kavya" not in html and "Artist" not in html


def test_an_artists_page_says_who_else_plays_it(
    kavya: Listener, john: Listener, all_heard: list[CountedListen]
) -> None:
    join(kavya)
    address = "/artist/?name=Artist+3"
    assert [row["name"] for row in shown(kavya, address)["house"]] == ["Kavya"]
    join(john)
    theirs = listens_of(all_heard, "john", lambda o: o.is_play and o.artist_name == "Artist 3")
    found = {row["name"]: row["plays"] for row in shown(kavya, address)["house"]}
    assert found["John"] == len(theirs)
    listener("theo")
    assert shown(Listener.objects.get(user_id="theo"), address)["house"] == []


def test_a_member_who_is_disallowed_is_gone_from_every_page(
    kavya: Listener, john: Listener, alice: Listener
) -> None:
    """At once, whatever was remembered, and back with all of it when they are allowed again."""
    join(kavya, john)
    browser, who = browser_of(kavya), handle(john)
    pages = ["/house/", "/compare/", "/artist/?name=Artist+3", "/api/v1/stats/house"]

    def named() -> list[bool]:
        return ["John" in browser.get(page).content.decode() for page in pages]

    def compared() -> list[int]:
        addresses = (f"/compare/?with={who}", f"/api/v1/stats/compare?with={who}")
        return [browser.get(address).status_code for address in addresses]

    assert (named(), compared()) == ([True] * 4, [200, 200])
    for action, seen, status in (("disallow", False, 404), ("allow", True, 200)):
        form = {"action": action, "_selected_action": [john.pk]}
        browser_of(alice).post("/admin/accounts/listener/", form)
        assert (named(), compared()) == ([seen] * 4, [status, status])
        mates = [row["user_id"] for row in dict(signals.collect_snapshots())["housemates"]]
        assert mates == ["kavya", "john"][: 1 + seen], "what others are recommended rests on it"
