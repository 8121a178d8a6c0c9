"""Links to the plays behind a number: those of an item, and those of a bar of a chart."""

import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.models import ShareLink
from spotifyweb.dashboards.stats.items import Item
from tests.dashboards.answers import Asking
from tests.dashboards.test_history import all_pages, counted, music, played
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen

BAR = re.compile(r'<a href="(/history/\?[^"]*from=[^"]*)">\s*([^<]+?)\s*</a>')


def plays_behind(browser: Client, address: str) -> list[tuple[object, ...]]:
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    return [*played(all_pages(browser, limit=500, **query))]


def links_of_bars(browser: Client, address: str) -> list[str]:
    html = browser.get(address).content.decode()
    return [unescape(link) for link, _ in BAR.findall(html)]


@pytest.mark.slow
@pytest.mark.parametrize("step", ["day", "week", "month"])
def test_each_bar_leads_to_its_plays(someone: Listener, ask: Asking, step: str) -> None:
    browser, heard = browser_of(someone), music(ask)
    first, last = heard[len(heard) // 4].local_date, heard[len(heard) // 2].local_date
    filters = {"from": first, "to": last, "min_ms": 30_000}
    address = f"/trends/?{urlencode({**filters, 'step': step, 'by': 'plays'})}"
    links = set(links_of_bars(browser, address))
    behind = sorted(play for link in links for play in plays_behind(browser, link))
    expected = [
        one for one in heard if first <= one.local_date <= last and one.listened_ms >= 30_000
    ]
    assert len(links) > 1 or step == "month"
    assert behind == counted(expected)


def page_of_item(item: Item) -> str:
    if item.kind == "tracks":
        return f"/tracks/{item.key[0]}/?"
    names = ("artist", "name")[-len(item.key) :]
    return f"/{item.kind.removesuffix('s')}/?{urlencode(dict(zip(names, item.key, strict=True)))}&"


def items_of(play: CountedListen) -> list[Item]:
    artist, album = play.artist_name or "", play.album_name or ""
    return [
        Item(kind="tracks", key=(play.track_id,)),
        Item(kind="artists", key=(artist,)),
        Item(kind="albums", key=(artist, album)),
    ]


def belongs(play: CountedListen, item: Item) -> bool:
    return item in items_of(play)


@pytest.mark.slow
def test_a_page_of_an_item_leads_to_all_its_plays_under_its_filters(
    someone: Listener, ask: Asking
) -> None:
    browser, heard = browser_of(someone), music(ask)
    day = heard[len(heard) // 3].local_date
    chosen = next(one for one in heard[len(heard) // 2 :] if one.album_name)
    for item in items_of(chosen):
        address = f"{page_of_item(item)}from={day}"
        html = browser.get(address).content.decode()
        [link] = re.findall(r'href="(/history/[^"]*)">All plays<', html)
        expected = [one for one in heard if belongs(one, item) and one.local_date >= day]
        assert plays_behind(browser, unescape(link)) == counted(expected), item
        history, _, ranks = html.partition('id="ranks-title"')  # each shows all plays once
        for chart in (history, ranks) if item.kind == "artists" else (history,):
            bars = {unescape(bar) for bar, _ in BAR.findall(chart)}
            behind = sorted(play for bar in bars for play in plays_behind(browser, bar))
            assert behind == counted(expected), item


def test_a_shared_chart_leads_nowhere(kavya: Listener) -> None:
    share = ShareLink.objects.create(listener=kavya, pages=["trends"], created_at=timezone.now())
    html = browser_of(kavya).get(f"/share/{share.token}/trends/").content.decode()
    assert "as a table" in html and "data-plays" not in html
    assert not BAR.search(html)


def test_nothing_that_matches_shows_a_way_out(kavya: Listener) -> None:
    browser = browser_of(kavya)
    html = browser.get("/history/?q=qqqzzz&device=Computer").content.decode()
    assert 'href="?q=qqqzzz">Clear filters' in html
    assert 'href="?device=Computer">Clear search' in html
    html = browser.get("/history/?on=1999-01-01").content.decode()
    assert "You have no plays before this date." in html
    assert "Clear filters" not in html and "Clear search" not in html
