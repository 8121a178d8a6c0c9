"""Links between the pages: they take the filters along, and lead nowhere from a shared page."""

from collections.abc import Mapping

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: object) -> str:
    """This page's address with some of its parameters changed; None or "" drops one."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        params.pop(name, None)
        if value not in (None, ""):
            params[name] = str(value)
    return f"?{params.urlencode()}"


@register.simple_tag(takes_context=True)
def here(context: template.Context, params: Mapping[str, str]) -> str:
    """This page's address with these parameters and no others."""
    path = context["request"].path
    return f"{path}?{urlencode(params)}" if params else path


@register.simple_tag(takes_context=True)
def filtered(context: template.Context, path: str, **params: str) -> str:
    """An address with these filters."""
    filters = context.get("filters")
    params |= filters.params() if filters else {}
    return f"{path}?{urlencode(params)}" if params else path


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
    """Another page of the dashboards by the name of its address, with these filters."""
    return _href(context, reverse(f"dashboards:{name}"))


def _href(context: template.Context, path: str, **params: str | None) -> SafeString:
    """`href="…"`, or nothing: what lost its name has no page under it, and whoever was sent a link
    sees its pages and no others.
    """
    known = {name: value for name, value in params.items() if value}
    if context.get("share") or len(known) < len(params):
        return SafeString("")
    return format_html('href="{}"', filtered(context, path, **known))
