"""Take the pictures of README and welcome page from the running application with its sandbox.

Run `make run`, wait for its first build, then `make pictures`. It logs in as the
first listener of the sandbox, in Chromium.
"""

import os
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
SITE = os.environ.get("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
SANDBOX = os.environ.get("SANDBOX_URL", "http://127.0.0.1:8089").rstrip("/")
PAGES = {"overview": "/", "history": "/history/", "now": "/now/"}
SIZE = {"width": 1280, "height": 860}  # px
WELCOME = HERE.parents[1] / "static" / "img"  # smaller files, as every visitor loads them
WELCOME_SCALE = 0.625  # 800 px wide


def log_in(page: Page) -> None:
    """Log in as the sandbox's first listener, whose player then plays."""
    page.goto(f"{SITE}/login/?next=/")
    page.get_by_role("button", name="Log in with Spotify").click()
    listener = page.locator("input[name=account_id]").first
    listener.check()
    press = {"account_id": listener.input_value(), "do": "play"}
    page.request.post(f"{SANDBOX}/sandbox/player", data=press)
    page.locator("button[value=allow]").click()
    page.wait_for_url(f"{SITE}/")


def open_page(page: Page, path: str) -> None:
    """Open a page without the bars that lie over its first screen."""
    page.goto(f"{SITE}{path}", wait_until="networkidle")
    if path == "/now/":
        page.locator(".now-row").first.wait_for()
    page.add_style_tag(content=".nowbar, .tab-bar { display: none !important }")


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_context(viewport=SIZE, bypass_csp=True).new_page()
        small = browser.new_context(
            viewport=SIZE, bypass_csp=True, device_scale_factor=WELCOME_SCALE
        ).new_page()
        log_in(page)
        log_in(small)
        for name, path in PAGES.items():
            open_page(page, path)
            page.screenshot(path=HERE / f"{name}.png")
            open_page(small, path)
            small.screenshot(path=WELCOME / f"welcome-{name}.jpg", type="jpeg", quality=75)
        browser.close()


if __name__ == "__main__":
    main()
