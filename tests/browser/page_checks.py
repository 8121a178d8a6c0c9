"""What is wrong with a page in a browser: errors of its console, parts cut off, what axe finds."""

from typing import Any

from playwright.sync_api import Page

from tests.browser.conftest import AXE


def listen_for_errors(page: Page) -> list[str]:
    """What the console complains of; this server speaks no websockets."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda said: (
            errors.append(f"{page.url}: {said.text}")
            if said.type == "error" and "/ws/" not in said.text
            else None
        ),
    )
    return errors


def cut_off(page: Page) -> list[str]:
    """Also with the filters open."""
    wide = page.evaluate(
        "document.querySelectorAll('.filters__more').forEach((more) => (more.open = true));"
        "document.documentElement.scrollWidth - innerWidth"
    )
    return [f"{wide} px wider than the screen"] if wide > 0 else []


def squeezed(page: Page) -> list[str]:
    """Columns of a table that are out of sight, and titles that have no room."""
    tables = page.evaluate(
        "[...document.querySelectorAll('.table-wrap')].filter((table) => table.checkVisibility()"
        " && table.scrollWidth > table.clientWidth + 1).map((table) => table.textContent)"
    )
    titles = page.evaluate(
        "[...document.querySelectorAll('.media__title')].filter((title) => title.checkVisibility()"
        " && title.clientWidth < 72 && title.textContent.trim().length > 12)"
        ".map((title) => title.textContent)"
    )
    return [
        *(f"a table scrolls sideways: {text.split()[:9]}" for text in tables),
        *(f"less than 72 px for a title: {text.strip()}" for text in titles),
    ]


def minded_by_axe(page: Page, *, still: bool = True) -> list[str]:
    """Return what axe finds; a bar that stays in view would cover links in part, so it is still."""
    if still:
        page.evaluate(
            "for (const bar of document.querySelectorAll('.site-header, .nowbar, .tab-bar'))"
            " bar.style.position = 'static'"
        )
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
        ".then((result) => result.violations)"
    )
    return [
        f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:150]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
