"""The glossary: a concept has one row, its word is in the file's name, bold words are inside."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (?P<word>[^|]+) \| (?P<meaning>[^|]+) \| `(?P<file>[^`|]+)` \|$", re.M)
DEFINED = re.compile(
    r"^ *(?:async def|def|class) (\w+)|^ *(\w+)(?:: [^=\n]+)? = |^ *(\w+):(?: |$)"
    r"|macro (\w+)|^    (\w+) as ",
    re.M,
)
BOLD = re.compile(r"\*\*([^*]+)\*\*")
SHORTEST = 3  # letters of a beginning that counts: `auth` and `env` stand for longer words
TEXT = (ROOT / "docs" / "GLOSSARY.md").read_text()
ROWS = [(row["word"], row["meaning"], row["file"]) for row in ROW.finditer(TEXT)]
IDS = [f"{word}: {file}" for word, _, file in ROWS]


def parts(text: str) -> list[str]:
    """Return the words of a concept, a path or a name, in small letters."""
    return [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text)]


def is_same(word: str, other: str) -> bool:
    """Return whether two words have a stem in common: poll and poller, statistics and stats."""
    first, second = sorted((word, other), key=len)
    stems = {first, first.removesuffix("s"), re.sub("(ies?|y|e)$", "", first)}
    return any(len(stem) >= SHORTEST and second.startswith(stem) for stem in stems)


def is_in(word: str, names: list[str]) -> bool:
    return any(is_same(word, name) for name in names)


def carries(path: str, concept: str) -> bool:
    """Return whether the name of a file or folder has the noun, and its path every other word.

    What stands in parentheses tells two concepts of one word apart.
    """
    *others, noun = parts(re.sub(r"\(.*\)", "", concept))
    folders, _, name = path.rstrip("/").rpartition("/")
    if "".join([*others, noun]) in name.replace("_", ""):
        return True
    folder_words, name_words = parts(folders), parts(name.rpartition(".")[0] or name)
    return is_in(noun, name_words) and all(is_in(one, folder_words + name_words) for one in others)


def names_in(path: Path) -> list[str]:
    """Return the words of the names that a file defines, or the files of a folder."""
    files = [file for file in path.iterdir() if file.is_file()] if path.is_dir() else [path]
    found = (name for file in files for of in DEFINED.findall(file.read_text()) for name in of)
    return [*{part for name in found for part in parts(name)}] + [
        part for file in files for part in parts(file.stem)
    ]


@pytest.mark.parametrize(("word", "meaning", "file"), ROWS, ids=IDS)
def test_a_word_of_the_glossary_is_the_name_of_its_file(word: str, meaning: str, file: str) -> None:
    path = ROOT / file
    assert path.is_dir() if file.endswith("/") else path.is_file()
    assert carries(file, word), f"{file} is not named after {word!r}"
    names = names_in(path)
    bold = " ".join(BOLD.findall(meaning)).lower().split()
    missing = [one for one in bold if not is_in(one, names)]
    assert not missing, f"{file} does not define {missing}"


def test_a_word_and_a_file_have_one_row() -> None:
    counts = Counter(cell for word, _, file in ROWS for cell in (word, file))
    assert [cell for cell, rows in counts.items() if rows > 1] == []


def test_the_glossary_is_read() -> None:
    assert len(ROWS) > 160
    assert len(ROWS) == TEXT.count("\n| ") - TEXT.count("\n| word |")
    assert carries("nowplaying/poller.py", "poll")
    assert carries("spotifyweb/dashboards/stats/", "statistics")
    assert carries("spotifyweb/dashboards/sharing/links.py", "share link")
    assert not carries("spotifyweb/privacy/requests.py", "retention")
    assert not carries("nowplaying/play_detection.py", "tracked item")
