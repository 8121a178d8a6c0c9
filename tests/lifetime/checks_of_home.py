"""What the overview tells besides totals: the last weeks, this date, and what comes next."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.lifetime import words
from tests.lifetime.site import UNNAMED, Opened
from tests.lifetime.view import ONE_DAY, View
from tests.support import reference_stats
from tests.support.reference_listens import CountedListen

FOUR_WEEKS = timedelta(weeks=4)


def lately(opened: Opened, view: View) -> None:
    """Top items: of the chosen days, of the last four weeks where none are chosen."""
    is_recent = view.span == (None, None)
    own = view.during(view.today - FOUR_WEEKS + ONE_DAY, view.today) if is_recent else view
    counted = [*_tops(own), *(_obsession(view) if is_recent else [])]
    if not counted:
        opened.same("lately", opened.page.main.all("section", has="lately"), [])
        return
    part = opened.page.part("lately-title")
    [heading] = part.all("h2")
    opened.same("lately", heading.read(), "Last four weeks" if is_recent else "Most played")
    [tops] = part.all("ul", has="lately__tops")
    opened.same("tops", [node.read() for node in tops.all("li")], counted)
    said = [node.read() for node in part.all("p", has="lately__week")]
    opened.same("week", said, _week(view) if is_recent else [])


def _tops(own: View) -> list[str]:
    """The first of each ranking by plays."""
    artists, tracks, albums = (own.ranking(kind)[:1] for kind in ("artists", "tracks", "albums"))
    plays = words.plural
    return [
        *(f"Top artist {k[0]} {plays(n, 'play')} · {words.hours(ms)}" for k, n, ms in artists),
        *(f"Top track {_track(own, k[0], plays(n, 'play'))}" for k, n, _ in tracks),
        *(f"Top album {k[1]} {k[0]} · {plays(n, 'play')}" for k, n, _ in albums),
    ]


def _track(view: View, track_id: str, said: str) -> str:
    release = view.track(track_id)
    names = f"{release.artist} · {said}" if release.artist else said
    return words.line(release.title or UNNAMED, names)


def _obsession(view: View) -> list[str]:
    """The most plays of a track within seven days that ended in the last four weeks."""
    days: dict[str, list[date]] = {}
    for one in _plays(view):
        days.setdefault(one.track_id, []).append(one.local_date)
    since = view.today - FOUR_WEEKS + ONE_DAY
    found = []
    for track_id, dates in days.items():
        for day in {day for day in dates if since <= day <= view.today}:
            first = max(since, day - timedelta(days=6))
            found.append((-sum(first <= o <= day for o in dates), -day.toordinal(), track_id))
    if not found or min(found)[0] > -5:
        return []
    count, until_day, track_id = min(found)
    title = view.track(track_id).title or UNNAMED
    until = words.day(date.fromordinal(-until_day))
    return [f"On repeat {title} {-count:,} plays in the 7 days to {until}"]


def _week(view: View) -> list[str]:
    """This week from Monday on, beside the same days of the week before."""
    monday, week = view.today - view.today.weekday() * ONE_DAY, timedelta(days=7)
    now = view.during(monday, view.today).totals()["heard_ms"]
    then = view.during(monday - week, view.today - week).totals()["heard_ms"]
    first = min(one.local_date for one in view.everything.pieces[view.user_id])
    is_compared = then and view.today > monday and monday - week >= first
    if not now and not is_compared:
        return []
    said = f"{round(now / 60_000):,} min this week"
    if is_compared:
        grown = f"{words.growth(now, then)} vs last week up to {view.today:%A}"
        said = f"{said} {grown} ({round(then / 60_000):,} min)"
    return [said]


def rediscoveries(opened: Opened, view: View) -> None:
    """New tracks, tracks that are back, and this date in earlier years; of today only."""
    is_recent = view.span == (None, None) and not opened.site.is_shared
    late = reference_stats.recent_tracks(_plays(view) if is_recent else [], today=view.today)
    since = view.today - FOUR_WEEKS + ONE_DAY
    first = {track_id: _first_since(view, track_id, since) for track_id, *_ in late["discoveries"]}
    back = {track_id: _first_since(view, track_id, since) for track_id, *_ in late["returns"]}
    discoveries = [
        _line(view, track_id, f"{words.plural(count, 'play')} since {words.day(first[track_id])}")
        for track_id, count in late["discoveries"]
    ]
    returns = [
        _line(view, track_id, f"on {words.day(back[track_id])}, after {silent:,} days")
        for track_id, _, silent in late["returns"]
    ]
    opened.rows("discoveries-title", discoveries)
    opened.rows("returns-title", returns)
    opened.rows("anniversaries-title", _anniversaries(view) if is_recent else [])


def _first_since(view: View, track_id: str, since: date) -> date:
    return min(
        one.local_date
        for one in _plays(view)
        if one.track_id == track_id and since <= one.local_date
    )


def _anniversaries(view: View) -> list[str]:
    found = reference_stats.anniversaries(view.counted, today=view.today)
    return [
        _line(view, track_id, f"{day.year}: {words.plural(plays, 'play')}, {words.duration(ms)}")
        for day, (plays, ms, track_id) in sorted(found.items(), reverse=True)[:6]
    ]


def _line(view: View, track_id: str, note: str) -> str:
    release = view.track(track_id)
    return words.line(release.title or "–", release.artist, note)


def _plays(view: View) -> list[CountedListen]:
    return [one for one in view.counted if one.is_play and one.begins]


def milestone(view: View) -> dict[str, str]:
    """The round number that comes first at the pace of the four weeks before today."""
    days = view.days()
    if view.span != (None, None) or not any(plays for plays, _ in days.values()):
        return {}
    ways = [_way(unit, days, place, view.today) for unit, place in (("plays", 0), ("hours", 1))]
    wait, unit, goal, left = min(ways, key=lambda way: way[0])
    name = f"{goal:,} h" if unit == "hours" else f"{goal:,} plays"
    said = f"{name} {words.plural(left, unit[:-1])} to go"
    if wait <= 730:
        until = words.day(view.today + wait * ONE_DAY)
        said += f" around {until} at the pace of the last four weeks"
    return {"Next milestone": said}


def _way(
    unit: str, days: Mapping[date, Sequence[int]], place: int, today: date
) -> tuple[int, str, int, int]:
    """Days to wait, unit, the number, and how much is left of it; an hour has 3,600,000 ms."""
    size = 3_600_000 if unit == "hours" else 1
    total = Fraction(sum(told[place] for told in days.values()), size)
    step = next(10**power for power in range(2, 12) if total < 10 ** (power + 1))
    goal = next(number for number in range(step, 11 * step, step) if number > total)
    begin = today - FOUR_WEEKS
    recent = sum(told[place] for day, told in days.items() if begin <= day < today)
    pace = Fraction(recent, 28 * size) if min(days) <= begin else 0
    wait = min(_up((goal - total) / pace), 731) if pace else 731
    return wait, unit, goal, _up(goal - total)


def _up(number: Any) -> int:
    return -int(-number // 1)
