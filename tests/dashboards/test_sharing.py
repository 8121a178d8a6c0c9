"""Links show what was chosen, to whoever has them, until they end."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.models import Share
from tests.dashboards.conftest import browser_of, shown


@pytest.fixture
def share(kavya: Listener) -> Share:
    return Share.objects.create(
        listener=kavya,
        pages=["overview", "top"],
        query="device=Computer",
        created_at=timezone.now(),
    )


def test_a_link_is_made_on_its_page(kavya: Listener) -> None:
    browser = browser_of(kavya)
    form = {"pages": ["top"], "query": "range=2026&page=9", "title": "My 2026", "lifetime": "7"}
    assert browser.post("/shares/", form).status_code == 302
    share = Share.objects.get()
    assert (share.pages, share.query, share.title) == (["top"], "range=2026", "My 2026")
    assert share.expires_at is not None
    assert share.token in browser.get("/shares/").content.decode()


def test_anybody_with_the_link_sees_the_chosen_pages(share: Share, kavya: Listener) -> None:
    response = Client().get(f"/share/{share.token}/")
    assert response.status_code == 200
    assert response.context["totals"] == shown(kavya, "/?device=Computer")["totals"]
    assert Client().get(f"/share/{share.token}/top/").status_code == 200
    assert Client().get(f"/share/{share.token}/trends/").status_code == 404


def test_filters_of_a_link_are_frozen(share: Share) -> None:
    plain = Client().get(f"/share/{share.token}/").context["totals"]
    other = Client().get(f"/share/{share.token}/?device=Smartphone&range=7d").context["totals"]
    assert other == plain


def test_a_link_leads_nowhere_else_and_is_not_indexed(share: Share) -> None:
    for page in share.pages:
        response = Client().get(f"/share/{share.token}/{page}/")
        html = response.content.decode()
        assert response["X-Robots-Tag"].startswith("noindex")
        assert response["Referrer-Policy"] == "no-referrer"
        for elsewhere in ("/tracks/", "/artist/", "/album/", "/trends/", "/export/", "Last plays"):
            assert elsewhere not in html


def test_a_year_is_shared_as_a_page_and_as_a_picture(kavya: Listener) -> None:
    browser = browser_of(kavya)
    form = browser.get("/shares/?range=2025&page=year")
    assert form.context["chosen"] == "year"
    query = form.context["filters"].query
    assert browser.post("/shares/", {"pages": ["year"], "query": query}).status_code == 302
    share = Share.objects.get()
    page = Client().get(f"/share/{share.token}/")
    assert page.context["year"] == shown(kavya, "/year/2025/")["year"]
    picture = f"/share/{share.token}/year.svg"
    assert picture in page.content.decode()
    svg = Client().get(picture)
    assert (svg.status_code, svg["Content-Type"]) == (200, "image/svg+xml")
    assert svg["X-Robots-Tag"].startswith("noindex")
    assert svg.content == browser.get("/year/2025/card.svg").content
    for elsewhere in ("/year/", "/shares/", "2024/"):
        assert f'href="{elsewhere}' not in page.content.decode()


def test_a_link_without_the_year_has_no_picture_of_it(share: Share) -> None:
    assert Client().get(f"/share/{share.token}/year.svg").status_code == 404
    assert Client().get("/share/guessed/year.svg").status_code == 404


def test_a_link_tells_neither_the_account_nor_the_place(share: Share, kavya: Listener) -> None:
    Listener.objects.filter(pk=kavya.pk).update(display_name="")
    Share.objects.update(pages=["overview", "trends", "top", "year"])
    for page in ("overview", "trends", "top", "year", "year.svg"):
        slash = "" if "." in page else "/"
        html = Client().get(f"/share/{share.token}/{page}{slash}").content.decode()
        assert "kavya" not in html.lower()
        assert "Kolkata" not in html


def test_views_are_counted_but_not_the_owners(share: Share, kavya: Listener) -> None:
    Client().get(f"/share/{share.token}/")
    browser_of(kavya).get(f"/share/{share.token}/")
    share.refresh_from_db()
    assert share.views == 1


def test_a_revoked_and_an_expired_link_are_gone(share: Share, kavya: Listener) -> None:
    Share.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(f"/share/{share.token}/").status_code == 404
    Share.objects.update(expires_at=None)
    assert Client().get(f"/share/{share.token}/").status_code == 200
    assert browser_of(kavya).post(f"/shares/{share.pk}/revoke/").status_code == 302
    assert Client().get(f"/share/{share.token}/").status_code == 404
    assert Client().get("/share/guessed/").status_code == 404


def test_charlie_neither_sees_nor_revokes_it(share: Share, charlie: Listener) -> None:
    browser = browser_of(charlie)
    assert share.token not in browser.get("/shares/").content.decode()
    assert browser.post(f"/shares/{share.pk}/revoke/").status_code == 404


def test_a_link_may_show_what_plays_now_and_does_so_only_if_it_was_chosen(
    share: Share, kavya: Listener
) -> None:
    assert Client().get(f"/share/{share.token}/now/").status_code == 404
    Share.objects.filter(pk=share.pk).update(pages=["now"])
    shown_now = Client().get(f"/share/{share.token}/").content.decode()
    assert "Nothing is playing" in shown_now
    for live in ("data-live", "live.js", "now.js", "/now/refresh/", "/now/state/", 'method="post"'):
        assert live not in shown_now  # to look at only
