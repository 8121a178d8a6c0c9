"""Links between the pages: they take the filters along."""

from django import template
from django.urls import reverse
from django.utils.http import urlencode

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
def track_url(context: template.Context, track_id: str) -> str:
    return _address(context, reverse("dashboards:track", args=[track_id]))


@register.simple_tag(takes_context=True)
def artist_url(context: template.Context, artist_name: str) -> str:
    return _address(context, reverse("dashboards:artist"), name=artist_name)


@register.simple_tag(takes_context=True)
def album_url(context: template.Context, artist_name: str, album_name: str) -> str:
    return _address(context, reverse("dashboards:album"), artist=artist_name, name=album_name)


@register.simple_tag(takes_context=True)
def page_url(context: template.Context, name: str) -> str:
    """Another page of the dashboards by the name of its address, with these filters."""
    return _address(context, reverse(f"dashboards:{name}"))


def _address(context: template.Context, path: str, **params: str) -> str:
    filters = context.get("filters")
    params |= filters.params() if filters else {}
    return f"{path}?{urlencode(params)}" if params else path
