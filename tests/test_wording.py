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
SHOWN_TO_USERS = re.compile(  # what is called with a text that a page or an answer of the API shows
    r"messages\.(success|error|info|warning)|(\w+\.)?(\w*Refused"
    r"|ValidationError|ParseError|NotFound|PermissionDenied|AuthenticationFailed|APIException"
    r"|NotReady|UnknownItem|NothingToErase|Notice|_notice|_refuse)"
)
SHOWN_KEYS = {"detail", "error"}  # of a JsonResponse
EXEMPT = {"migrations", "sandbox", "management"}  # commands are for admins, and English
SHOWN_ATTRIBUTES = {"message", "default_detail", "label", "empty_label", "error_messages"}
DROPPED = re.compile(
    r"\b(?:house|mates?|marks?|tell(?:s|ings?)?|told|said|spoke|silent|heard|sittings?|"
    r"kept apart|forget|look again|lake alone|verdicts?)\b",
    re.I,
)
MACHINERY = re.compile(
    r"\b(?:lake|warehouse|event log|dbt|bronze|silver|gold|dead letters?|rejects?)\b", re.I
)
FOR_ADMINS = re.compile(
    r"/admin|/ingestion/operations/|/status|/ingestion/(models|apps)|/(apps|models)"
)


def bare_texts(template: str) -> list[str]:
    """Return letters between tags, or in attributes that are read out, outside gettext."""
    plain = MARKUP.sub("", TRANSLATED.sub("", template))
    texts = [text.strip("\"'") for text in READ_ALOUD.findall(plain)]
    texts += TAG.sub("\n", plain).split("\n")
    return [text.strip() for text in texts if re.search(r"[A-Za-z]{2}", text)]


def messages() -> Iterator[tuple[Path, str]]:
    """Yield every msgid of templates and Python, with its file."""
    for path in TEMPLATES:
        template = path.read_text()
        texts = [double or single for double, single in MESSAGE.findall(template)]
        yield from ((path, text) for text in (*texts, *BLOCK.findall(template)))
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*.py"):
            if "migrations" not in path.parts:
                yield from ((path, text) for text in _messages_of(ast.parse(path.read_text())))


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
    texts = {text for _, text in messages()}
    assert not {text for text in texts if DROPPED.search(MARKUP.sub("", text))}
    assert len(texts) > 500, "the messages are read"


def test_no_message_to_listeners_has_words_of_the_machinery() -> None:
    shown = {text for path, text in messages() if not FOR_ADMINS.search(path.as_posix())}
    assert not {text for text in shown if MACHINERY.search(MARKUP.sub("", text))}


def untranslated(source: str) -> list[str]:
    """Return texts that reach a user outside gettext, also by a constant of their module."""
    tree = ast.parse(source)
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return [text for node in _shown(tree) for text in _literals(node, constants)]


def _shown(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the expressions whose text somebody reads."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if SHOWN_TO_USERS.fullmatch(name):
                yield from (*node.args, *(each.value for each in node.keywords))
            if name.endswith("JsonResponse"):
                yield from _values_of_keys(node.args)
            elif not name.startswith("warnings."):
                yield from (each.value for each in node.keywords if each.arg in SHOWN_ATTRIBUTES)
        elif isinstance(node, ast.ClassDef):
            fields = (each for each in node.body if isinstance(each, ast.Assign))
            yield from (
                each.value for each in fields if ast.unparse(each.targets[0]) in SHOWN_ATTRIBUTES
            )


def _values_of_keys(args: list[ast.expr]) -> Iterator[ast.AST]:
    for each in args:
        if isinstance(each, ast.Dict):
            for key, value in zip(each.keys, each.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in SHOWN_KEYS:
                    yield value


def _literals(node: ast.AST, constants: dict[str, ast.expr]) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and re.search(r"[A-Za-z] [A-Za-z]|[a-z]\.$", node.value):
            yield node.value
    elif isinstance(node, ast.Name):
        yield from _literals(constants[node.id], {}) if node.id in constants else ()
    elif not (isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in FUNCTIONS):
        for part in ast.iter_child_nodes(node):
            yield from _literals(part, constants)


@pytest.mark.parametrize("folder", SOURCES)
def test_no_sentence_for_users_is_outside_gettext(folder: str) -> None:
    paths = [path for path in (ROOT / folder).rglob("*.py") if not EXEMPT & {*path.parts}]
    found = {path.as_posix(): untranslated(path.read_text()) for path in paths}
    assert not {path: texts for path, texts in found.items() if texts}


def test_an_untranslated_sentence_is_found_wherever_it_hides() -> None:
    source = """
AWAY = "Not here."
class E(APIException):
    default_detail = "Try again."
messages.error(request, f"{count} plays were")
raise exceptions.NotFound(AWAY)
raise ImportRefused("A bad " + name, _("fine words"))
JsonResponse({"detail": "Went wrong."})
log.error("for the admin only")
messages.info(request, gettext("Good words.") % {"a": "b"})
"""
    expected = ["Try again.", " plays were", "Not here.", "A bad ", "Went wrong."]
    assert sorted(untranslated(source)) == sorted(expected)
