"""Links show what was chosen, to whoever has them, until they end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ingestion.models import Gap
from nowplaying.models import Playback
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards import request
from spotifyweb.dashboards.models import ShareLink
from spotifyweb.dashboards.stats.overview import Totals
from spotifyweb.warehouse import Row
from tests.dashboards.conftest import shown
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen, listens_of, time_of

FIRST, LAST = date(2026, 3, 8), date(2026, 4, 4)
OF_ALL_TIME = ("user_tracks", "user_artists", "user_albums", "track_discovery", "recent_plays")


@pytest.fixture
def share(kavya: Listener) -> ShareLink:
    return ShareLink.objects.create(
        listener=kavya,
        pages=["overview", "top"],
        query="device=Computer",
        created_at=timezone.now(),
    )


def test_a_link_is_made_on_its_page(kavya: Listener) -> None:
    browser = browser_of(kavya)
    form = {"pages": ["top"], "query": "range=2026&page=9", "title": "My 2026", "lifetime": "7"}
    assert browser.post("/shares/", form).status_code == 302
    share = ShareLink.objects.get()
    assert (share.pages, share.query, share.title) == (["top"], "range=2026", "My 2026")
    assert share.expires_at is not None
    assert share.token in browser.get("/shares/").content.decode()


@pytest.mark.parametrize(
    ("field", "form"),
    [
        ("pages", {"pages": [], "lifetime": "7"}),
        ("pages", {"pages": ["data"], "lifetime": "7"}),
        ("lifetime", {"pages": ["top"], "lifetime": "8"}),
        ("title", {"pages": ["top"], "lifetime": "7", "title": "a" * 81}),
    ],
)
def test_a_wrong_form_comes_back_with_its_errors_and_makes_no_link(
    kavya: Listener, field: str, form: dict[str, Any]
) -> None:
    response = browser_of(kavya).post("/shares/", {"query": "device=Computer", **form})
    assert list(response.context["form"].errors) == [field]
    html = response.content.decode()
    assert "errorlist" in html
    assert 'name="query" value="device=Computer"' in html, "the filters are not lost"
    assert not ShareLink.objects.exists()


def test_a_link_without_a_lifetime_is_good_for_30_days_and_an_empty_one_for_ever(
    kavya: Listener,
) -> None:
    browser = browser_of(kavya)
    browser.post("/shares/", {"pages": ["top"]})
    expires_at = ShareLink.objects.get().expires_at
    assert expires_at is not None
    assert (expires_at - timezone.now()).days in (29, 30)
    browser.post("/shares/", {"pages": ["top"], "lifetime": "", "title": "for ever"})
    assert ShareLink.objects.get(title="for ever").expires_at is None


def test_anybody_with_the_link_sees_the_chosen_pages(share: ShareLink, kavya: Listener) -> None:
    response = Client().get(f"/share/{share.token}/")
    assert response.status_code == 200
    assert response.context["totals"] == shown(kavya, "/?device=Computer")["totals"]
    assert Client().get(f"/share/{share.token}/top/").status_code == 200
    assert Client().get(f"/share/{share.token}/trends/").status_code == 404


def test_filters_of_a_link_are_frozen(share: ShareLink) -> None:
    plain = Client().get(f"/share/{share.token}/").context["totals"]
    other = Client().get(f"/share/{share.token}/?device=Smartphone&range=7d").context["totals"]
    assert other == plain


def test_a_link_leads_nowhere_else_and_is_not_indexed(share: ShareLink) -> None:
    for page in share.pages:
        response = Client().get(f"/share/{share.token}/{page}/")
        html = response.content.decode()
        assert response["X-Robots-Tag"].startswith("noindex")
        assert response["Referrer-Policy"] == "no-referrer"
        for elsewhere in (
            "/tracks/",
            "/artist/",
            "/album/",
            "/trends/",
            "/export/",
            "Recently played",
        ):
            assert elsewhere not in html


def test_a_year_is_shared_as_a_page_and_as_a_picture(kavya: Listener) -> None:
    browser = browser_of(kavya)
    form = browser.get("/shares/?range=2025&page=year")
    assert form.context["chosen"] == ["year"]
    query = form.context["filters"].query
    assert browser.post("/shares/", {"pages": ["year"], "query": query}).status_code == 302
    share = ShareLink.objects.get()
    page = Client().get(f"/share/{share.token}/")
    own = shown(kavya, "/year/2025/")["year"]
    for artist in own.artists:  # pictures follow from all years
        artist["image_url"] = None
    assert own.new_artists  # which only the years before tell
    nothing = Totals.of([])
    assert page.context["year"] == replace(
        own, history_from=None, new_artists=[], over=None, compared=nothing, before=nothing
    )
    picture = f"/share/{share.token}/year.svg"
    assert picture in page.content.decode()
    svg = Client().get(picture)
    assert (svg.status_code, svg["Content-Type"]) == (200, "image/svg+xml")
    assert svg["X-Robots-Tag"].startswith("noindex")
    assert " new" not in svg.content.decode()
    for elsewhere in ("/year/", "/shares/", "2024/"):
        assert f'href="{elsewhere}' not in page.content.decode()


def test_a_link_of_all_time_shows_the_newest_year_as_it_is(kavya: Listener) -> None:
    share = ShareLink.objects.create(listener=kavya, pages=["year"], created_at=timezone.now())
    own = browser_of(kavya).get("/year/", follow=True).context["year"]
    assert Client().get(f"/share/{share.token}/").context["year"] == own
    picture = browser_of(kavya).get(f"/year/{own.number}/card.svg").content
    assert Client().get(f"/share/{share.token}/year.svg").content == picture


@pytest.fixture
def frozen(kavya: Listener) -> ShareLink:
    return ShareLink.objects.create(
        listener=kavya,
        pages=["overview", "trends", "top", "year"],
        query=f"from={FIRST}&to={LAST}",
        created_at=timezone.now(),
    )


def test_the_year_of_a_link_is_its_days_of_it(
    frozen: ShareLink, all_heard: list[CountedListen]
) -> None:
    plays = listens_of(all_heard, "kavya", lambda o: o.is_play and FIRST <= o.local_date <= LAST)
    context = Client().get(f"/share/{frozen.token}/year/").context
    year, chart = context["year"], context["chart"]
    assert (year.totals.plays, sum(year.months)) == (
        len(plays),
        time_of(all_heard, "kavya", lambda o: FIRST <= o.local_date <= LAST),
    )
    assert [day.month for day in chart.dates] == [3, 4]
    assert f"{len(plays)} plays" in Client().get(f"/share/{frozen.token}/year.svg").content.decode()


@pytest.mark.parametrize(
    "page",
    ["", "trends/", "top/", "top/?kind=albums", "top/?kind=artists", "year/", "year.svg"],
)
def test_a_link_of_some_days_reads_no_other_days(
    frozen: ShareLink, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = reads(monkeypatch)
    html = Client().get(f"/share/{frozen.token}/{page}").content.decode()
    assert asked
    for sql, params in asked:
        assert not any(table in sql for table in OF_ALL_TIME), sql
        assert {one for one in params if isinstance(one, date)} == {FIRST, LAST}, sql
    for told in (
        "vs previous",
        "vs the same days",
        "vs previous 30 days",
        'class="moved',
        "New vs. repeat",
        "new artist",
    ):
        assert told not in html


def reads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[Any]]]:
    """What the pages read from now on, but for what filters can choose from and the build's age."""
    asked: list[tuple[str, list[Any]]] = []
    warehouse = clients.warehouse()
    rows = warehouse.rows

    def noted(sql: str, params: Sequence[Any] = ()) -> list[Row]:
        if sql != request.SCOPE and "gold.build_info" not in sql:
            asked.append((sql, list(params)))
        return rows(sql, params)

    monkeypatch.setattr(warehouse, "rows", noted)
    return asked


def test_a_link_tells_only_of_gaps_in_its_days(frozen: ShareLink, kavya: Listener) -> None:
    for month, days in ((1, 1), (3, 10), (6, 1)):
        begun = datetime(2026, month, 1, tzinfo=UTC)
        said = {"reason": "offline", "starts_at": begun, "ends_at": begun + timedelta(days=days)}
        Gap.objects.create(listener=kavya, **said)
    for page, name in (("overview", "chart"), ("trends", "listening"), ("year", "chart")):
        [band] = Client().get(f"/share/{frozen.token}/{page}/").context[name].bands
        assert datetime.fromtimestamp(band.first, UTC).date() == FIRST
    days = Client().get(f"/share/{frozen.token}/").context["calendar"]
    short = [square.local_date for week in days for square in week if square.is_short]
    assert min(short) == FIRST


def test_a_link_without_the_year_has_no_picture_of_it(share: ShareLink) -> None:
    assert Client().get(f"/share/{share.token}/year.svg").status_code == 404
    assert Client().get("/share/guessed/year.svg").status_code == 404


def test_a_link_tells_neither_the_account_nor_the_place(share: ShareLink, kavya: Listener) -> None:
    Listener.objects.filter(pk=kavya.pk).update(display_name="")
    ShareLink.objects.update(pages=["overview", "trends", "top", "year"])
    for page in ("overview", "trends", "top", "year", "year.svg"):
        slash = "" if "." in page else "/"
        html = Client().get(f"/share/{share.token}/{page}{slash}").content.decode()
        assert "kavya" not in html.lower()
        assert "Kolkata" not in html


def test_views_are_counted_but_not_the_owners(share: ShareLink, kavya: Listener) -> None:
    Client().get(f"/share/{share.token}/")
    browser_of(kavya).get(f"/share/{share.token}/")
    share.refresh_from_db()
    assert share.views == 1


def test_it_ends_on_a_day_of_its_owner(share: ShareLink, kavya: Listener) -> None:
    ShareLink.objects.update(expires_at=datetime(2126, 11, 29, 22, 57, tzinfo=UTC))
    assert "until 30 Nov 2126" in browser_of(kavya).get("/shares/").text


def test_a_revoked_and_an_expired_link_are_gone(share: ShareLink, kavya: Listener) -> None:
    ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(f"/share/{share.token}/").status_code == 404
    ShareLink.objects.update(expires_at=None)
    assert Client().get(f"/share/{share.token}/").status_code == 200
    assert browser_of(kavya).post(f"/shares/{share.pk}/revoke/").status_code == 302
    assert Client().get(f"/share/{share.token}/").status_code == 404
    assert Client().get("/share/guessed/").status_code == 404


def test_whoever_opens_a_dead_link_learns_what_to_do_and_not_that_it_ever_was(
    share: ShareLink, kavya: Listener
) -> None:
    browser_of(kavya).post(f"/shares/{share.pk}/revoke/")
    revoked, guessed = (
        Client().get(f"/share/{token}/").content.decode() for token in (share.token, "guessed")
    )
    assert "Ask the person who sent it for a new link" in revoked
    assert revoked == guessed
    assert "/shares/" not in revoked
    assert "/shares/" in browser_of(kavya).get(f"/share/{share.token}/").content.decode()


def test_charlie_neither_sees_nor_revokes_it(share: ShareLink, charlie: Listener) -> None:
    browser = browser_of(charlie)
    assert share.token not in browser.get("/shares/").content.decode()
    assert browser.post(f"/shares/{share.pk}/revoke/").status_code == 404


def test_a_link_may_show_what_plays_now_and_does_so_only_if_it_was_chosen(
    share: ShareLink, kavya: Listener
) -> None:
    assert Client().get(f"/share/{share.token}/now/").status_code == 404
    ShareLink.objects.filter(pk=share.pk).update(pages=["now"])
    address, now = f"/share/{share.token}/", timezone.now()
    assert "Nothing to show right now" in Client().get(address).content.decode()
    Playback.objects.create(listener=kavya, observed_at=now, due_at=now)
    shown_now = Client().get(address).content.decode()
    assert "Nothing is playing" in shown_now
    assert f"{now:%Y-%m-%d %H:%M:%S} UTC" in shown_now
    for live in ("data-live", "live.js", "now.js", "/now/refresh/", "/now/state/", 'method="post"'):
        assert live not in shown_now  # to look at only


@pytest.mark.parametrize(("host", "is_local"), [("127.0.0.1:8000", True), ("testserver", False)])
def test_links_of_this_machine_alone_come_with_a_warning(
    kavya: Listener, host: str, is_local: bool
) -> None:
    ShareLink.objects.create(listener=kavya, pages=["top"], created_at=timezone.now())
    html = browser_of(kavya).get("/shares/", headers={"host": host}).content.decode()
    assert ("works only on this machine" in html) == is_local
    assert f'data-copy="http://{host}/share/' in html
