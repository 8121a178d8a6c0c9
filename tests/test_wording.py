"""Every text of a page goes through gettext, and none of it is in words of our own."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted(
    path for path in (ROOT / "templates").rglob("*.*") if path.suffix != ".js"
)  # the service worker shows no text
SOURCES = ("spotifyweb", "ingestion", "nowplaying", "recommendations")
NAMES = {"Spotify", "UTC", "JSON", "CSV", "Parquet", "Liner"}  # which no language changes
TRANSLATED = re.compile(
    r"{%\s*(?:blocktranslate|comment).*?{%\s*end(?:blocktranslate|comment)\s*%}"
    r"|{%\s*block body_attributes.*?{%\s*endblock\s*%}",
    re.S,
)
MARKUP = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.S)
TAG = re.compile(
    r"<(script|style)\b.*?</\1>|<code.*?</code>|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.S
)
READ_ALOUD = re.compile(r"""\s(?:aria-label|title|alt|placeholder)=("[^"]*"|'[^']*')""")
MESSAGE = re.compile(r"""{%\s*translate (?:"([^"]*)"|'([^']*)')""")
BLOCK = re.compile(r"{%\s*blocktranslate.*?%}(.*?){%\s*endblocktranslate", re.S)
FUNCTIONS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
DROPPED = re.compile(
    r"\b(?:house|mates?|marks?|tell(?:s|ings?)?|told|said|spoke|silent|heard|sittings?|"
    r"kept apart|forget|look again|lake alone|verdicts?)\b",
    re.I,
)


def bare_texts(template: str) -> list[str]:
    """Return letters between tags, or in attributes that are read out, outside gettext."""
    plain = MARKUP.sub("", TRANSLATED.sub("", template))
    texts = [text.strip("\"'") for text in READ_ALOUD.findall(plain)]
    texts += TAG.sub("\n", plain).split("\n")
    return [text.strip() for text in texts if re.search(r"[A-Za-z]{2}", text)]


def messages() -> Iterator[str]:
    """Return every msgid of templates and Python."""
    for path in TEMPLATES:
        template = path.read_text()
        yield from (double or single for double, single in MESSAGE.findall(template))
        yield from BLOCK.findall(template)
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*.py"):
            if "migrations" not in path.parts:
                yield from _messages_of(ast.parse(path.read_text()))


def _messages_of(tree: ast.AST) -> Iterator[str]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in FUNCTIONS:
            texts = [each.value for each in call.args if isinstance(each, ast.Constant)]
            yield from (text for text in texts if isinstance(text, str))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_text_outside_gettext(path: Path) -> None:
    texts = [text for text in bare_texts(path.read_text()) if text not in NAMES]
    assert not [text for text in texts if not text.startswith(("http", "Bearer"))]


def test_bare_text_is_found() -> None:
    template = """<p title="Read out">Bare {{ name }}</p>{% translate "Fine" %}<code>ok</code>"""
    assert bare_texts(template) == ["Read out", "Bare"]


def test_no_message_has_words_of_our_own() -> None:
    found = {text for text in messages() if DROPPED.search(MARKUP.sub("", text))}
    assert not found
    assert len(set(messages())) > 500, "the messages are read"
