"""Draw the architecture figure, light and dark, from `system.toml` beside this file.

Run it as `python docs/architecture/figure.py`. Boxes stand in a grid; an arrow is straight, along
the rows or the column that its boxes share.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
WIDTH, HEIGHT = 222, 74  # of a box of one row, in pixels
GAP_X, GAP_Y, MARGIN, FRAME = 46, 20, 24, 40
TITLE, TEXT, PADDING = 18, 15, 14

PALETTES = {
    "light": {
        "page": "#ffffff", "text": "#1b1f27", "soft": "#4a5162",
        "line": "#5b6478", "live": "#0b7f78",
        "outside": "#fdf0dc #8a4b00", "worker": "#e3f4ec #1c6b4a", "store": "#e8ecfd #1f3fd0",
        "web": "#f6e9fb #7a2f99",
    },
    "dark": {
        "page": "#0d1117", "text": "#f0f3f8", "soft": "#b6bfcd",
        "line": "#97a1b3", "live": "#4fd1c5",
        "outside": "#33240f #d9a253", "worker": "#10301f #4db88a", "store": "#161f47 #8c9dff",
        "web": "#2e173a #c98ae6",
    },
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Box:
    id: str
    kind: str
    at: tuple[int, int]  # column and row, from 1
    title: str
    lines: list[str]
    rows: int = 1

    @property
    def left(self) -> int:
        return MARGIN + (self.at[0] - 1) * (WIDTH + GAP_X)

    @property
    def right(self) -> int:
        return self.left + WIDTH

    @property
    def top(self) -> int:
        return row_top(self.at[1])

    @property
    def bottom(self) -> int:
        return row_top(self.at[1] + self.rows - 1) + HEIGHT


def row_top(row: int) -> int:
    """Return the upper edge of a row; the frame's row has its title above."""
    return MARGIN + (row - 1) * (HEIGHT + GAP_Y) + (FRAME if row > 6 else 0)


def svg(source: dict[str, Any], colours: dict[str, str]) -> str:
    """Return the figure in the colours of a palette."""
    boxes = {box["id"]: Box(**box) for box in source["boxes"]}
    width = max(box.right for box in boxes.values()) + MARGIN
    height = max(box.bottom for box in boxes.values()) + MARGIN + FRAME
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        "<title>The architecture of Liner</title>",
        f"<style>{style(colours)}</style>",
        *(tip(kind) for kind in ("line", "live")),
        f'<rect class="page" width="{width}" height="{height}" rx="12"/>',
        *(frame(entry, width) for entry in source["frames"]),
        *(arrow(boxes, **entry) for entry in source["arrows"]),
        *(draw_box(box) for box in boxes.values()),
        legend(source["kinds"], height - MARGIN),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def style(colours: dict[str, str]) -> str:
    fills = [
        f".{kind}{{fill:{pair.split()[0]};stroke:{pair.split()[1]};stroke-width:1.5}}"
        for kind, pair in colours.items()
        if " " in pair
    ]
    return "".join([
        "text{font-family:system-ui,-apple-system,'Segoe UI',sans-serif}",
        f"text{{fill:{colours['text']}}}",
        f".title{{font-size:{TITLE}px;font-weight:700}}",
        f".text{{font-size:{TEXT}px;fill:{colours['soft']}}}",
        f".page{{fill:{colours['page']}}}",
        f".frame{{fill:none;stroke:{colours['line']};stroke-dasharray:2 4}}",
        ".arrow{fill:none;stroke-width:2}",
        f".line{{stroke:{colours['line']}}}.live{{stroke:{colours['live']};stroke-dasharray:7 4}}",
        f".tip-line{{fill:{colours['line']}}}.tip-live{{fill:{colours['live']}}}",
        *fills,
    ])  # fmt: skip


def tip(kind: str) -> str:
    size = 'viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9"'
    return (
        f'<marker id="{kind}" {size} markerUnits="userSpaceOnUse" orient="auto">'
        f'<path class="tip-{kind}" d="M0 0 10 5 0 10z"/></marker>'
    )


def text(x: int, y: int, words: str, kind: str = "text") -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(words)}</text>'


def draw_box(box: Box) -> str:
    """Return a box with its title and lines, in the middle of its height."""
    height, line, x = box.bottom - box.top, TEXT + 6, box.left + PADDING
    first = box.top + (height - TITLE - line * len(box.lines)) // 2 + TITLE - 3
    parts = [
        f'<g data-box="{box.id}"><rect class="{box.kind}" x="{box.left}" y="{box.top}"'
        f' width="{WIDTH}" height="{height}" rx="10"/>',
        text(x, first, box.title, "title"),
        *(text(x, first + line * n + 2, words) for n, words in enumerate(box.lines, 1) if words),
        "</g>",
    ]
    return "\n".join(parts)


def arrow(boxes: dict[str, Box], **entry: Any) -> str:
    start, end = boxes[entry["from"]], boxes[entry["to"]]
    kind = "live" if entry.get("live") else "line"
    y = (max(start.top, end.top) + min(start.bottom, end.bottom)) // 2
    if start.at[0] == end.at[0]:
        path = f"M{start.left + WIDTH // 2} {start.bottom + 2}V{end.top - 3}"
    elif start.left < end.left:
        path = f"M{start.right + 2} {y}H{end.left - 3}"
    else:
        path = f"M{start.left - 2} {y}H{end.right + 3}"
    return f'<path class="arrow {kind}" marker-end="url(#{kind})" d="{path}"/>'


def frame(entry: dict[str, Any], width: int) -> str:
    first, last = entry["rows"]
    top, bottom = row_top(first) - FRAME + 4, row_top(last) + HEIGHT + 12
    border = f'x="12" y="{top}" width="{width - 24}" height="{bottom - top}" rx="12"'
    return f'<rect class="frame" {border}/>\n' + text(MARGIN, top + 24, entry["title"])


def legend(kinds: dict[str, str], y: int) -> str:
    columns = [MARGIN + n * (WIDTH + GAP_X) for n in range(len(kinds) + 1)]
    entries = [
        f'<rect class="{kind}" x="{x}" y="{y - 14}" width="20" height="16" rx="4"/>'
        + text(x + 28, y, meaning)
        for x, (kind, meaning) in zip(columns, kinds.items(), strict=False)
    ]
    live = f'<path class="arrow live" marker-end="url(#live)" d="M{columns[-1]} {y - 6}h34"/>'
    return "\n".join([*entries, live, text(columns[-1] + 42, y, "now playing")])


def figures() -> dict[Path, str]:
    """Return the text of each file that the command writes."""
    source = tomllib.loads((HERE / "system.toml").read_text())
    return {HERE / f"system-{name}.svg": svg(source, palette) for name, palette in PALETTES.items()}


if __name__ == "__main__":
    for path, drawing in figures().items():
        path.write_text(drawing)
