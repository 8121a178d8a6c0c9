"""Template tags for links between pages, which pass filters on and are inactive on shared pages."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Protocol

from django import template
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from spotifyweb.dashboards.filters import Filters, Period
from spotifyweb.warehouse import Row

HREFS_KEPT = 2048  # links of some 1,000 rows

register = template.Library()


class CalendarDay(Protocol):
    """A day of the calendar as it is drawn."""

    @property
    def local_date(self) -> date: ...
    @property
    def css(self) -> str: ...
    @property
    def label(self) -> str: ...


class Chart(Protocol):
    """A chart with its table: the days of each row, then step, values and what may be missing."""

    @property
    def shown_bands(self) -> tuple[object, ...]: ...
    def dated_table(self) -> list[tuple[Period, tuple[str, list[str], str]]]: ...


@register.simple_tag
def namesakes(rows: Iterable[Row]) -> set[object]:
    """Return the ids of tracks of a list that have the names of another: their album tells."""
    named = [row for row in rows if row.get("track_name")]
    tracks = {row.get("track_id"): (row["track_name"], row.get("artist_name")) for row in named}
    counts = Counter(tracks.values())
    return {track_id for track_id, names in tracks.items() if counts[names] > 1}


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: object) -> str:
    """Return the address of this page with some parameters changed; None or "" drops one."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        params.pop(name, None)
        if value not in (None, ""):
            params[name] = str(value)
    return f"?{params.urlencode()}"


@register.simple_tag(takes_context=True)
def page_url(context: template.Context, params: Mapping[str, str]) -> str:
    """Return the address of this page with these parameters only."""
    path = context["request"].path
    return f"{path}?{urlencode(params)}" if params else path


@register.simple_tag(takes_context=True)
def filtered_url(context: template.Context, path: str, **params: str) -> str:
    """Return an address with the current filters."""
    return _with_filters(path, context.get("filters"), params)


@register.simple_tag(takes_context=True)
def plays_url(context: template.Context) -> str:
    """Return the history of this page's item under its filters but the days, to add days to.

    It ends in `?` or `&`, and is "" on a shared page.
    """
    if context.get("share"):
        return ""
    item = context.get("item")
    params = (item.params() if item else {}) | _undated_params(context)
    query = f"{urlencode(params)}&" if params else ""
    return f"{reverse('dashboards:history')}?{query}"


@register.simple_tag(takes_context=True)
def chart_rows(context: template.Context, chart: Chart, plays: str) -> SafeString:
    """Return the rows of a chart's table; `plays` is the address of `plays_url`, "" for no links.

    In the language of templates the four charts of twelve years take six times as long.
    """
    filters, address = context.get("filters"), escape(plays)
    page, has_gaps = filters.period if filters else Period(), bool(chart.shown_bands)
    rows = []
    for days, (step, values, gaps) in chart.dated_table():
        ends = _ends(days.within(page))
        name = f'<a href="{address}{ends}">{escape(step)}</a>' if plays else escape(step)
        cells = "".join(f'<td class="number">{escape(value)}</td>' for value in values)
        last = f"<td>{escape(gaps)}</td>" if has_gaps else ""
        rows.append(f'<tr><th scope="row">{name}</th>{cells}{last}</tr>')
    return SafeString("".join(rows))


def _ends(days: Period) -> str:
    """Return the parameters of a period, for an attribute."""
    ends = {"from": days.first, "to": days.last}
    return "&amp;".join(f"{name}={day.isoformat()}" for name, day in ends.items() if day)


@register.simple_tag(takes_context=True)
def day_url(context: template.Context, day: date) -> str:
    """Return the address of the history of one day, with all other filters."""
    days = {"from": day.isoformat(), "to": day.isoformat()}
    return reverse("dashboards:history", query=_undated_params(context) | days)


def _undated_params(context: template.Context) -> dict[str, str]:
    """Return the parameters of the filters but the days."""
    filters: Filters | None = context.get("filters")
    return filters.undated.params() if filters else {}


@register.simple_tag(takes_context=True)
def calendar_cells(context: template.Context, squares: Iterable[CalendarDay]) -> SafeString:
    """Return the cells of a row of the calendar, each a link to its day but on a shared page.

    In the language of templates a year of them takes four times as long.
    """
    cell = '<td class="{css}" title="{label}"></td>'
    if not context.get("share"):
        query = urlencode(_undated_params(context))
        history = escape(f"{reverse('dashboards:history')}?{query}{'&' if query else ''}")
        address = f"{history}from={{day}}&amp;to={{day}}"
        cell = f'<td class="{{css}}"><a href="{address}" title="{{label}}"></a></td>'
    cells = (
        cell.format(css=square.css, day=square.local_date, label=escape(square.label))
        for square in squares
    )
    return SafeString("".join(cells))


@register.simple_tag(takes_context=True)
def track_href(context: template.Context, track_id: str | None) -> SafeString:
    return _href(context, "track", track_id)


@register.simple_tag(takes_context=True)
def artist_href(context: template.Context, artist_name: str | None) -> SafeString:
    return _href(context, "artist", name=artist_name)


@register.simple_tag(takes_context=True)
def album_href(
    context: template.Context, artist_name: str | None, album_name: str | None
) -> SafeString:
    return _href(context, "album", artist=artist_name, name=album_name)


def _href(
    context: template.Context, page: str, *args: str | None, **params: str | None
) -> SafeString:
    """Return `href="…"`, or nothing on a shared page and for an item without a name."""
    if context.get("share") or not all((*args, *params.values())):
        return SafeString("")
    return _filtered_href(context.get("filters"), page, *args, **params)


@lru_cache(maxsize=HREFS_KEPT)
def _filtered_href(
    filters: Filters | None, page: str, *args: str | None, **params: str | None
) -> SafeString:
    path = reverse(f"dashboards:{page}", args=args)
    return format_html('href="{}"', _with_filters(path, filters, params))


def _with_filters(path: str, filters: Filters | None, params: Mapping[str, str | None]) -> str:
    own = {name: value for name, value in params.items() if value}
    query = urlencode(own | (filters.params() if filters else {}))
    return f"{path}?{query}" if query else path
