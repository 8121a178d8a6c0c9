"""Discover in a browser: a playlist through the sandbox's consent, links to copy, undo."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from bench.harness import published_models
from bench.harness.sandbox_client import MIRA, Sandbox
from spotifyweb import clients
from spotifyweb.sandbox.catalogue.music import catalogue
from spotifyweb.warehouse.scratch import Scratch
from tests.browser.conftest import SIZES
from tests.browser.page_checks import cut_off, listen_for_errors, minded_by_axe
from tests.recommendations import invented_plays
from tests.recommendations.invented_plays import AS_OF, track_id

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published build in which Mira of the sandbox has a history."""
    folder = tmp_path_factory.mktemp("discover")
    heard = [replace(each, user_id=MIRA) for each in invented_plays.plays("alice", sessions=60)]
    with Scratch() as scratch:
        invented_plays.load(scratch, heard)
        published_models.publish(folder, "20260301T120000Z-seen", scratch, [MIRA], as_of=AS_OF)
    return folder


@pytest.fixture
def site(build: Path, live_server: Any, settings: Any, sandbox_settings: Sandbox) -> Iterator[str]:
    """The site's address, with the build, and the sandbox, which knows the invented tracks."""
    address = live_server.url.replace("localhost", "127.0.0.1")
    settings.WAREHOUSE_URL = f"duckdb:///{build}"
    settings.SPOTIFY_REDIRECT_URI = f"{address}/callback/"
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    forms = [*directives["form-action"], sandbox_settings.url]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**directives, "form-action": forms}}
    real = list(catalogue(1).tracks)
    sandbox_settings.state.relinked = {track_id(n): real[n] for n in range(100)}
    clients.warehouse.cache_clear()
    yield address
    clients.warehouse().close()
    clients.warehouse.cache_clear()


@pytest.fixture(params=SIZES)
def page(site: str, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Discover, as Mira, who logged in through the sandbox."""
    size: Any = SIZES[request.param]
    context = chromium.new_context(viewport=size, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{site}/login/?next=/recommendations/")
    page.get_by_role("button", name="Log in with Spotify").click()
    allow(page)
    page.wait_for_url("**/recommendations/")
    yield page
    close(context)


def close(context: BrowserContext) -> None:
    context.close()


def allow(page: Page) -> None:
    page.wait_for_url("**/authorize?**")
    page.get_by_role("button", name="Allow").click()


def test_a_section_becomes_a_private_playlist(
    page: Page, sandbox_settings: Sandbox, site: str
) -> None:
    section = page.locator("[data-section=rediscovery]")
    shown = section.locator("[data-recommendation]")
    tracks = [each.get_attribute("data-recommendation") for each in shown.all()]

    section.get_by_role("button", name="Save as playlist").click()
    page.wait_for_url("**/authorize?**")
    expect(page.locator(".wishes")).to_contain_text("Change your private playlists")
    allow(page)

    page.wait_for_url("**/recommendations/#rediscovery")
    saved = re.compile(
        rf"Saved {len(tracks)} tracks? as the private playlist “Rediscover, .+ 20\d\d”."
    )
    expect(page.locator(".messages")).to_contain_text(saved)
    link = page.locator(".messages").get_by_role("link", name="Open in Spotify")
    (playlist,) = sandbox_settings.state.created
    assert link.get_attribute("href") == f"https://open.spotify.com/playlist/{playlist.playlist_id}"
    relinked = sandbox_settings.state.relinked
    assert [track.track_id for track, _ in playlist.tracks] == [relinked[str(t)] for t in tracks]
    assert not playlist.is_public

    page.reload()
    page.go_back()
    page.goto(f"{site}/recommendations/")
    assert len(sandbox_settings.state.created) == 1
    assert not minded_by_axe(page)
    assert not cut_off(page)


def test_links_are_copied_and_it_is_said(page: Page) -> None:
    link = ".playlist__links li"
    section = max(page.locator("[data-section]").all(), key=lambda each: each.locator(link).count())
    links = section.locator(link).all_text_contents()
    assert links
    section.get_by_role("button", name="Copy as links").click()
    expect(section.get_by_role("status")).to_have_text("Links copied")
    assert page.evaluate("navigator.clipboard.readText()").splitlines() == links


def test_a_hidden_track_is_brought_back_where_it_stood(page: Page) -> None:
    errors = listen_for_errors(page)
    entry = page.locator("[data-section=rediscovery] [data-recommendation]").first
    title = entry.locator(".media__title")
    entry.locator(".menu > summary").click()
    entry.get_by_role("button", name="Never show this").click()
    expect(title).to_be_hidden()
    undo = entry.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    undo.click()
    expect(title).to_be_visible()
    page.reload()
    expect(title).to_be_visible()
    assert not errors


def test_the_menu_of_a_card_adds_its_track_to_the_queue(
    page: Page, sandbox_settings: Sandbox
) -> None:
    sandbox_settings.player(MIRA, "play")
    entry = page.locator("[data-section=rediscovery] [data-recommendation]").first
    track = str(entry.get_attribute("data-recommendation"))
    menu, button = (
        entry.locator(".menu > summary"),
        entry.get_by_role("button", name="Add to queue"),
    )

    menu.focus()
    page.keyboard.press("Enter")
    expect(button).to_be_visible()
    assert not minded_by_axe(page)
    assert not cut_off(page)
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_hidden()
    expect(menu).to_be_focused()

    page.keyboard.press("Enter")
    button.click()
    page.wait_for_url("**/authorize?**")
    expect(page.locator(".wishes")).to_contain_text("Control your player")
    allow(page)

    page.wait_for_url(f"**/recommendations/#track-{track}")
    expect(status_of(page)).to_contain_text("was added to your queue.")
    expect(entry).to_be_in_viewport()
    waiting = sandbox_settings.state.players[MIRA].manual.queue
    assert [each.item_id for each in waiting] == [sandbox_settings.state.relinked[track]]


def test_a_press_leaves_the_page_where_it_is(page: Page, sandbox_settings: Sandbox) -> None:
    """The queue and a refusal, after Spotify's consent."""
    sandbox_settings.player(MIRA, "play")
    section = page.locator("[data-section=rediscovery]")
    entry, status = section.locator("[data-recommendation]").first, status_of(page)
    press_queue(entry)
    allow(page)
    expect(status).to_contain_text("was added to your queue.")

    page.evaluate("window.isSamePage = true")
    entry.scroll_into_view_if_needed()
    top = page.evaluate("scrollY")
    press_queue(entry)
    expect(entry.locator(".menu > summary")).to_be_focused()
    expect(status).to_contain_text("was added to your queue.")
    assert len(sandbox_settings.state.players[MIRA].manual.queue) == 2

    sandbox_settings.player(MIRA, "stop")
    press_queue(entry)
    expect(status).to_contain_text("No device is playing.")
    assert page.evaluate("[window.isSamePage, scrollY]") == [True, top]
    assert not minded_by_axe(page)


def test_a_hidden_track_is_shown_again_and_hidden_again(page: Page) -> None:
    entry = page.locator("[data-section=rediscovery] [data-recommendation]").first
    entry.locator(".menu > summary").click()
    entry.get_by_role("button", name="Never show this").click()
    expect(entry.get_by_role("button", name="Undo")).to_be_focused()
    page.reload()
    page.get_by_text("Hidden tracks (1)").click()
    row = page.locator("details", has_text="Hidden tracks (1)")
    row.get_by_role("button", name="Show again").click()
    expect(status_of(page)).to_have_text("Feedback removed.")
    row.get_by_role("button", name="Undo").click()
    expect(row.get_by_role("button", name="Show again")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Hidden tracks (1)")).to_be_visible()


def status_of(page: Page) -> Locator:
    return page.locator("[data-in-place-status]")


def press_queue(entry: Locator) -> None:
    entry.locator(".menu > summary").click()
    entry.get_by_role("button", name="Add to queue").click()
