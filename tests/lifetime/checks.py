"""The pages over plays, number by number."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.lifetime import checks_of_home, words
from tests.lifetime import view as views
from tests.lifetime.site import UNNAMED, Opened, Site, short_days
from tests.lifetime.view import ONE_DAY, View
from tests.support import reference_stats
from tests.support.reference_listens import CountedListen

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def overview(site: Site, view: View) -> None:
    opened = site.listening("overview", view)
    opened.head(view.label())
    totals = view.totals()
    skips = words.percent(totals["skips"], totals["begun"])
    opened.facts(
        {
            **_lead(site, view, totals),
            **_streaks(site, view),
            **({} if site.is_shared else checks_of_home.milestone(view)),
            "Days listened": words.number(totals["days"]),
            "Skip rate": f"{skips} {words.plural(totals['skips'], 'skip')}",
            "Average per active day": words.line(
                words.duration(totals["daily_ms"]), words.plural(totals["daily_plays"], "play")
            ),
        }
    )
    if not site.is_shared:
        checks_of_home.lately(opened, view)
    checks_of_home.rediscoveries(opened, view)
    _last_days(opened, view)
    _calendar(opened, view)
    opened.rows("recent-title", [] if site.is_shared else plays(view, 20))
    opened.close()


def _lead(site: Site, view: View, totals: dict[str, Any]) -> dict[str, str]:
    """A link tells nothing of the days before those that it shows."""
    unique = view.unique()
    grown = {n: None if site.is_shared else _change(view, n) for n in ("heard_ms", "plays")}
    return {
        "listening time": words.line(words.hours(totals["heard_ms"]), grown["heard_ms"]),
        "plays": words.line(words.number(totals["plays"]), grown["plays"]),
        "unique tracks": words.number(unique["tracks"]),
        "artists": words.number(unique["artists"]),
        "albums": words.number(unique["albums"]),
    }


def _streaks(site: Site, view: View) -> dict[str, str]:
    """Of all time, whatever the days; of a link's days only."""
    own = view if site.is_shared else view.during(None, None)
    current, longest, until = views.streaks(own.played_days(), view.today)
    end = "still going" if current == longest else f"ended {words.day(until)}"
    said = f"{words.plural(longest, 'day')} {end}"
    if site.is_shared:
        return {"Longest streak": said}
    return {"Current streak": words.plural(current, "day"), "Longest streak": said}


def plays(view: View, most: int, *, of: set[str] | None = None) -> list[str]:
    """The newest plays, as lines; with `of`, those of these songs under no filter."""
    if of is None:
        return [_play(one) for one in newest(view, most, lambda _: True)]
    everything = view.seen(podcasts="with").during(None, None)
    return [_play(one) for one in newest(everything, most, lambda one: one.track_id in of)]


def newest(view: View, most: int, is_meant: Callable[[CountedListen], bool]) -> list[CountedListen]:
    """The plays under the filters that ended last; skips too where they count as plays."""
    everything = view.everything
    pairs = zip(everything.placed[view.user_id], everything.heard[view.user_id], strict=True)
    has_skips = "skips" in view.params
    found = [
        (one, heard)
        for one, heard in pairs
        if (heard.is_play or has_skips) and view.holds(heard) and is_meant(heard)
    ]
    found.sort(key=lambda pair: pair[0].event_id)
    found.sort(key=lambda pair: pair[0].ended_ms, reverse=True)
    return [heard for _, heard in found[:most]]


def _play(one: Any) -> str:
    names = " · ".join(name for name in (one.artist_name, one.album_name) if name)
    skipped = "" if one.is_play else "Skipped"
    moment = words.moment(one.local_at)
    return words.line(one.track_name or UNNAMED, names, moment, skipped, "imported")


def _change(view: View, name: str) -> str | None:
    """Growth over the days that are over; of all time over the last thirty of them."""
    is_all = view.span == (None, None)
    recent = view.during(view.today - 30 * ONE_DAY, None) if is_all else view
    now = recent.whole()
    before = now and now.before()
    if now is None or before is None:
        return None
    if unknown := words.unknown_before(before.span[0], scope_of(view)[0]):
        return unknown
    grown = words.growth(now.totals()[name], before.totals()[name])
    if grown is None:
        return None
    if is_all:
        return f"{grown} vs previous 30 days"
    first, last = before.span
    assert first
    assert last
    if (first.month, first.day, first.year) == (1, 1, last.year):
        return f"{grown} vs the same days of {first.year}"
    return f"{grown} vs previous {'day' if first == last else f'{(last - first).days + 1} days'}"


def _last_days(opened: Opened, view: View) -> None:
    """The chosen days up to ninety, else the last thirty with plays."""
    first, last = view.span
    last = last or view.today
    found = view.days()
    if first is None or (last - first).days >= 90:
        last = min(last, view.today)
        newest = max(found, default=last)
        last = newest if (last - newest).days >= 30 else last
        first = last - 29 * ONE_DAY
    steps = [first + n * ONE_DAY for n in range((last - first).days + 2)]
    some = [found.get(day, [0, 0]) for day in steps[:-1]]
    title = opened.page.part("days-title")
    note = next(node for node in title.walk() if "card__note" in node.classes)
    time, number = sum(ms for _, ms in some), sum(count for count, _ in some)
    opened.same("last days", note.read(), f"{words.hours(time)} · {words.plural(number, 'play')}")
    for node in title.all("h2"):
        node.read()
    minutes = [round(ms / 60_000, 1) for _, ms in some]
    opened.chart("days", "Listening time per day", steps, "day", {"Time": minutes})


def _calendar(opened: Opened, view: View) -> None:
    newest = opened.page.chart("days").drawn["x"][-1]
    until = datetime.fromtimestamp(newest, UTC).date()
    first = view.span[0] if opened.site.is_shared else until - timedelta(weeks=52)
    assert first
    day = first - timedelta(days=first.weekday())
    days, short = view.during(day, until).days(), short_days(opened.site)
    days = view.days() if opened.site.is_shared else days
    titles: list[list[tuple[str, str]]] = [[] for _ in range(7)]
    while day <= until:
        least = "at least " if day in short else ""
        time = words.duration(days.get(day, [0, 0])[1])
        title = f"{day:%a} {words.day(day)}: {least}{time}"
        titles[day.weekday()].append((title, f"from={day}&to={day}"))
        day += ONE_DAY
    cells = [node for node in opened.page.main.all("td") if "heat" in str(node.classes)]
    for node in cells:
        node.read()
    counted = [one for row in titles for one in row]
    if opened.site.is_shared:
        opened.same("calendar", [node.attributes["title"] for node in cells], _firsts(counted))
        return
    shown = [link.attributes for node in cells for link in node.all("a")]
    days_of = [re.search(r"from=.*", link["href"]) for link in shown]
    pairs = zip(shown, days_of, strict=True)
    opened.same("calendar", [(link["title"], at and at[0]) for link, at in pairs], counted)


def _firsts(pairs: list[tuple[str, str]]) -> list[str]:
    return [first for first, _ in pairs]


def buckets(view: View, scope: tuple[date, date], step: str = "") -> tuple[list[date], str]:
    """The first days of the steps and of the one after them: days up to 92, weeks up to 750."""
    first, last = view.span
    first, last = first or scope[0], last or max(scope[1], view.today)
    days = (last - first).days + 1
    step = step or ("day" if days <= 92 else "week" if days <= 750 else "month")
    day = date.fromisoformat(reference_stats.bucket(first, step))
    found = [day]
    while found[-1] <= last:
        found.append(following(found[-1], step))
    return found, step


def following(day: date, step: str) -> date:
    if step == "month":
        return date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return day + timedelta(days=7 if step == "week" else 1)


def scope_of(view: View) -> tuple[date, date]:
    """The days that anything of this listener's lies in."""
    days = [one.local_date for one in view.everything.pieces[view.user_id]]
    return min(days), max(days)


def trends(site: Site, view: View, **more: str) -> None:
    opened = site.listening("trends", view, **more)
    opened.head(view.label())
    steps, step = buckets(view, scope_of(view), more.get("step", ""))
    over = reference_stats.over_time(view.counted, step)
    skips = reference_stats.over_time(view.pieces, step)
    dates = [str(day) for day in steps[:-1]]
    if more.get("by") == "plays":
        title = "Plays"
        lines: dict[str, list[Any]] = {"Plays": [over.get(day, (0,) * 4)[0] for day in dates]}
    else:
        time = [over.get(day, (0,) * 4)[3] for day in dates]
        title, lines = "Listening time", {"Time": [round(ms / 60_000, 1) for ms in time]}
    opened.chart("listening", f"{title} per {step}", steps, step, lines)
    left = [share(*skips.get(day, (0,) * 4)[1:3]) for day in dates]
    title = f"Skip rate per {step}"
    opened.chart("skipping", title, steps, step, {"Skip rate": left})
    if not site.is_shared:
        _discovery(opened, view, steps, step)
    device_chart(opened, view, steps, step)
    _week(opened, view)
    for node in opened.page.main.all("h2"):
        node.read()
    opened.close()


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _discovery(opened: Opened, view: View, steps: list[date], step: str) -> None:
    everything = view.everything.heard[view.user_id]
    ever = [one for one in everything if one.is_play]
    of_view = [one for one in view.counted if one.is_play and one.begins]
    known = {one.track_id for one in ever}
    found = reference_stats.discovery([o for o in of_view if o.track_id in known], ever, step)
    pairs = [found.get(str(day), (0, 0)) for day in steps[:-1]]
    lines = {"Repeat": [known for _, known in pairs], "New": [new for new, _ in pairs]}
    opened.chart("discovery", f"New and repeat tracks per {step}", steps, step, lines)


def device_chart(opened: Opened, view: View, steps: list[date], step: str) -> None:
    time: dict[str, dict[str, int]] = {}
    for one in view.pieces:
        line = time.setdefault(one.device, {})
        day = reference_stats.bucket(one.local_date, step)
        line[day] = line.get(day, 0) + one.heard_ms
    ranked = sorted(time, key=lambda name: (-sum(time[name].values()), name))
    kept = ranked if len(ranked) <= 6 else ranked[:5]
    labels = {name: "Unknown" if name == "unknown" else name for name in kept}
    groups = {labels[name]: [name] for name in kept} | (
        {"Other": ranked[5:]} if kept != ranked else {}
    )
    dates = [str(day) for day in steps[:-1]]
    whole = [sum(line.get(day, 0) for line in time.values()) for day in dates]
    lines = {
        label: [
            share(sum(time[name].get(day, 0) for name in names), total)
            for day, total in zip(dates, whole, strict=True)
        ]
        for label, names in groups.items()
    }
    title = f"Share of listening time by device per {step}"
    opened.chart("devices", title, steps, step, lines)


def _week(opened: Opened, view: View) -> None:
    part = opened.page.part("clock-title")
    cells: dict[tuple[int, int], list[int]] = {}
    for one in view.counted:
        cell = cells.setdefault((one.local_at.weekday(), one.local_at.hour), [0, 0])
        cell[0] += one.begins and one.is_play
        cell[1] += one.heard_ms
    titles = [
        f"{WEEKDAYS[day]} {hour:02}:00–{(hour + 1) % 24:02}:00: {words.duration(ms)}, "
        + words.plural(count, "play")
        for day in range(7)
        for hour in range(24)
        for count, ms in [cells.get((day, hour), [0, 0])]
    ]
    nodes = part.all("td")
    opened.same("hours of the week", [node.attributes["title"] for node in nodes], titles)
    times = [title.split(": ")[1].rsplit(", ", 1)[0] for title in titles]
    opened.same("times of the week", [node.read() for node in nodes], times)
    for node in part.all("thead"):
        node.read()
    hours, ms = view.overlap()
    said = "Plays count in the hour in which they started. Listening time is spread over the hours "
    said += "in which it happened."
    if hours:
        count = f"Several devices played at once in {words.plural(hours, 'hour')}"
        said += f" {count}, which adds {words.duration(ms)} to {'it' if hours == 1 else 'them'}."
    [note] = part.all("p", has="card__note")
    opened.same("overlap", note.read(), said)
