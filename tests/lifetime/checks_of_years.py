"""A year in review, of the listener and of a link, as a page and as a picture."""

from datetime import date
from typing import Any

from tests.lifetime import words
from tests.lifetime.checks import following, scope_of
from tests.lifetime.site import Opened, Site
from tests.lifetime.view import View, streaks
from tests.support import reference_stats


def year(site: Site, view: View, number: int) -> None:
    """Count a year in review; a link shows only its own days of it, compared with no others."""
    first, last = _days_of(view, number) if site.is_shared else _whole(number)
    own = view.during(first, last)
    opened = _open_year(site, view, number)
    totals, unique, days = own.totals(), own.unique(), own.days()
    new = [] if site.is_shared else new_artists(own, number)
    growth = None if site.is_shared else _growth(own, number)
    if scope_of(own)[0].year == number:  # of the first year all are new
        new = []
    novelty = words.plural(len(new), "new artist") if new else ""
    facts = {
        "listening time": words.line(words.hours(totals["heard_ms"]), growth),
        "plays": words.number(totals["plays"]),
        "unique tracks": words.number(unique["tracks"]),
        "artists": f"{unique['artists']:,} {novelty}".strip(),
        "longest streak": words.plural(streaks(own.played_days(), view.today)[1], "day"),
        "Days listened": words.number(totals["days"]),
    }
    longest = max(sorted(days), key=lambda day: days[day][1])
    facts["Your biggest day"] = f"{words.day(longest)} {words.duration(days[longest][1])}"
    hours = reference_stats.hours(own.counted)
    hour = min(hours, key=lambda one: (-hours[one], one))
    facts["Peak hour"] = f"{hour:02}:00–{(hour + 1) % 24:02}:00"
    if new:
        facts["Top discovery"] = f"{new[0][0][0]} {words.plural(new[0][1], 'play')}"
    opened.facts(facts)
    _months(opened, own, first, last)
    moves = not site.is_shared
    opened.ranked("year-artists", own, "artists", by="time", limit=5, moves=moves)
    opened.ranked("year-tracks", own, "tracks", limit=5, moves=moves)
    opened.ranked("year-albums", own, "albums", by="time", limit=5, moves=moves)
    [picture] = opened.page.main.all("img", has="year-picture")
    said = (
        f"{words.hours(totals['heard_ms'])} of listening, {words.plural(totals['plays'], 'play')}"
    )
    opened.same("picture", picture.attributes["alt"], f"{number} in review: {said}")
    picture.read()
    opened.same("heading", opened.page.main.all("h1")[0].read(), f"Year in review {number}")
    [head] = opened.page.main.all("div", has="page-head")
    opened.same("head", head.all("p")[-1].read(), view.label(_named_days(first, last, number)))
    if not site.is_shared:
        _years(opened, view)
    opened.close()
    card(site, own, number, len(new))


def _whole(number: int) -> tuple[date, date]:
    return date(number, 1, 1), date(number, 12, 31)


def _days_of(view: View, number: int) -> tuple[date, date]:
    """The view's own days of a year."""
    (first, last), (begin, end) = view.span, _whole(number)
    return max(first or begin, begin), min(last or end, end)


def _named_days(first: date, last: date, number: int) -> str:
    if (first, last) == _whole(number):
        return "January to December"
    return f"{words.day(first)} to {words.day(last)}"


def _open_year(site: Site, view: View, number: int) -> Opened:
    """`view` has no days of its own here, except a link's."""
    if site.is_shared:
        return site.listening("year", view)
    return site.page(f"/year/{number}/", view.params)


def _months(opened: Opened, own: View, first: date, last: date) -> None:
    months = reference_stats.over_time(own.counted, "month")
    steps = [date(first.year, month, 1) for month in range(first.month, last.month + 1)]
    time = [round(months.get(str(day), (0,) * 4)[3] / 60_000, 1) for day in steps]
    steps.append(following(steps[-1], "month"))
    opened.chart("months", "Listening time per month", steps, "month", {"Time": time})


def card(site: Site, own: View, number: int, new: int) -> None:
    """The picture holds text: its lines are compared."""
    params = {name: v for name, v in own.params.items() if name not in ("from", "to")}
    path = f"/share/{site.token}/year.svg" if site.is_shared else f"/year/{number}/card.svg"
    svg = site.get(path, {} if site.is_shared else params).text
    totals, unique = own.totals(), own.unique()
    first, last = _days_of(own, number)
    novelty = f", {new:,} new" if new else ""
    lines = [
        f"{words.hours(totals['heard_ms'])} of listening, {words.plural(totals['plays'], 'play')}<",
        f"{words.plural(unique['artists'], 'artist')}{novelty}<",
        f">{number}<",
        f">{_named_days(first, last, number)} · Spotify listening",
    ]
    site.found.same(f"{path} lines", [line for line in lines if line in svg], lines)
    months = reference_stats.over_time(own.counted, "month")
    heard = [months.get(f"{number}-{month:02}-01", (0,) * 4)[3] for month in range(1, 13)]
    bars = [f'height="{160 * ms // max(heard)}" rx="6"' for ms in heard]
    drawn = [part for part in svg.replace("<rect", "\n<rect").split("\n") if 'rx="6"' in part]
    shown = [bar for bar, part in zip(bars, drawn, strict=True) if bar in part]
    site.found.same(f"{path} bars", shown, bars)


def new_artists(own: View, number: int) -> list[tuple[Any, ...]]:
    """Those never played before, among all that is known of the listener."""
    ever = [one for one in own.everything.heard[own.user_id] if one.is_play and one.artist_name]
    first: dict[str, date] = {}
    for one in ever:
        day = first.get(one.artist_name, one.local_date)
        first[one.artist_name] = min(day, one.local_date)
    return [row for row in own.ranking("artists") if first[row[0][0]].year == number]


def _growth(own: View, number: int) -> str | None:
    whole = own.whole()
    before = whole and whole.before()
    if whole is None or before is None:
        return None
    if unknown := words.unknown_before(before.span[0], scope_of(own)[0]):
        return unknown
    grown = words.growth(whole.totals()["heard_ms"], before.totals()["heard_ms"])
    is_over = whole.span[1] == date(number, 12, 31)
    return grown and f"{grown} vs {'' if is_over else 'the same days of '}{number - 1}"


def _years(opened: Opened, view: View) -> None:
    """Compare the years to choose from."""
    scope = scope_of(view)
    years = range(scope[1].year, scope[0].year - 1, -1)
    [choice] = [nav for nav in opened.page.main.all("nav") if nav.all("a")]
    opened.same("years", choice.read(), " ".join(map(str, years)))
