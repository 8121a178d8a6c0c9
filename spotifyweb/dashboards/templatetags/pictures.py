"""Template tags for Spotify's pictures in the size that a page shows."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from spotifyweb.spotify import images

register = template.Library()


register.filter(images.is_portrait)


@register.simple_tag
def image_source(url: str, pixels: int) -> SafeString:
    """Return `src` and `srcset` of a square picture that is `pixels` wide, and its dimensions.

    Browsers then keep its place before it arrives, and load no more than they show.
    """
    return format_html(
        'src="{}" srcset="{}" width="{}" height="{}"',
        images.file_address(url, pixels),
        images.source_set(url, pixels),
        pixels,
        pixels,
    )
