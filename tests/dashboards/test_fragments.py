"""Parts of pages that are rendered once, and constant texts that are compiled."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.template import Context, Template, engines
from django.template.base import TextNode
from django.templatetags.i18n import TranslateNode
from django.test import override_settings
from django.utils.safestring import mark_safe

ROOT = Path(__file__).resolve().parents[2]
PICTURE = '{% fragment "art" url=url initial=initial %}'


def rendered(source: str, **context: object) -> str:
    engine = engines["django"].engine  # type: ignore[attr-defined]
    return Template(source, engine=engine).render(Context(context))


def test_a_fragment_is_made_of_its_parameters_alone() -> None:
    """An outer variable of the same name as one of the fragment's is not taken for it."""
    assert "art--large" not in rendered(PICTURE, url="", initial="K", large=True)
    assert "art--large" in rendered('{% fragment "art" initial="K" large=True %}')


def test_each_set_of_parameters_has_its_own_fragment() -> None:
    first = rendered(PICTURE, url="https://i.scdn.co/image/ab67616d00001e02aa", initial="K")
    second = rendered(PICTURE, url="https://i.scdn.co/image/ab67616d00001e02bb", initial="K")
    assert first.replace("02aa", "02bb") == second
    assert first == rendered(PICTURE, url="https://i.scdn.co/image/ab67616d00001e02aa", initial="K")


def test_markup_that_was_safe_once_is_escaped_where_it_is_plain_text() -> None:
    markup = "<b>K</b>"
    assert markup in rendered(PICTURE, url="", initial=mark_safe(markup))
    assert "&lt;b&gt;K" in rendered(PICTURE, url="", initial=markup)


@pytest.mark.parametrize("source", ["{% translate 'Search' %}", '{% translate "100% music" %}'])
def test_a_constant_text_is_compiled_with_one_language(source: str) -> None:
    engine = engines["django"].engine  # type: ignore[attr-defined]
    [node] = Template(source, engine=engine).nodelist
    assert type(node) is TextNode
    assert node.s in ("Search", "100% music")


@override_settings(USE_I18N=True)
def test_with_more_languages_a_text_is_looked_up_each_time() -> None:
    engine = engines["django"].engine  # type: ignore[attr-defined]
    [node] = Template("{% translate 'Search' %}", engine=engine).nodelist
    assert isinstance(node, TranslateNode)


def test_a_text_of_a_variable_is_read_each_time() -> None:
    assert rendered("{% translate label %}", label="<Search>") == "&lt;Search&gt;"
    assert rendered("{% translate 'Search' as word %}{{ word }}") == "Search"


def test_times_for_machines_are_of_whole_seconds() -> None:
    """HTML allows three digits after a second, and Django's format `c` writes six."""
    at = datetime(2026, 11, 30, 17, 2, 11, 123456, tzinfo=UTC)
    assert rendered("{% load formatting %}{{ at|iso8601 }}", at=at) == "2026-11-30T17:02:11+00:00"
    texts = {path: path.read_text() for path in (ROOT / "templates").rglob("*.html")}
    assert [path for path, text in texts.items() if re.search("""\\|date:["']c["']""", text)] == []
