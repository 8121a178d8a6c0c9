"""Every number that a page or the API shows, counted once more from the raw plays.

In Kolkata (half an hour), on Lord Howe (clocks move by half an hour), in St. John's, and for
somebody who moved from Berlin to Tokyo.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from spotifyweb.dashboards.models import ExclusionRule
from tests.dashboards.answers import Asking
from tests.dashboards.conftest import shown
from tests.support import reference_stats
from tests.support.reference_listens import CountedListen

Holds = Callable[[CountedListen], bool]
MARCH = "from=2026-03-01&to=2026-04-10"
FLAGS: dict[str, dict[Any, str]] = {
    "shuffle": {True: "On", False: "Off", None: "Unknown"},
    "offline": {True: "Offline", False: "Online", None: "Unknown"},
    "platform": {None: "Unknown"},
    "reason_start": {
        None: "Unknown",
        "clickrow": "Selected",
        "trackdone": "Track finished",
    },
    "reason_end": {
        None: "Unknown",
        "fwdbtn": "Skipped",
        "trackdone": "Track finished",
    },
    "device_type": {"unknown": "Unknown"},
}


FILTERS: dict[str, Holds] = {
    "": lambda one: one.content_type == "track",
    "podcasts=with": lambda _: True,
    "podcasts=only": lambda one: one.content_type != "track",
    "source=player": lambda one: one.content_type == "track" and one.source == "player",
    "device=Computer": lambda one: one.content_type == "track" and one.device == "Computer",
    "device=unknown": lambda one: one.content_type == "track" and one.device == "unknown",
    "min_ms=60000": lambda one: one.content_type == "track" and one.listened_ms >= 60_000,
    "range=2026": lambda one: one.content_type == "track" and one.local_date.year == 2026,
    f"{MARCH}&podcasts=with&device=Speaker": lambda one: (
        one.device == "Speaker" and date(2026, 3, 1) <= one.local_date <= date(2026, 4, 10)
    ),
}

UNDATED: dict[str, Holds] = {
    "range=2026": FILTERS[""],
    f"{MARCH}&podcasts=with&device=Speaker": lambda one: one.device == "Speaker",
}


def test_the_overview_under_each_filter(ask: Asking) -> None:
    for query, holds in FILTERS.items():
        listens = [one for one in ask.pieces if holds(one)]
        told, page = ask(f"overview?{query}"), shown(ask.somebody, f"/?{query}")
        assert told["totals"] == pytest.approx(reference_stats.totals(listens)), query
        assert told["unique"] == reference_stats.unique(listens), query
        undated = UNDATED.get(query, holds)  # days in a row do not end with the period
        plays = [one for one in ask.heard if undated(one) and one.is_play]
        assert told["streaks"] == reference_stats.streaks(plays, today=ask.today), query
        for name, number in told["totals"].items():
            assert getattr(page["totals"], name) == number, (query, name)
        for name, number in told["unique"].items():
            assert getattr(page["unique"], name) == number, (query, name)
        assert page["streaks"].longest == told["streaks"]["longest"]


def test_the_last_plays_under_each_filter(ask: Asking, altered: Callable[[str], None]) -> None:
    altered("delete from gold.recent_plays where recency > 30")  # as of somebody with many plays
    for query, holds in FILTERS.items():
        rows = ask(f"recent?limit=500&{query}")["results"]
        told = [(row["track_id"], began(row), row["heard_ms"]) for row in rows]
        plays = [one for one in ask.heard if holds(one) and one.is_play]
        assert sorted(told) == sorted((o.track_id, o.local_at, o.heard_ms) for o in plays), query
        ends = [row["ended_at"] for row in rows]
        assert ends == sorted(ends, reverse=True)
        assert ask(f"recent?limit=7&{query}")["results"] == rows[:7], query


def began(row: dict[str, str]) -> datetime:
    return datetime.fromisoformat(row["local_at"]).replace(tzinfo=None)


@pytest.mark.parametrize("step", ["day", "week", "month"])
def test_over_time(ask: Asking, step: str) -> None:
    listened = ask(f"over-time?step={step}")["rows"]
    names = ("plays", "skips", "begun", "heard_ms")
    found = {row["bucket"]: tuple(row[name] for name in names) for row in listened}
    assert {day: row for day, row in found.items() if row[2]} == reference_stats.over_time(
        ask.music(), step
    )
    new = {
        row["bucket"]: (row["new_tracks"], row["known_tracks"])
        for row in ask(f"discovery?step={step}")["rows"]
    }
    counted = reference_stats.discovery(ask.plays(), ask.plays(), step)
    assert {day: row for day, row in new.items() if any(row)} == counted
    devices = ask(f"devices?step={step}")
    for line in devices["devices"]:
        mine = [one for one in ask.music() if one.device == line["device_type"]]
        drawn = dict(zip(devices["buckets"], line["heard_ms"], strict=True))
        theirs = {
            day: row[3] for day, row in reference_stats.over_time(mine, step).items() if row[3]
        }
        assert {day: ms for day, ms in drawn.items() if ms} == theirs


def test_what_is_new_in_a_period_was_never_heard_before_it(ask: Asking) -> None:
    told = ask(f"discovery?step=month&{MARCH}")["rows"]
    plays = ask.plays(date(2026, 3, 1), date(2026, 4, 10))
    counted = reference_stats.discovery(plays, ask.plays(), "month")
    found = {row["bucket"]: (row["new_tracks"], row["known_tracks"]) for row in told}
    assert {day: row for day, row in found.items() if any(row)} == counted


def test_an_album_and_a_track(ask: Asking) -> None:
    [(artist, album), *_] = reference_stats.ranking(ask.music(), "albums", by="time")[0]
    [(track_id,), *_] = reference_stats.ranking(ask.music(), "tracks", by="time")[0]
    for path, kind, key in (
        (
            f"album?{urlencode({'artist': artist, 'name': album})}&step=week",
            "albums",
            (artist, album),
        ),
        (f"artist?{urlencode({'name': artist})}&step=week", "artists", (artist,)),
        (f"tracks/{quote(track_id)}?step=week", "tracks", (track_id,)),
    ):
        told = ask(path)
        listens = [one for one in ask.music() if reference_stats.KEYS[kind](one) == key]
        plays, numbers = (
            [one for one in listens if one.is_play and one.begins],
            reference_stats.totals(listens),
        )
        for name in ("plays", "skips", "begun", "heard_ms", "days", "skip_rate"):
            assert told[name] == pytest.approx(numbers[name]), (path, name)
        assert told["tracks"] == len({one.track_id for one in plays})
        days = sorted(str(one.local_date) for one in plays)
        assert (told["first_date"], told["last_date"]) == (days[0], days[-1])
        ranked = [row[0] for row in reference_stats.ranking(ask.music(), kind, by="plays")]
        assert told["place"] == ranked.index(key) + 1
        everything = reference_stats.totals(ask.music())["heard_ms"]
        assert told["share"] == pytest.approx(numbers["heard_ms"] / everything)
        history = {row["bucket"]: row["heard_ms"] for row in told["history"]["rows"]}
        theirs = {day: row[3] for day, row in reference_stats.over_time(listens, "week").items()}
        assert {day: ms for day, ms in history.items() if ms} == {
            d: m for d, m in theirs.items() if m
        }
        if kind != "tracks":
            listed = [
                ((row["track_id"],), row["plays"], row["heard_ms"]) for row in told["track_list"]
            ]
            assert listed == reference_stats.ranking(listens, "tracks", by="plays")


@pytest.mark.parametrize("kind", ["tracks", "artists", "albums"])
def test_the_recent_plays_of_an_item(ask: Asking, kind: str) -> None:
    """When, on which device, how long and by which source, as the raw plays say."""
    [key, *_] = reference_stats.ranking(ask.music(), kind, by="plays")[0]
    address = {
        "tracks": f"/tracks/{key[0]}/?",
        "artists": f"/artist/?{urlencode({'name': key[0]})}&",
        "albums": f"/album/?{urlencode({'artist': key[0], 'name': key[-1]})}&",
    }[kind]
    plays = [one for one in ask.plays() if reference_stats.KEYS[kind](one) == key]
    for query in ("", "podcasts=with", "device=Computer"):
        counted = [one for one in plays if "device" not in query or one.device == "Computer"]
        rows = shown(ask.somebody, address + query)["plays"]
        assert len(rows) == min(15, len(counted))
        newest = Counter((one.local_at, one.device, one.listened_ms) for one in counted)
        listed = [
            (row["local_at"], row["device_type"] or "unknown", row["heard_ms"] or 0) for row in rows
        ]
        assert not Counter(listed) - newest
        assert rows == sorted(rows, key=lambda row: row["ended_at"], reverse=True)
    html = ask.browser.get(address).content.decode()
    for head in ("Date", "Device", "Length", "Source"):
        assert f">{head}</th>" in html


@pytest.mark.parametrize("number", [2025, 2026])
def test_a_year(ask: Asking, number: int) -> None:
    told, page = ask(f"year/{number}"), shown(ask.somebody, f"/year/{number}/")["year"]
    first, last = date(number, 1, 1), date(number, 12, 31)
    listens, plays = ask.music(first, last), ask.plays(first, last)
    before = ask.music(date(number - 1, 1, 1), date(number - 1, 12, 31))
    assert told["totals"] == pytest.approx(reference_stats.totals(listens))
    assert told["before"] == pytest.approx(reference_stats.totals(before))
    assert told["unique"] == reference_stats.unique(listens)
    assert told["streaks"]["longest"] == reference_stats.streaks(plays, today=date.max)["longest"]
    months = {
        int(day[5:7]): row[3] for day, row in reference_stats.over_time(listens, "month").items()
    }
    assert told["months"] == [months.get(month, 0) for month in range(1, 13)]
    days = reference_stats.over_time(listens, "day")
    assert told["busiest"]["heard_ms"] == max(row[3] for row in days.values())
    hours = reference_stats.hours(listens)
    assert hours[told["favourite_hour"]] == max(hours.values())
    for kind, by in (("tracks", "plays"), ("artists", "time"), ("albums", "time")):
        rows = [(row["plays"], row["heard_ms"]) for row in told[kind]]
        assert rows == [row[1:] for row in reference_stats.ranking(listens, kind, by=by)[:5]]
    known = {one.artist_name for one in ask.plays(last=date(number - 1, 12, 31))}
    new = [one for one in listens if one.artist_name not in known]
    listed = [((r["artist_name"],), r["plays"], r["heard_ms"]) for r in told["new_artists"]]
    assert listed == reference_stats.ranking(new, "artists", by="plays")
    assert (page.totals.plays, page.months) == (told["totals"]["plays"], told["months"])
    assert page.change == told["change"]


def test_what_is_spoken(ask: Asking) -> None:
    told, page = ask("podcasts?step=month"), shown(ask.somebody, "/podcasts/")["spoken"]
    plays = [one for one in ask.spoken() if one.is_play and one.begins]
    assert plays
    assert told["totals"] == pytest.approx(reference_stats.totals(ask.spoken()))
    assert told["unique"] == reference_stats.unique(ask.spoken())
    for name, kind in (("shows", "artists"), ("episodes", "tracks")):
        rows = [(row["plays"], row["heard_ms"]) for row in told[name]]
        assert rows == [row[1:] for row in reference_stats.ranking(ask.spoken(), kind, by="time")]
        assert [row["plays"] for row in getattr(page, name)] == [row[0] for row in rows]
    drawn = {row["bucket"]: row["heard_ms"] for row in told["over_time"]["rows"]}
    theirs = {day: row[3] for day, row in reference_stats.over_time(ask.spoken(), "month").items()}
    assert {day: ms for day, ms in drawn.items() if ms} == theirs
    assert (page.totals.plays, page.totals.heard_ms) == (
        len(plays),
        reference_stats.time(ask.spoken()),
    )


@pytest.mark.parametrize("aspect", FLAGS)
def test_on_what_and_why(ask: Asking, aspect: str) -> None:
    unknown = [one for one in ask.music() if one.device == "unknown"]
    for query, listens in (("", ask.music()), ("device=unknown", unknown)):
        told = ask(f"reasons/{aspect}?{query}")["rows"]
        found = {row["said"]: (row["plays"], row["skips"], row["heard_ms"]) for row in told}
        assert found == reference_stats.totals_by_attribute(listens, aspect, FLAGS[aspect]), query
        numbers = [tuple(-number for number in row) for row in found.values()]
        assert numbers == sorted(numbers), "of equals the one heard longer comes first"


def test_two_periods(ask: Asking) -> None:
    days = "a_from=2026-03-01&a_to=2026-04-10&b_from=2025-10-01&b_to=2025-11-30"
    spans = (date(2026, 3, 1), date(2026, 4, 10)), (date(2025, 10, 1), date(2025, 11, 30))
    told = ask(f"compare?{days}")
    tops = []
    for side, span in zip(told["sides"], spans, strict=True):
        assert side["totals"] == pytest.approx(reference_stats.totals(ask.music(*span)))
        assert side["unique"] == reference_stats.unique(ask.music(*span))
        counted = reference_stats.ranking(ask.music(*span), "artists", by="plays")[:10]
        assert [(r["plays"], r["heard_ms"]) for r in side["artists"]] == [r[1:] for r in counted]
        tops.append({key[0] for key, *_ in counted})
    assert told["common"] == sorted(tops[0] & tops[1])


RULES: dict[tuple[str, str], Holds] = {
    ("track", f"{10:021}X"): lambda one: one.track_name == "Song 10",  # its rarer id
    ("artist", "artist 2"): lambda one: one.artist_name == "Artist 2",
    ("album", "Album 3"): lambda one: one.album_name == "Album 3",
    ("playlist", "spotify:playlist:1"): lambda one: one.context == "spotify:playlist:1",
    ("device", "computer"): lambda one: one.device == "Computer",
    ("device", "Unknown"): lambda one: one.device == "unknown",
    ("hours", "21-3"): lambda one: one.start_hour >= 21 or one.start_hour < 3,
}


@pytest.mark.parametrize(("kind", "value"), RULES)
def test_what_each_kind_of_rule_leaves_out(ask: Asking, kind: str, value: str) -> None:
    ExclusionRule.objects.create(listener=ask.somebody, kind=kind, value=value)
    is_out = RULES[kind, value]
    left = [one for one in ask.music() if not is_out(one)]
    assert 0 < len(left) < len(ask.music())
    assert ask("overview")["totals"] == pytest.approx(reference_stats.totals(left))
    assert ask("overview")["unique"] == reference_stats.unique(left)
    recent = ask("recent?limit=500")["results"]
    assert len(recent) == sum(one.is_play and one.begins for one in left)
    hours = [row for row in ask("clock")["hours"] if row["plays"]]
    assert sum(row["plays"] for row in hours) == sum(one.is_play and one.begins for one in left)
    assert ask("overview?rules=0")["totals"] == pytest.approx(reference_stats.totals(ask.music()))
    everything = [one for one in ask.heard if one.is_play and is_out(one)]
    assert [rule["plays"] for rule in ask("rules")["rules"]] == [len(everything)]
