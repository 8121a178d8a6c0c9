"""Artists have faces wherever they are listed, in the size that is shown."""

import re
from collections.abc import Callable
from hashlib import md5

import pytest
from django.test import Client

from tests.dashboards.answers import Asking

SMALL, LARGE = "ab6761610000f178", "ab67616100005174"  # 160 and 320 pixels
FACES = f"""
    update gold.user_artists
    set image_url = 'https://i.scdn.co/image/{LARGE}' || substr(md5(artist_name), 1, 24)
"""
PAGES = (
    "/top/?kind=artists",
    "/top/?kind=artists&device=Smartphone",
    "/search/?q=a",
)


def face(artist_name: str, code: str = SMALL) -> str:
    digest = md5(artist_name.encode(), usedforsecurity=False).hexdigest()[:24]
    return f"https://i.scdn.co/image/{code}{digest}"


def rows(page: str) -> list[str]:
    return re.findall(r"<li class=\"row.*?</li>", page, re.DOTALL)


@pytest.mark.parametrize("address", PAGES)
def test_each_artist_of_a_list_has_their_face(
    altered: Callable[[str], None], ask: Asking, address: str
) -> None:
    altered(FACES)
    listed = 0
    for row in rows(read(ask.browser, address)):
        titles = re.findall(r'title="([^"]*)"\s+href="/artist/', row)
        if titles:
            listed += 1
            assert f'src="{face(titles[0])}"' in row
            assert "art--round" in row
            assert 'width="48" height="48"' in row
            assert 'loading="lazy"' in row
    assert listed


def test_the_page_of_an_artist_shows_the_face_in_full(
    altered: Callable[[str], None], ask: Asking
) -> None:
    altered(FACES)
    name = ask.plays()[0].artist_name
    page = read(ask.browser, "/artist/", name=name)
    assert f'src="{face(name, LARGE)}"' in page
    assert 'width="224" height="224"' in page


def test_a_cover_that_stands_in_for_a_face_stays_square(
    altered: Callable[[str], None], ask: Asking
) -> None:
    cover = "https://i.scdn.co/image/ab67616d00001e02" + "0" * 24
    altered(f"update gold.user_artists set image_url = '{cover}'")
    page = read(ask.browser, "/top/?kind=artists")
    assert cover.replace("00001e02", "00004851") in page  # the file of 64 pixels
    assert "art--round" not in page


def read(browser: Client, address: str, **query: str) -> str:
    response = browser.get(address, query or None)
    assert response.status_code == 200
    return response.content.decode()
