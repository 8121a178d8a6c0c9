"""Names are compared folded: by Python for what is typed, by SQL for what is stored."""

from collections.abc import Iterator

import duckdb
import jinja2
import pytest

from spotifyweb.monitoring.upgrade import PROJECT
from spotifyweb.text import fold_name

NAMES = {
    "Beyoncé": "beyonce",
    "BEYONCE\u0301": "beyonce",
    "Straße": "strasse",
    "STRASSE": "strasse",
    "Motörhead": "motorhead",
    "Ночь": "ночь",
    "Ёлка": "елка",
    "Σίσυφος": "σισυφοσ",
    "ΣΊΣΥΦΟΣ": "σισυφοσ",
    "Nguyễn Ái": "nguyen ai",
    "İstanbul": "istanbul",
    "MØ": "mø",
    "Don’t": "don't",
    "Don´t": "don't",
    "Don`t": "don't",
    "Don＇t": "don't",
    "AC–DC": "ac-dc",
    "AC‐DC": "ac-dc",
    "„Zitat“": '"zitat"',
    "ＡＢＣ　１": "abc 1",
    "ﬁn": "fin",
    "Ⅷ": "viii",
    "№ 5 ™": "no 5 tm",
    "𝐌𝐨𝐨𝐧 𝟗": "moon 9",
    "E²": "e2",
    "\u00a0x ": "x",
    "ｶﾅ": "カナ",
    "かがき": "かがき",
    "がかé": "がかe",
    "가나": "가나",
    "हिन्दी": "हिन्दी",
    "ไทย": "ไทย",
    "": "",
}


@pytest.fixture(scope="module")
def engines() -> Iterator[dict[str, str]]:
    """The macro of each engine, both of which DuckDB understands."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)
    macros = environment.from_string((PROJECT / "macros" / "folding.sql").read_text()).module
    yield {
        "duckdb": macros.duckdb__folded("name"),  # type: ignore[attr-defined]
        "snowflake": macros.default__folded("name"),  # type: ignore[attr-defined]
    }


@pytest.mark.parametrize("engine", ["duckdb", "snowflake"])
def test_sql_folds_as_python_does(engines: dict[str, str], engine: str) -> None:
    names = list(NAMES)
    with duckdb.connect() as opened:
        sql = f"select {engines[engine]} from (select unnest(?::varchar[]) as name)"
        told = [row[0] for row in opened.execute(sql, [names]).fetchall()]
    assert dict(zip(names, told, strict=True)) == NAMES
    assert {name: fold_name(name) for name in names} == NAMES


def test_letters_of_the_alphabets_of_europe_fold_alike(engines: dict[str, str]) -> None:
    """Every letter of Latin, Greek and Cyrillic that has a precomposed form for typing."""
    ranges = (range(0xC0, 0x130), range(0x386, 0x3CF), range(0x400, 0x482), range(0x1EA0, 0x1EFA))
    letters = [chr(code) for each in ranges for code in each if chr(code).isalpha()]
    letters = [letter for letter in letters if len(fold_name(letter)) == 1]
    with duckdb.connect() as opened:
        for sql in engines.values():
            query = f"select {sql} from (select unnest(?::varchar[]) as name)"
            told = [row[0] for row in opened.execute(query, [letters]).fetchall()]
            assert told == [fold_name(letter) for letter in letters]
