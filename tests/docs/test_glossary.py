"""The glossary: each word leads to its file, by the file's name or by a name defined in it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (?P<words>[^|]+) \| [^|]+ \| (?P<files>`[^|]+`) \|$", re.M)
DEFINED = re.compile(
    r"^ *(?:async def|def|class) (\w+)|^ *(\w+)(?:: [^=\n]+)? = |^ *(\w+):(?: |$)", re.M
)
SHORTEST = 3  # letters of a beginning that counts: `auth` and `env` stand for longer words
ROWS = [
    (row["words"], re.findall(r"`([^`]+)`", row["files"]))
    for row in ROW.finditer((ROOT / "docs" / "GLOSSARY.md").read_text())
]


def parts(text: str) -> set[str]:
    """Return the words of a concept, a path or a name, in small letters."""
    return {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text)}


def is_same(word: str, other: str) -> bool:
    """Return whether two words have a stem in common: poll and poller, statistics and stats."""
    first, second = sorted((word, other), key=len)
    stem = first.removesuffix("s").removesuffix("ie").removesuffix("y")
    return len(stem) >= SHORTEST and second.startswith(stem)


def leads(concept: str, names: set[str]) -> bool:
    return any(is_same(word, name) for word in parts(concept) for name in names)


def names_in(path: Path) -> set[str]:
    found = (name for groups in DEFINED.findall(path.read_text()) for name in groups)
    return {part for name in found for part in parts(name)}


@pytest.mark.parametrize(("words", "files"), ROWS, ids=[words for words, _ in ROWS])
def test_a_word_of_the_glossary_leads_to_its_file(words: str, files: list[str]) -> None:
    for file in files:
        by_name = leads(words, parts(file.rpartition(".")[0]))
        assert by_name or leads(words, names_in(ROOT / file)), f"{file} does not say {words!r}"


def test_the_glossary_is_read() -> None:
    assert len(ROWS) > 200
    assert leads("poll", parts("nowplaying/poller"))
    assert leads("statistics", parts("dashboards/stats"))
    assert not leads("retention", parts("privacy/requests"))
