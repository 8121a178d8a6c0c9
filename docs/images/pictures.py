"""Take the pictures of the README from the running application with its sandbox.

Run `make run`, wait for its first build, then `make pictures`. It logs in as the
first listener of the sandbox, in Chromium.
"""

import os
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
SITE = os.environ.get("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
PAGES = {"overview": "/", "history": "/history/", "now": "/now/"}
SIZE = {"width": 1280, "height": 860}  # px


def log_in(page: Page) -> None:
    page.goto(f"{SITE}/login/?next=/")
    page.get_by_role("button", name="Log in with Spotify").click()
    page.locator("input[name=account_id]").first.check()
    page.locator("button[value=allow]").click()
    page.wait_for_url(f"{SITE}/")


def take_picture(page: Page, name: str, path: str) -> None:
    """Write the first screen of a page, without the bars that lie over it."""
    page.goto(f"{SITE}{path}", wait_until="networkidle")
    page.add_style_tag(content=".nowbar, .tab-bar { display: none !important }")
    page.screenshot(path=HERE / f"{name}.png")


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_context(viewport=SIZE, bypass_csp=True).new_page()
        log_in(page)
        for name, path in PAGES.items():
            take_picture(page, name, path)
        browser.close()


if __name__ == "__main__":
    main()
