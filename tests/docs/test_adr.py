"""The index of decisions lists each one under its title."""

import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs/adr"


def test_the_index_lists_every_decision_with_its_title() -> None:
    listed = re.findall(
        r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+) \|$", (FOLDER / "README.md").read_text(), re.M
    )
    titles = [
        (path.name[:4], path.name, path.read_text().partition("\n")[0].removeprefix("# ")[5:])
        for path in sorted(FOLDER.glob("[0-9]*.md"))
    ]
    assert listed == titles
