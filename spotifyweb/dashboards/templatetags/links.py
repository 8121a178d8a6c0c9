"""Template tags for links between pages, which pass filters on and are inactive on shared pages."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Protocol

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from spotifyweb.dashboards.filters import Period

register = template.Library()


class CalendarDay(Protocol):
    """A day of the calendar as it is drawn."""

    @property
    def local_date(self) -> date: ...
    @property
    def css(self) -> str: ...
    @property
    def label(self) -> str: ...


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
    filters = context.get("filters")
    params |= filters.params() if filters else {}
    return f"{path}?{urlencode(params)}" if params else path


@register.simple_tag(takes_context=True)
def plays_url(context: template.Context) -> str:
    """Return the history of this page's item under its filters but the days, to add days to.

    It ends in `?` or `&`, and is "" on a shared page.
    """
    if context.get("share"):
        return ""
    filters, item = context.get("filters"), context.get("item")
    params = (item.params() if item else {}) | (filters.undated.params() if filters else {})
    query = f"{urlencode(params)}&" if params else ""
    return f"{reverse('dashboards:history')}?{query}"


@register.simple_tag(takes_context=True)
def days_query(context: template.Context, days: Period) -> str:
    """Return the query string of those of the days that are in the page's period."""
    filters = context.get("filters")
    days = days.within(filters.period) if filters else days
    ends = {"from": days.first, "to": days.last}
    return urlencode({name: day.isoformat() for name, day in ends.items() if day})


@register.simple_tag(takes_context=True)
def day_url(context: template.Context, day: date) -> str:
    """Return the address of the history of one day, with all other filters."""
    filters = context.get("filters")
    params = filters.undated.params() if filters else {}
    return f"/history/?{urlencode(params | {'from': day.isoformat(), 'to': day.isoformat()})}"


@register.simple_tag(takes_context=True)
def undated_query(context: template.Context) -> str:
    """Return the filters but the days as the beginning of a query string: "" or `device=TV&`."""
    filters = context.get("filters")
    params = filters.undated.params() if filters else {}
    return f"{urlencode(params)}&" if params else ""


@register.simple_tag(takes_context=True)
def calendar_cells(context: template.Context, squares: Iterable[CalendarDay]) -> SafeString:
    """Return the cells of a row of the calendar, each a link to its day but on a shared page.

    In the language of templates a year of them takes four times as long.
    """
    if context.get("share"):
        cell = '<td class="{}" title="{}"></td>'
        return format_html_join("", cell, ((square.css, square.label) for square in squares))
    cell = '<td class="{}"><a href="{}from={}&amp;to={}" title="{}"></a></td>'
    history = f"{reverse('dashboards:history')}?{undated_query(context)}"
    days = ((square, square.local_date.isoformat()) for square in squares)
    return format_html_join(
        "", cell, ((square.css, history, day, day, square.label) for square, day in days)
    )


@register.simple_tag(takes_context=True)
def track_href(context: template.Context, track_id: str) -> SafeString:
    return _href(context, reverse("dashboards:track", args=[track_id]))


@register.simple_tag(takes_context=True)
def artist_href(context: template.Context, artist_name: str | None) -> SafeString:
    return _href(context, reverse("dashboards:artist"), name=artist_name)


@register.simple_tag(takes_context=True)
def album_href(
    context: template.Context, artist_name: str | None, album_name: str | None
) -> SafeString:
    return _href(context, reverse("dashboards:album"), artist=artist_name, name=album_name)


@register.simple_tag(takes_context=True)
def page_href(context: template.Context, name: str) -> SafeString:
    """Return the `href` of a page of the dashboards by its name, with the current filters."""
    return _href(context, reverse(f"dashboards:{name}"))


def _href(context: template.Context, path: str, **params: str | None) -> SafeString:
    """Return `href="…"`, or nothing on a shared page and for an item without a name."""
    known = {name: value for name, value in params.items() if value}
    if context.get("share") or len(known) < len(params):
        return SafeString("")
    return format_html('href="{}"', filtered_url(context, path, **known))
