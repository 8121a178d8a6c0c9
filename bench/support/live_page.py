"""A Chromium with one page per listener, and the moments at which their titles changed."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from playwright.sync_api import Browser, Page, sync_playwright

from bench.harness.instance import Instance

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
OBSERVE = """() => {
  window.seen = [];
  const title = document.querySelector("[data-now=title]");
  const card = document.querySelector("[data-now=card]");
  const note = () => window.seen.push([Date.now(), card.dataset.observed, title.textContent]);
  const all = { childList: true, characterData: true, subtree: true };
  new MutationObserver(note).observe(title, all);
}"""
PATIENCE_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Times in seconds of the epoch: when the page showed it, when Spotify's answer was there."""

    shown_at: float
    answered_at: float


class TitleNotShown(Exception):
    """The page did not change in time."""


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()


def open_now_page(chromium: Browser, instance: Instance, account_id: str) -> Page:
    """Log in through the sandbox, open /now/ and note every change of its title."""
    page = chromium.new_context().new_page()
    page.goto(f"{instance.url}/login/?next=/now/")
    page.get_by_role("button", name="Log in with Spotify").click()
    page.locator(f"input[name=account_id][value={account_id}]").check()
    page.locator("button[value=allow]").click()
    page.wait_for_url(f"{instance.url}/now/")
    page.evaluate(OBSERVE)
    return page


def wait_for_title(page: Page, title: str) -> Change:
    """Return when the page showed that title, since `clear_changes`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for at_ms, observed, text in page.evaluate("window.seen"):
            if text == title:
                answered_at = datetime.fromisoformat(observed).timestamp()
                return Change(shown_at=at_ms / 1000, answered_at=answered_at)
        page.wait_for_timeout(100)
    raise TitleNotShown(f"{title!r} did not show within {PATIENCE_SECONDS} s")


def clear_changes(page: Page) -> None:
    page.evaluate("window.seen = []")
