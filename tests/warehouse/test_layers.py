"""Readers of the warehouse name gold: silver and bronze may change without them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("spotifyweb", "ingestion", "recommendations", "nowplaying")
TABLE = re.compile(r"\b(?:silver|bronze)\.\w+|\bsilver_\w+")
READERS_BELOW_GOLD = {
    "ingestion/management/commands/dbt.py": "names a model in its help",
    "ingestion/pipeline/acceptance.py": "compares tables of all layers on an account",
    "ingestion/operations/quality.py": "names the model of rejected listens in a hint",
    "recommendations/evaluation": "builds the models from listening of its own, without dbt",
    "spotifyweb/monitoring/reconciliation.py": "compares the counts of all layers",
    "spotifyweb/privacy/preview.py": "counts what an erasure deletes, in every layer",
}


def test_only_listed_code_names_tables_below_gold() -> None:
    below = {path for path in _sources() if any(map(TABLE.search, _strings(path)))}
    allowed = {p for p in below if any(p.startswith(place) for place in READERS_BELOW_GOLD)}
    assert below - allowed == set()
    unused = [p for p in READERS_BELOW_GOLD if not any(path.startswith(p) for path in allowed)]
    assert unused == []


def test_a_table_is_seen_in_a_statement_and_not_in_a_docstring() -> None:
    assert TABLE.search("select 1 from silver.silver_plays")
    assert not TABLE.search("bronze/plays/year=2026")
    code = '"""Of `silver_plays`."""\nSQL = f"from {x} join bronze.plays"\n'
    assert [text for text in _constants(ast.parse(code)) if TABLE.search(text)] == [
        " join bronze.plays"
    ]


def _sources() -> Iterator[str]:
    for package in PRODUCT:
        for path in (ROOT / package).rglob("*.py"):
            yield path.relative_to(ROOT).as_posix()


def _strings(path: str) -> list[str]:
    return list(_constants(ast.parse((ROOT / path).read_text())))


def _constants(tree: ast.Module) -> Iterator[str]:
    """Yield the text of every literal that is not a docstring."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    yield from (
        node.value
        for node in constants
        if isinstance(node.value, str) and id(node) not in docstrings
    )
