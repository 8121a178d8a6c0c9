"""The repository's own rules: names in the field's words, files and folders of a readable size."""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = (
    "spotifyweb",
    "ingestion",
    "recommendations",
    "nowplaying",
    "bench",
    "tests/support",
)
MODULES_IN_A_FOLDER = 18
LINES_IN_A_FILE = 300

DEFINITION = re.compile(r"^( *)(?:async )?(def|class) (\w+)[(:\[]", re.MULTILINE)

ING_MODULES = {
    "monitoring": "health, metrics and probes together",
    "formatting": "computing texts from values, as Babel and ICU call it",
    "nowplaying": "the app, its tables and its address have this name",
    "routing": "where Channels puts websocket routes",
    "scoring": "computing scores; a scorer is a class",
    "sharing": "the concept beside household and export; a share is a model",
    "throttling": "what Django REST framework calls limits of requests",
}
# fmt: off
PARTICIPLES = {  # those that do not end in -ed or -ing
    "begun", "bound", "broken", "brought", "built", "chosen", "drawn", "driven", "found", "frozen",
    "given", "gone", "grown", "heard", "held", "hidden", "kept", "known", "left", "lost", "made",
    "meant", "met", "paid", "said", "seen", "sent", "shown", "spent", "spoken", "stood", "taken",
    "taught", "thought", "told", "torn", "understood", "won", "written",
}
NOUNS_AND_VERBS = {  # that end in -ed or -ing all the same
    "bring", "embed", "exceed", "feed", "need", "ping", "proceed", "ranking", "recording", "ring",
    "seed", "speed", "string", "succeed", "thing",
}
LITTLE_WORDS = {  # pronouns, prepositions, adverbs
    "about", "after", "again", "ahead", "apart", "at", "everything", "everywhere", "here", "me",
    "mine", "of", "once", "one", "others", "own", "somebody", "someone", "theirs", "until", "what",
    "whatever", "whose", "with", "within", "without",
}
DROPPED = {  # words with a private meaning, or with many: the field's word stands behind
    ("door", "doors"): "backend, client",
    ("house", "houses", "housemate", "housemates", "mate", "mates"): "household, instance",
    ("mark", "marks", "marked", "marking"): "suppression, stamp, fingerprint",
    ("tell", "telling", "tellings", "told", "said"): "notify, payload, observation",
    ("verdict", "verdicts"): "feedback",
    ("home", "homes", "residence", "residences"): "time-zone period",
    ("look", "looks", "looking"): "poll, snapshot",
    ("owe", "owed", "owing", "pay", "paid"): "enqueue, relay, outbox",
    ("place", "places", "placed"): "rank, location, store",
    ("settle", "settled"): "finish, release, notify",
    ("cleanse", "cleansed", "cleansing"): "delete",
    ("depart", "arrive", "arrival", "admit", "admitted", "admission"): "disconnect, log in, allow",
    ("kept", "parted", "parting", "rejoin"): "suppressed, separated, undo",
    ("keeper", "keepers"): "restart wrapper",
    ("odd", "doomed", "wanting", "wanted"): "invalid, to delete, missing",
    ("spoken", "heard", "cure", "cures"): "podcasts, total, hint",
    ("own", "theirs", "mine", "whose"): "the noun itself",
}
# fmt: on
FIELD_WORD = {word: better for dropped, better in DROPPED.items() for word in dropped}

Broken = Counter[str]  # what breaks a rule, and how often or by how much


def sources() -> Iterator[Path]:
    for folder in SOURCES:
        yield from (p for p in (ROOT / folder).rglob("*.py") if "migrations" not in p.parts)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def definitions() -> list[tuple[str, str, bool]]:
    """Folder, name and whether it is a function of a module, of every class and function."""
    return [
        (relative(path.parent), name, not indent and kind != "class")
        for path in sources()
        for indent, kind, name in DEFINITION.findall(path.read_text())
    ]


def words(identifier: str) -> list[str]:
    return [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", identifier)]


def names_nothing(function: str) -> bool:
    """Whether a function has a bare participle, pronoun or preposition for a name."""
    word = function.lstrip("_")
    if "_" in word or word in NOUNS_AND_VERBS:
        return False
    return word in PARTICIPLES | LITTLE_WORDS or word.endswith(("ed", "ing"))


def modules_in_ing() -> Broken:
    paths = {p for path in sources() for p in (path, *path.parents) if ROOT in p.parents}
    return Counter(
        relative(p) for p in paths if p.stem.endswith("ing") and p.stem not in ING_MODULES
    )


def functions_without_noun_or_verb() -> Broken:
    return Counter(
        f"{where}: {name}" for where, name, top in definitions() if top and names_nothing(name)
    )


def definitions_in_private_words() -> Broken:
    return Counter(
        f"{where}: {name}" for where, name, _ in definitions() if FIELD_WORD.keys() & words(name)
    )


def wide_folders() -> Broken:
    modules = Counter(relative(p.parent) for p in sources() if p.name != "__init__.py")
    return Counter({f: n for f, n in modules.items() if n > MODULES_IN_A_FOLDER})


def long_files() -> Broken:
    sql = (f"dbt/{folder}/**/*.sql" for folder in ("macros", "models", "tests"))  # not dbt/target
    others = ("tests/**/*.py", *sql, "static/js/*.js", "static/css/*.css")
    paths = {*sources(), *(path for pattern in others for path in ROOT.glob(pattern))}
    lines = {relative(path): path.read_bytes().count(b"\n") for path in paths}
    return Counter({path: n for path, n in lines.items() if n > LINES_IN_A_FILE})


def named_files_that_are_missing() -> Broken:
    """Files that a document links to, or that it or the source names in backticks."""
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *sources()]
    named = [(document, file) for document in documents for file in named_files(document)]
    return Counter(
        f"{relative(document)}: {file}"
        for document, file in named
        if not any((at / file).exists() for at in (ROOT, ROOT / "spotifyweb", document.parent))
    )


def named_files(document: Path) -> Iterator[str]:
    ends = "py|sql|md|html|js|css|toml|yml|json"
    text = document.read_text()
    yield from re.findall(rf"`([\w.-]+/[\w./-]+\.(?:{ends}))`", text)
    if document.suffix == ".md":
        yield from re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text)


def readers_beyond_gold() -> Broken:
    """Pages and API that name a table of bronze or silver: they read gold only (docs/adr/0038)."""
    readers = ("spotifyweb/dashboards", "recommendations", "nowplaying", "ingestion/messages")
    paths = [path for path in sources() if relative(path).startswith(readers)]
    return Counter(
        f"{relative(path)}: {table}"
        for path in paths
        if "evaluation" not in path.parts  # it renders dbt's own models in a scratch database
        for table in re.findall(r"\b(?:bronze|silver)\.\w+", path.read_text())
    )


RULES: dict[str, Callable[[], Broken]] = {
    rule.__name__: rule
    for rule in (
        modules_in_ing,
        functions_without_noun_or_verb,
        definitions_in_private_words,
        wide_folders,
        long_files,
        named_files_that_are_missing,
        readers_beyond_gold,
    )
}


@pytest.mark.parametrize("rule", RULES)
def test_nothing_breaks_a_rule(rule: str) -> None:
    broken = RULES[rule]()
    assert not broken, f"breaks the rule (docs/adr/0032): {dict(broken)}"


def test_a_word_counts_as_a_word_and_a_noun_is_no_participle() -> None:
    assert words("_ToldHTTPPlaces_of2") == ["told", "http", "places", "of"]
    bare = ["told", "_landed", "asking", "after", "whose"]
    assert [name for name in bare if not names_nothing(name)] == []
    assert [name for name in ("feed", "recording", "told_now", "rank") if names_nothing(name)] == []


def imported_at_once(path: Path) -> set[str]:
    """Return the modules that a file imports as soon as it is imported itself."""
    names = set()
    for statement in ast.parse(path.read_text()).body:
        if isinstance(statement, ast.Import):
            names |= {alias.name for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom) and not statement.level:
            names.add(statement.module or "")
    return {name.partition(".")[0] for name in names}


def test_an_install_has_all_that_its_modules_import() -> None:
    """A developer's machine has more: numpy was there, and a fresh install did not start."""
    lock = (ROOT / "requirements.lock").read_text()
    locked = set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))
    providers = packages_distributions()
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for package in ("spotifyweb", "ingestion", "recommendations", "nowplaying")
        for path in (ROOT / package).rglob("*.py")
        for name in imported_at_once(path) & providers.keys()
        if not {re.sub(r"[-_.]+", "-", each).lower() for each in providers[name]} & locked
    }
    assert not missing
