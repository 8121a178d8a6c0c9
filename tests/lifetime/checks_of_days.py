"""Two periods side by side, devices, podcasts, and the house."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.lifetime import words
from tests.lifetime.checks import buckets, device_chart, scope_of
from tests.lifetime.checks_of_items import NAMES, amounts, name_of
from tests.lifetime.site import Opened, Site, ranked
from tests.lifetime.view import View
from tests.support import reference_stats

REASONS = {  # as the page says them
    "trackdone": "Track finished",
    "fwdbtn": "Skipped",
    "clickrow": "Selected",
    "endplay": "Another track selected",
    "logout": "App closed",
    "remote": "Another device",
    "appload": "App started",
    "unknown": "Unknown",
    None: "Unknown",
}
SHUFFLE = {True: "On", False: "Off", None: "Unknown"}
OFFLINE = {True: "Offline", False: "Online", None: "Unknown"}
ASPECTS: dict[str, dict[Any, str]] = {
    "device_type": {"unknown": "Unknown"},
    "platform": {None: "Unknown"},
    "reason_start": REASONS,
    "reason_end": REASONS,
    "shuffle": SHUFFLE,
    "offline": OFFLINE,
}


def compare(site: Site, view: View, left: Any = None, right: Any = None) -> None:
    """Two periods; by default the last thirty whole days and those before."""
    asked = {}
    for letter, span in (("a", left), ("b", right)):
        for name, day in zip(("from", "to"), span or (), strict=False):
            asked[f"{letter}_{name}"] = day.isoformat()
    opened = site.page("/compare/", view.params | asked)
    day = timedelta(days=1)
    left = left or (view.today - 30 * day, view.today - day)
    right = right or (view.today - 60 * day, view.today - 31 * day)
    sides = [view.during(*left), view.during(*right)]
    tens = [_side(opened, number, own) for number, own in enumerate(sides, start=1)]
    both = sorted(tens[0] & tens[1])
    said = [node.read() for node in opened.page.main.all("p", has="section")]
    lengths = [(span[1] - span[0]).days + 1 for span in (left, right)]
    counted = []
    if lengths[0] != lengths[1]:
        first, second = (words.plural(length, "day") for length in lengths)
        counted.append(
            f"Period A has {first}, period B {second}. "
            "Choose periods of the same length for a fair comparison."
        )
    if both:
        counted.append(f"In both top 10s: {', '.join(both)}")
    opened.same("words", said, counted)
    opened.close()


def with_somebody(site: Site, view: View, other: View, handle: str) -> None:
    """The last thirty whole days of two who are in the house."""
    opened = site.page("/compare/", {"with": handle})
    span = (view.today - timedelta(days=30), view.today - timedelta(days=1))
    tens = [_side(opened, n, own.during(*span)) for n, own in enumerate((view, other), start=1)]
    said = [node.read() for node in opened.page.main.all("p", has="section")]
    both = sorted(tens[0] & tens[1])
    opened.same("words", said, [f"In both top 10s: {', '.join(both)}"] if both else [])
    opened.close()


def _side(opened: Opened, number: int, own: View) -> set[str]:
    part = opened.page.part(f"side-{number}")
    totals, unique = own.totals(), own.unique()
    counted = {
        "listening time": words.duration(totals["heard_ms"]),
        "plays": words.number(totals["plays"]),
        "tracks": words.number(unique["tracks"]),
        "artists": words.number(unique["artists"]),
    }
    opened.facts(counted, part, what=f"side {number}")
    first, last = own.span
    [note] = part.all("span", has="card__note")
    opened.same(f"days {number}", note.read(), f"{words.day(first)} to {words.day(last)}")
    lines = [line for kind in ("artists", "tracks") for line in ranked(own, kind, moves=False)]
    opened.rows(f"side-{number}", lines)
    return {row[0][0] for row in own.ranking("artists")[:10]}


def devices(site: Site, view: View) -> None:
    """Twelve of each at most: by plays, skips and time."""
    opened = site.page("/devices/", view.params)
    opened.head(view.label())
    steps, step = buckets(view, scope_of(view))
    device_chart(opened, view, steps, step)
    for aspect, told in ASPECTS.items():
        said = reference_stats.totals_by_attribute(view.pieces, aspect, told)
        if said.keys() <= {"Unknown"}:  # a table of it would say nothing
            continue
        rows = opened.page.table(opened.page.part(f"aspect-{aspect}"))
        ordered = sorted(said.items(), key=lambda one: (*(-number for number in one[1]), one[0]))[
            :12
        ]
        counted = [
            [what, words.number(count), words.number(skips), words.duration(ms)]
            for what, (count, skips, ms) in ordered
        ]
        opened.same(aspect, rows, counted)
    opened.close()


def podcasts(site: Site, view: View) -> None:
    opened = site.page("/podcasts/", view.params)
    opened.head(dated(view).label())
    own = view.seen(podcasts="only")
    totals, unique = own.totals(), own.unique()
    if not totals["plays"]:
        opened.same(
            "nothing", opened.page.main.all("h2")[0].read(), "No podcasts or audiobooks yet"
        )
        opened.close()
        return
    opened.facts(
        {
            "listening time": words.duration(totals["heard_ms"]),
            "plays": words.number(totals["plays"]),
            "episodes and chapters": words.number(unique["tracks"]),
            "shows and authors": words.number(unique["artists"]),
        }
    )
    steps, step = buckets(view, scope_of(view))
    over = reference_stats.over_time(own.counted, step)
    time = [round(over.get(str(day), (0,) * 4)[3] / 60_000, 1) for day in steps[:-1]]
    opened.chart("listening", f"Listening time per {step}", steps, step, {"Time": time})
    shows = {"by": "time", "limit": 20, "counted": "episode"}
    opened.ranked("shows-title", own, "artists", **shows)
    opened.ranked("episodes-title", own, "tracks", by="time", limit=20)
    opened.close()


def house(site: Site, view: View) -> None:
    """Leaderboard and blend of all who live here."""
    opened = site.page("/house/", view.params)
    opened.head(f"{dated(view).label()}, everyone")
    spoken = {name: v for name, v in view.params.items() if name == "podcasts"}
    own = {
        user_id: View(
            everything=view.everything,
            user_id=user_id,
            today=view.today,
            params=dated(view).params | spoken,
            left_out=view.left_out if user_id == view.user_id else (),
        )
        for user_id in view.everything.heard
    }
    board = [(user_id, each.totals()) for user_id, each in own.items()]
    board = [one for one in board if one[1]["plays"]]
    board.sort(key=lambda one: (-one[1]["heard_ms"], one[0]))
    lines = [
        f"{place} {NAMES[user_id]} {words.duration(told['heard_ms'])} {told['plays']:,} plays"
        for place, (user_id, told) in enumerate(board, start=1)
    ]
    opened.rows("board-title", lines)
    opened.rows("blend-title", _blend(view, list(own.values())))
    opened.close()


def dated(view: View) -> View:
    """With the days of its filters and nothing else."""
    kept = {name: v for name, v in view.params.items() if name in ("range", "from", "to")}
    return replace(view, params=kept)


def _blend(view: View, everybody: list[View]) -> list[str]:
    """What several play: those that all of them play much first."""
    counts: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for one in everybody:
        for key, count, ms in one.ranking("tracks"):
            counts.setdefault(key, []).append((count, ms))
    rows = []
    for key, told in counts.items():
        if len(told) > 1:
            sums = Counter({"plays": sum(n for n, _ in told), "ms": sum(ms for _, ms in told)})
            least = min(n for n, _ in told)
            rows.append((-len(told), -least, -sums["plays"], key, sums["ms"]))
    return [amounts(name_of(view, row[3]), (row[3], -row[2], row[4])) for row in sorted(rows)[:30]]
