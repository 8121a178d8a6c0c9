"""What holds for every page: the content policy, no inline code, nothing without a login."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.models import ShareLink
from spotifyweb.dashboards.navigation import MAIN_MENU, PERSONAL_MENU, NavGroup, NavItem
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen, listens_of

PAGES = [
    "/",
    "/history/",
    "/trends/",
    "/top/",
    "/top/?kind=tracks",
    "/artist/?name=Artist+3",
    "/search/?q=a",
    "/year/2026/",
    "/devices/",
    "/habits/",
    "/podcasts/",
    "/compare/",
    "/house/",
    "/coverage/",
    "/rules/",
    "/shares/",
    "/export/",
    "/about/",
    "/merged/",
]
WITHOUT_WAREHOUSE = {"/coverage/", "/rules/", "/shares/", "/export/", "/about/"}
INLINE = re.compile(r"<script(?![^>]*(src=|application/json))|\sstyle=|\son\w+=|<style|javascript:")


@pytest.mark.parametrize("address", PAGES)
def test_no_page_has_inline_code(kavya: Listener, address: str) -> None:
    response = browser_of(kavya).get(address)
    assert response.status_code == 200
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert not INLINE.search(response.content.decode())


@pytest.mark.parametrize("address", PAGES[1:])
def test_every_page_but_the_first_needs_a_login(db: None, address: str) -> None:
    response = Client().get(address)
    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


@pytest.mark.parametrize("address", PAGES)
def test_charlie_sees_nobodys_music(kavya: Listener, charlie: Listener, address: str) -> None:
    html = browser_of(charlie).get(address).content.decode()
    assert "Song " not in html
    assert "Kavya" not in html


def test_filters_travel_between_pages(kavya: Listener) -> None:
    html = browser_of(kavya).get("/trends/?range=90d&device=Computer&by=plays").content.decode()
    assert 'href="/top/?range=90d&amp;device=Computer"' in html


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("/", "Overview"),
        ("/history/?q=a", "History"),
        ("/top/", "All charts"),
        ("/top/?kind=albums&range=90d", "Top albums"),
        ("/trends/", "Over time"),
        ("/habits/", "Habits"),
        ("/devices/", "Devices &amp; playback"),
        ("/year/2026/", "Year in review"),
        ("/recommendations/", "Discover"),
        ("/now/", "Now playing"),
        ("/rules/", "Exclusions"),
        ("/merged/", "Duplicates"),
        ("/data/", "Your data"),
        ("/settings/", "Settings"),
        ("/import/", "Import"),
    ],
)
def test_the_menus_mark_the_current_page(kavya: Listener, address: str, label: str) -> None:
    html = browser_of(kavya).get(address).content.decode()
    header = html[: html.index("</header>")]
    assert re.findall(r'aria-current="page"[^>]*>([^<]*)<', header) == [label]


def test_the_header_leads_everywhere(kavya: Listener) -> None:
    for address in ("/about/", "/settings/", "/nowhere/"):
        html = browser_of(kavya).get(address).content.decode()
        for there in ("/history/", "/top/?kind=artists", "/podcasts/", "/year/", "/now/"):
            assert f'href="{there}"' in html
        for there in ("/import/", "/data/", "/coverage/", "/merged/", "/rules/", "/house/"):
            assert f'href="{there}"' in html
        assert 'id="site-search"' in html
        assert 'action="/logout/"' in html
        assert 'href="/admin/"' not in html
        assert re.search(r"Version \d+\.\d+", html)
    kavya.is_staff = True
    kavya.save()
    assert 'href="/admin/"' in browser_of(kavya).get("/about/").content.decode()


def test_strangers_see_no_menu(db: None) -> None:
    html = Client().get("/privacy/").content.decode()
    assert 'href="/login/"' in html
    assert "site-search" not in html and "/import/" not in html


DAYS, OTHERS = "range=90d", "device=Computer&min_ms=30000&skips=1"


@pytest.mark.parametrize("address", ["/year/2026/", "/compare/", "/search/?q=song"])
def test_pages_with_days_of_their_own_take_the_filters_along(kavya: Listener, address: str) -> None:
    said = f"{DAYS}&{OTHERS}"
    browser = browser_of(kavya)
    mark = "&" if "?" in address else "?"
    html = browser.get(f"{address}{mark}{said}").content.decode()
    for there in ("/", "/trends/", "/year/", "/compare/"):
        assert f'href="{escape(f"{there}?{said}")}"' in html
    assert '<input type="hidden" name="range" value="90d">' in html  # the search form has it too
    assert 'name="from"' not in html


def test_the_year_and_its_picture_are_under_the_filters(
    kavya: Listener, all_heard: list[CountedListen]
) -> None:
    plays = listens_of(
        all_heard,
        "kavya",
        lambda one: one.is_play and one.local_date.year == 2026 and one.device == "Computer",
    )
    browser = browser_of(kavya)
    page = browser.get("/year/?range=90d&device=Computer", follow=True)
    assert page.context["year"].totals.plays == len(plays) > 0
    html = page.content.decode()
    for address in ("/year/2025/", "/year/2026/card.svg"):
        assert f'="{address}?range=90d&amp;device=Computer"' in html
    assert 'href="/shares/?range=2026&amp;page=year&amp;device=Computer"' in html
    picture = browser.get("/year/2026/card.svg?range=90d&device=Computer").content.decode()
    assert f"{len(plays):,} plays" in picture
    assert ", Computer" in picture


def cleared_address(html: str) -> str:
    [address] = re.findall(r'class="[^"]*filters__clear"\s+href="([^"]*)"', html)
    return str(address)


def test_comparing_keeps_its_days_when_a_filter_changes_and_the_filters_when_the_days_do(
    kavya: Listener,
) -> None:
    page = browser_of(kavya).get("/compare/?a_from=2026-03-01&a_to=2026-03-31&device=Computer")
    html = page.content.decode()
    for form in re.findall("<form.*?</form>", html, re.DOTALL):
        if 'method="get"' in form:
            for name in ("a_from", "a_to", "device"):
                assert f'name="{name}"' in form
    assert cleared_address(html) == "/compare/?a_from=2026-03-01&amp;a_to=2026-03-31"


def test_clearing_the_filters_stays_with_the_artist(kavya: Listener) -> None:
    html = browser_of(kavya).get("/artist/?name=Artist+3&device=Computer").content.decode()
    assert cleared_address(html) == "/artist/?name=Artist+3"


def test_a_warehouse_that_does_not_answer_says_so(
    kavya: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spotifyweb import clients
    from spotifyweb.warehouse import WarehouseError

    def broken(*_: object) -> None:
        raise WarehouseError("no such file", retry=True)

    monkeypatch.setattr(clients.warehouse(), "rows", broken)
    share = ShareLink.objects.create(listener=kavya, pages=["top"], created_at=timezone.now())
    for address in (*PAGES, f"/share/{share.token}/", "/export/listening.csv"):
        if address not in WITHOUT_WAREHOUSE:
            response = browser_of(kavya).get(address)
            assert (address, response.status_code) == (address, 503)
            assert b"temporarily unavailable" in response.content
    assert browser_of(kavya).get("/api/v1/stats/clock").status_code == 503
    for address in ("/api/v1/stats/clock", "/api/v1/merged"):
        response = browser_of(kavya).get(address)
        assert (response.status_code, response["Retry-After"]) == (503, "60")
        assert "temporarily unavailable" in response.json()["detail"]
    for address in ("/recommendations/", "/data/erase/?what=source&source=player"):
        assert browser_of(kavya).get(address).status_code == 503


@pytest.mark.parametrize("address", [*PAGES, "/api/v1/stats/clock", "/settings/", "/now/"])
def test_no_cache_on_the_way_keeps_what_is_personal(kavya: Listener, address: str) -> None:
    response = browser_of(kavya).get(address)
    assert "private" in response["Cache-Control"]
    assert "Cookie" in response["Vary"]
    assert ("Authorization" in response["Vary"]) == address.startswith("/api/")


def test_an_icon_by_its_old_name(db: None) -> None:
    response = Client().get("/favicon.ico")
    assert (response.status_code, response["Location"]) == (302, "/static/img/favicon.ico")
    assert response["Cache-Control"].startswith("public")


def test_robots_stay_out() -> None:
    assert b"Disallow: /" in Client().get("/robots.txt").content


def headings(html: str) -> tuple[str, str]:
    """The words of the title, without the site's name, and of the first heading."""
    title, *_ = re.findall(r"<title>(.*?)</title>", html, re.DOTALL)
    [heading] = re.findall(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    plain = re.sub(r"<[^>]+>", " ", heading)
    return " ".join(title.split()).removesuffix(" · Liner"), " ".join(plain.split())


def linked_pages(
    entries: tuple[NavItem | NavGroup, ...], group: str = ""
) -> Iterator[tuple[str, set[str]]]:
    """Address of each page of a menu, with its own label and that of its group."""
    for entry in entries:
        if isinstance(entry, NavGroup):
            yield from linked_pages(entry.items, str(entry.label))
        else:
            yield entry.href(""), {str(entry.label), group} - {""}


def test_titles_and_headings_are_the_words_of_the_menu(kavya: Listener) -> None:
    browser = browser_of(kavya)
    for address, labels in linked_pages((*MAIN_MENU, *PERSONAL_MENU)):
        if address == "/admin/":
            continue
        html = browser.get(address, follow=True).content.decode()
        for words in headings(html):
            assert any(label.lower() in words.lower() for label in labels), (address, words)


def test_the_welcome_page_says_what_comes_from_spotify_and_who_can_log_in(db: None) -> None:
    html = Client().get("/").content.decode()
    assert "load from Spotify" in html and 'href="/privacy/"' in html
    assert "one of several simulated listeners" in html


def test_the_welcome_page_shows_the_product_and_what_a_chat_shows_of_its_link(db: None) -> None:
    html = Client().get("/").content.decode()
    pictures = re.findall(r'<img src="(/static/img/welcome-[^"]+)"[^>]*>', html)
    assert len(pictures) == 3
    assert html.count('loading="lazy"') == 3 and html.count('width="800"') == 3
    graph = dict(re.findall(r'property="og:(\w+)"\s+content="([^"]*)"', html))
    assert graph["title"].startswith("Every play")
    assert graph["url"] == "http://testserver/"
    assert graph["image"] == "http://testserver/static/img/welcome-overview.jpg"
    assert "scdn.co" not in html


def test_a_filter_of_an_old_bookmark_is_chosen_in_its_menu(kavya: Listener) -> None:
    """With "Any device" chosen, the next change would drop it without a word."""
    html = browser_of(kavya).get("/top/?device=Fridge&source=account_data").text
    assert '<option value="Fridge" selected>Fridge</option>' in html
    assert html.count('value="account_data" selected') <= 1
    assert re.search(r'value="account_data"\s+selected', html)
