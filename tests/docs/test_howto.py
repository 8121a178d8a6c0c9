"""The recipes: every file that they name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TO_BE_MADE = {"locale/de/LC_MESSAGES/django.po"}
NAMED = re.compile(r"`([a-z][\w-]*/[\w./-]+)`")
RECIPES = dict(
    recipe.split("\n", 1) for recipe in (ROOT / "docs" / "HOWTO.md").read_text().split("\n## ")[1:]
)


@pytest.mark.parametrize("name", RECIPES)
def test_the_files_of_a_recipe_exist(name: str) -> None:
    paths = {*NAMED.findall(RECIPES[name])} - TO_BE_MADE
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_the_recipes_are_read() -> None:
    assert len(RECIPES) >= 12
    assert sum(len(NAMED.findall(text)) for text in RECIPES.values()) > 60
