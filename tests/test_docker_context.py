"""What must never enter an image stays out of the Docker build context."""

import fnmatch
from pathlib import Path, PurePosixPath

import pytest

RULES = (Path(__file__).parents[1] / ".dockerignore").read_text().split("\n")


def is_ignored(path: str) -> bool:
    """As Docker decides: the last rule that fits the path or a folder above it."""
    parts = PurePosixPath(path)
    above = [str(each) for each in (parts, *parts.parents)][:-1]
    ignored = False
    for rule in filter(None, RULES):
        pattern = rule.removeprefix("!").removeprefix("**/")
        depths = {len(PurePosixPath(each).parts) for each in above} if "**/" in rule else {1}
        if any(_fits(each, pattern) for each in above if len(PurePosixPath(each).parts) in depths):
            ignored = not rule.startswith("!")
    return ignored


def _fits(path: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(PurePosixPath(path).name, pattern)


@pytest.mark.parametrize(
    "secret",
    [".env", ".env.production", "var/keys.env", "var/db.sqlite3", "data/keys.env", "a/b/.env"],
)
def test_secrets_and_data_stay_out(secret: str) -> None:
    assert is_ignored(secret)


@pytest.mark.parametrize("needed", ["manage.py", "spotifyweb/env.py", "dbt/models/x.sql"])
def test_what_the_image_needs_goes_in(needed: str) -> None:
    assert not is_ignored(needed)
