"""One listener's way through the pages, and what was found different there."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import requests

from bench.harness.processes import PATIENCE_SECONDS
from tests.lifetime import gaps, words
from tests.lifetime.gaps import Gap
from tests.lifetime.page import Node, Page
from tests.lifetime.view import View

UNNAMED = "Unknown track"
SHARES = ("skipping", "devices")  # charts in which 0 is something to draw
NUMBER = re.compile(r"\d[\d,.]*")


@dataclass(slots=True)
class Comparison:
    """Every number that was looked at, by page, and those that are not as counted."""

    numbers: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def same(self, where: str, shown: Any, counted: Any) -> None:
        self.numbers[where.split(" ")[0].split("?")[0]] += len(NUMBER.findall(str(counted)))
        if shown == counted:
            return
        if isinstance(shown, list) and isinstance(counted, list):
            pairs = zip(shown, counted, strict=False)
            first = next((n for n, (one, other) in enumerate(pairs) if one != other), None)
            place = min(len(shown), len(counted)) if first is None else first
            said = f"{len(shown)} and {len(counted)} long, from {place} on"
            shown, counted = shown[place : place + 2], counted[place : place + 2]
            self.differences.append(f"{where} ({said}):\n  shown   {shown}\n  counted {counted}")
        else:
            self.differences.append(f"{where}:\n  shown   {shown}\n  counted {counted}")


@dataclass(slots=True, kw_only=True)
class Site:
    """`gaps` are those of this listener, newest first; `token` is that of a link, for strangers."""

    url: str
    session: requests.Session
    found: Comparison
    gaps: list[Gap]
    token: str = ""

    @property
    def is_shared(self) -> bool:
        return bool(self.token)

    def listening(self, name: str, view: View, **more: str) -> "Opened":
        """A page over plays; what a link shows has its filters already."""
        if self.token:
            return self.page(f"/share/{self.token}/{name}/", more)
        return self.page("/" if name == "overview" else f"/{name}/", view.params | more)

    def get(self, path: str, params: dict[str, str] | None = None) -> requests.Response:
        query = f"?{urlencode(params)}" if params else ""
        answer = self.session.get(f"{self.url}{path}{query}", timeout=PATIENCE_SECONDS)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer

    def page(self, path: str, params: dict[str, str] | None = None) -> "Opened":
        answer = self.get(path, params)
        name = path if not params else f"{path}?{urlencode(params)}"
        return Opened(name=name, page=Page(answer.text), site=self)


@dataclass(slots=True, kw_only=True)
class Opened:
    """A page while it is compared; `close` finds the numbers that nobody counted."""

    name: str
    page: Page
    site: Site

    def same(self, what: str, shown: Any, counted: Any) -> None:
        self.site.found.same(f"{self.name} {what}", shown, counted)

    def facts(self, counted: dict[str, str], inside: Node | None = None, *, what: str = "") -> None:
        shown = self.page.facts(inside)
        for term, text in counted.items():
            self.same(what or term, shown.get(term), text)
        self.same(f"{what} terms", sorted(shown), sorted(counted))

    def rows(self, title_id: str, counted: list[str]) -> None:
        """The lines of a section; none where it is not shown."""
        try:
            part = self.page.part(title_id)
        except StopIteration:
            self.same(title_id, [], counted)
            return
        self.same(title_id, self.page.rows(part), counted)

    def head(self, counted: str) -> None:
        """The words below the heading: which days and what of them."""
        [head] = self.page.main.all("div", has="page-head")
        self.same("head", head.all("p")[-1].read(), counted)

    def ranked(self, title_id: str, view: View, kind: str, **more: Any) -> None:
        self.rows(title_id, ranked(view, kind, **more))

    def chart(
        self,
        name: str,
        title: str,
        steps: Sequence[Any],
        step: str,
        lines: dict[str, list[Any]],
        *,
        has_gaps: bool = True,
    ) -> None:
        """`steps` are the first days of each, and the first day after them."""
        values = [value for line in lines.values() for value in line]
        if not any(v is not None if name in SHARES else v for v in values):
            self.same(f"chart {name}", self.page.has_chart(name), False)
            return
        chart = self.page.chart(name)
        self.same(f"chart {name}", chart.lines, lines)
        self.same(f"title of {name}", chart.title, f"{title} as a table")
        xs = [_x(day) for day in steps[:-1]]
        self.same(f"days of chart {name}", chart.drawn["x"], xs)
        shades = [self._shade(*pair) if has_gaps else [] for pair in pairwise(steps)]
        units = {one["label"]: one["unit"] for one in chart.drawn["series"]}
        self.same(f"table of {name}", chart.table, _table(steps, step, lines, units, shades))
        short = sum(1 for shade in shades if shade)
        said = f"plays may be missing in {short} of {words.plural(len(shades), 'bar')}"
        spoken = f"{title}; {said}" if short else title
        self.same(f"words of {name}", chart.words, f"{spoken}. The table below has the numbers.")

    def _shade(self, day: Any, following: Any) -> list[str]:
        """Which gaps touch a step; why they are there, a link does not tell."""
        reasons = [gap.reason for gap in gaps.drawn(self.site.gaps) if gap.touches(day, following)]
        said = ["" if self.site.is_shared else f": {reason}" for reason in reasons]
        return list(dict.fromkeys(f"plays may be missing{why}" for why in said))

    def close(self) -> None:
        """When it was built is no number of the listener's; everything else is."""
        dated = r"As of \d+ \w+ \d{4}" + (r"\. " if self.site.is_shared else r", \d\d:\d\d")
        for node in self.page.main.all("p", has="as-of"):
            assert re.search(dated, node.read())
        self.same("what nobody counted", self.page.left(), [])


def ranked(
    view: View, kind: str, *, by: str = "plays", limit: int = 10, offset: int = 0, **more: Any
) -> list[str]:
    """The lines of a top list, by the independent count."""
    before = view.before() if more.get("moves", True) else None
    earlier = before.ranking(kind, by) if before else []
    was = {row[0]: place for place, row in enumerate(earlier, start=1)}
    lines = []
    ranking = view.ranking(kind, by)
    whole = sum(row[1 if by == "plays" else 2] for row in ranking)
    for place, (key, plays, ms) in enumerate(ranking[offset : offset + limit], start=offset + 1):
        amounts = [words.number(plays), words.duration(ms)]
        if by == "time":
            amounts = [words.duration(ms), f"{plays:,} plays"]
        name = named(view, kind, key, more.get("counted", "track"))
        part = words.percent(plays if by == "plays" else ms, whole)
        wide = f"{part} of all {amounts[1]}" if more.get("wide") else ""
        lines.append(words.line(place, name, amounts[0], _moved(was, key, place), wide))
    return lines


def named(view: View, kind: str, key: tuple[str, ...], counted: str = "track") -> str:
    if kind == "tracks":
        release = view.track(key[0])
        return words.line(release.title or UNNAMED, release.artist)
    if kind == "albums":
        return words.line(key[1], key[0])
    return words.line(key[0], words.plural(view.songs_of(key), counted))


def _moved(was: dict[tuple[str, ...], int], key: tuple[str, ...], place: int) -> str:
    if not was:
        return ""
    if key not in was:
        return "new"
    moved = was[key] - place
    return "=" if not moved else f"{'up' if moved > 0 else 'down'} {abs(moved)}"


def _table(
    steps: Sequence[Any],
    step: str,
    lines: dict[str, list[Any]],
    units: dict[str, str],
    shades: list[list[str]],
) -> list[list[str]]:
    """Newest first; what may be missing has a column where anything may."""
    rows = []
    for number, (day, shade) in enumerate(zip(steps, shades, strict=False)):
        cells = [
            _cell(values[number], units[label], is_short=bool(shade))
            for label, values in lines.items()
        ]
        rows.append([words.step(day, step), *cells, *(["; ".join(shade)] if any(shades) else [])])
    return rows[::-1]


def _cell(value: float | None, unit: str, *, is_short: bool) -> str:
    if value is None:
        return "–"
    if unit == "share":
        return words.share(value)
    if unit == "rank":
        return f"#{value:,.0f}"
    said = words.duration(value * 60_000) if unit == "minutes" else f"{value:,.0f}"
    return f"at least {said}" if is_short else said


def _x(day: Any) -> int:
    return int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp())


def short_days(site: Site) -> set[Any]:
    return gaps.short_days(gaps.drawn(site.gaps))
