"""The architecture figure is what its command draws, and no text reaches over a border."""

import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
FIGURE = ROOT / "docs/architecture/figure.py"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SPACE = 8  # pixels between a text and the border of its box

MEASURE = """
() => [...document.querySelectorAll('g[data-box]')].flatMap(box => {
  const border = box.querySelector('rect').getBBox();
  return [...box.querySelectorAll('text')].map(text => {
    const at = text.getBBox();
    return {
      text: text.textContent,
      left: at.x - border.x,
      right: border.x + border.width - at.x - at.width,
      top: at.y - border.y,
      bottom: border.y + border.height - at.y - at.height,
    };
  });
})
"""


def figures() -> dict[Path, str]:
    drawn: dict[Path, str] = runpy.run_path(str(FIGURE))["figures"]()
    return drawn


def test_the_files_are_what_the_command_draws() -> None:
    for path, text in figures().items():
        assert path.read_text() == text, "run `python docs/architecture/figure.py`"


def test_the_parts_a_newcomer_looks_for_are_drawn() -> None:
    for text in figures().values():
        for part in ("Celery", "Django REST framework", "Channels", "Database", "dbt", "Erasure"):
            assert part in text


def test_both_themes_are_shown_where_the_figure_is() -> None:
    for document in (ROOT / "README.md", ROOT / "docs/ARCHITECTURE.md"):
        shown = re.findall(r'(?:src|srcset)="([^"]+)"', document.read_text())
        files = {(document.parent / file).resolve() for file in shown}
        assert figures().keys() <= files, document


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_no_text_reaches_over_the_border_of_its_box() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        for text in figures().values():
            page.set_content(text)
            measured: list[dict[str, Any]] = page.evaluate(MEASURE)
            assert len(measured) > 40
            for entry in measured:
                assert min(entry["left"], entry["right"]) >= SPACE, entry
                assert min(entry["top"], entry["bottom"]) >= SPACE / 2, entry
        browser.close()
