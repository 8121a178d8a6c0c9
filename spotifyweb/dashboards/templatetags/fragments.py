"""Template tags for parts of pages that are rendered once and used again, in each process."""

from collections.abc import Hashable
from functools import lru_cache

from django import template
from django.conf import settings
from django.template.base import Node, Parser, TextNode, Token
from django.template.loader import render_to_string
from django.templatetags import i18n
from django.utils.safestring import SafeString
from django.utils.translation import get_language

FRAGMENTS_KEPT = 2048  # pictures and links of some 1,000 tracks: about 2 MB

register = template.Library()


@register.simple_tag
def fragment(fragment_name: str, **params: Hashable) -> SafeString:
    """Return `fragments/<name>.html` made of these parameters alone, rendered once for each set.

    An `include` renders it anew for each row: covers were a fifth of a chart's page.
    """
    return _rendered_fragment(fragment_name, get_language(), **params)


@lru_cache(maxsize=FRAGMENTS_KEPT, typed=True)  # markup and plain text may look the same
def _rendered_fragment(
    fragment_name: str,
    language: str | None,  # noqa: ARG001
    **params: Hashable,
) -> SafeString:
    return render_to_string(f"fragments/{fragment_name}.html", params)


@register.tag
def translate(parser: Parser, token: Token) -> Node:
    """Compile Django's `translate` of a constant to its text while there is one language."""
    node = i18n.do_translate(parser, token)
    source = node.filter_expression
    is_constant = source.var.literal is not None and not source.filters
    if settings.USE_I18N or node.asvar or not is_constant:
        return node
    return TextNode(node.render(template.Context()))
