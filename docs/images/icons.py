"""Draw the icons of the installed app from the logo, in Chromium: `make icons`."""

import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parents[2] / "static" / "img"
BLUE = "#1f3fd0"  # of the logo
ICONS = {  # name: pixels, part of the width that the logo takes, ground behind it
    "icon-192": (192, 1.0, "transparent"),
    "icon-512": (512, 1.0, "transparent"),
    "icon-maskable-512": (512, 0.8, BLUE),  # devices cut it to their shape
}


def draw_icon(page: Page, logo: str, *, pixels: int, part: float, ground: str) -> bytes:
    page.set_viewport_size({"width": pixels, "height": pixels})
    page.set_content(
        f"<body style='margin: 0; height: 100vh; display: grid; place-items: center;"
        f" background: {ground}'>{logo.replace('<svg', f'<svg width={part:.0%}', 1)}"
    )
    return page.screenshot(omit_background=True)


def main() -> None:
    logo = (IMAGES / "mark.svg").read_text()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page()
        for name, (pixels, part, ground) in ICONS.items():
            picture = draw_icon(page, logo, pixels=pixels, part=part, ground=ground)
            (IMAGES / f"{name}.png").write_bytes(picture)
        browser.close()


if __name__ == "__main__":
    main()
