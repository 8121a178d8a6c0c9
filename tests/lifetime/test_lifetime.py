"""A lifetime of 30,000 rows goes in by the web page: every number on every page is counted again.

The count knows the rules (docs/adr/0004, 0020, 0024, 0025, 0028, 0030) and no line of the product.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from django.urls import URLPattern

import ingestion.urls
import nowplaying.urls
import recommendations.urls
import spotifyweb.accounts.urls
import spotifyweb.dashboards.urls
from tests.lifetime import (
    checks,
    checks_of_days,
    checks_of_items,
    checks_of_sources,
    checks_of_years,
)
from tests.lifetime.checks_of_items import Key
from tests.lifetime.installation import Installation, installed
from tests.lifetime.songs import folded
from tests.lifetime.view import View

COUNTED = {
    *("overview", "trends", "top", "track", "artist", "album", "search", "years", "year"),
    *("year-card", "devices", "podcasts", "compare", "house", "coverage", "merged", "rules"),
    *("shares", "share", "shared-page", "shared-picture", "export", "page", "your_data"),
}
UNCOUNTED = {  # and why
    **dict.fromkeys(("membership", "separate", "rejoin", "rule", "revoke"), "a button"),
    **dict.fromkeys(("correct", "undo-correction", "save-playlist", "queue"), "a button"),
    "corrections": "names only; what they change: tests/dashboards/test_corrections.py",
    **dict.fromkeys(("erase", "lift_mark", "logout", "press", "refresh"), "a button"),
    **dict.fromkeys(
        ("settings_zone", "settings_tokens", "revoke_token", "end_sessions"), "a button"
    ),
    **dict.fromkeys(("exports", "about", "icon", "robots", "login", "privacy"), "no numbers"),
    **dict.fromkeys(("manifest", "service-worker", "offline"), "no numbers"),
    **dict.fromkeys(("login_paste", "callback", "disconnect", "settings"), "no numbers"),
    **dict.fromkeys(("erasure", "erasure_receipt"), "of erasures: tests/privacy"),
    "export-decisions": "what was decided by hand",
    "import": "while an import runs: tests/ingestion/history_import/test_page.py",
    "messages": "no numbers",
    **dict.fromkeys(("messages_test", "messages_remove"), "a button"),
    "state": "what plays now",
    "dashboards:history": "tests/dashboards/test_history.py compares each play and day",
    "recent": "tests/dashboards/test_live_plays.py counts each play",
    "habits": "tests/dashboards/test_habits.py counts hours, sessions and decades",
    **dict.fromkeys(("suggestions", "rule-suggestions"), "names, without numbers"),
    "recommendations:next-short": "JSON, as /api/v1/recommendations/<track> answers it",
    "recommendations:page": "scores: tests/recommendations/reference.py counts them",
    "nowplaying:page": "what plays now",
}
APPS = (
    *(spotifyweb.dashboards.urls, ingestion.urls, nowplaying.urls, recommendations.urls),
    spotifyweb.accounts.urls,
)
FILTERS: dict[str, dict[str, str]] = {
    "all time": {},
    "a year": {"range": "2019"},
    "a device": {"device": "Smartphone"},
    "last days": {"range": "30d"},
    "some days, spoken too": {"from": "2017-01-05", "to": "2017-03-20", "podcasts": "with"},
    "a minute or more": {"range": "2021", "min_ms": "60000"},
    "skips counted": {"skips": "1", "range": "2016"},
}


def test_every_page_is_counted_or_said_to_hold_no_numbers() -> None:
    """Who adds a page to the product counts it here."""
    for app in APPS:
        patterns = [one for one in app.urlpatterns if isinstance(one, URLPattern)]
        for one in patterns:
            if not str(one.pattern).startswith(("api/", "admin/")):
                names = {f"{getattr(app, 'app_name', '')}:{one.name}", one.name}
                assert names & (COUNTED | UNCOUNTED.keys()), f"nobody counts {one.name}"


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("lifetime")) as running:
        yield running


@pytest.fixture(autouse=True)
def _all_is_as_counted(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test: what was found different, and how many numbers were looked at."""
    if "life" not in request.fixturenames:
        yield
    else:
        life: Installation = request.getfixturevalue("life")
        life.begin_day()
        yield
        found = life.compared()
        assert not found.differences, f"seed {life.seed}, {life.zone}\n" + "\n".join(
            found.differences[:40]
        )
        assert found.numbers.total(), "nothing was compared"
        print(f"{found.numbers.total():,} numbers are as counted: {dict(found.numbers)}")  # noqa: T201


@pytest.mark.long
def test_the_import_is_accounted_for_row_by_row(life: Installation) -> None:
    mine = life.imports[life.user_id]
    assert mine[0].rows >= 30_000
    checks_of_sources.imports(life.site, mine[0], life.zone, file=life.file)
    checks_of_sources.coverage(life.site, mine, life.zone)
    checks_of_sources.merged(life.site, life.view())
    checks_of_sources.data(life.site, life.view())


@pytest.mark.long
@pytest.mark.parametrize("name", FILTERS)
def test_the_pages_over_plays(life: Installation, name: str) -> None:
    view = life.view(**FILTERS[name])
    checks.overview(life.site, view)
    checks.trends(life.site, view)
    checks.trends(life.site, view, by="plays", step="week" if view.span[0] else "month")
    checks_of_items.top(life.site, view)
    checks_of_items.top(life.site, view, by="time")
    checks_of_days.devices(life.site, view)
    checks_of_days.podcasts(life.site, view)
    checks_of_days.house(life.site, view)


@pytest.mark.long
def test_each_year_and_the_comparison_of_two_periods(life: Installation) -> None:
    view, first, last = life.view(), *checks.scope_of(life.view())
    for number in range(first.year, last.year + 1):
        checks_of_years.year(life.site, view, number)
    checks_of_years.year(life.site, life.view(device="TV", podcasts="with"), 2018)
    checks_of_days.compare(life.site, view)
    checks_of_days.compare(life.site, view, *((year, year + timedelta(200)) for year in YEARS))
    odd = (YEARS[0], YEARS[0] + timedelta(9)), (YEARS[1], YEARS[1] + timedelta(40))
    checks_of_days.compare(life.site, life.view(device="Computer"), *odd)
    checks_of_days.with_somebody(life.site, view, life.other, life.handle())


YEARS = date(2018, 2, 1), date(2020, 2, 1)


@pytest.mark.long
@pytest.mark.parametrize("kind", checks_of_items.KINDS)
def test_a_ranking_to_its_end_and_the_pages_of_what_is_in_it(life: Installation, kind: str) -> None:
    """The most heard, some others, one with several ids or spellings, one that is spoken."""
    view = life.view()
    checks_of_items.whole_top(life.site, view, kind, "plays")
    keys = [row[0] for row in view.ranking(kind)]
    chosen = [*keys[:2], *keys[len(keys) // 3 :: len(keys) // 4], keys[-1]]
    chosen += [key for key in keys if kind == "tracks" and not view.track(key[0]).title][:1]
    for key in chosen:
        checks_of_items.item(life.site, view, kind, key)
    checks_of_items.item(life.site, life.view(range="2019", device="Smartphone"), kind, keys[0])
    checks_of_items.item(life.site, life.view(range="2020", skips="1"), kind, keys[0])
    checks_of_items.item(life.site, view, kind, keys[0], asked=_known_as(view, kind, keys[0]))
    spoken = life.view(podcasts="only")
    checks_of_items.item(life.site, spoken, kind, spoken.ranking(kind)[0][0])


def _known_as(view: View, kind: str, key: Key) -> Key:
    """Another id of the song, or the names as nobody spells them."""
    if kind != "tracks":
        return tuple(folded(name).upper() for name in key)
    releases = view.everything.releases.values()
    ids = {one.release_id for one in releases if one.track_id == key[0]}
    return (min(ids - {key[0]} or ids),)


@pytest.mark.long
def test_search_finds_names_however_they_are_typed(life: Installation) -> None:
    view = life.view()
    names: list[Callable[[str], str]] = [str.upper, str.lower, folded, lambda name: name[1:-1]]
    for kind in checks_of_items.KINDS:
        for place, typed in enumerate(names):
            key = view.ranking(kind)[3 * place][0]
            name = view.track(key[0]).title if kind == "tracks" else key[-1]
            checks_of_items.search(life.site, view, typed(name or ""))
    long = max((one[0][0] for one in view.ranking("artists")), key=len)
    typo = long[:-1] + "q" if not long.endswith("q") else long[:-1] + "x"
    checks_of_items.search(life.site, view, typo, meant=long)


@pytest.mark.long
def test_the_exports_hold_every_listen(life: Installation) -> None:
    checks_of_sources.exports(life.site, life.view())


@pytest.mark.long
def test_a_rule_leaves_one_artist_out_of_every_number(life: Installation) -> None:
    artist = life.view().ranking("artists")[1][0][0]
    spelled = folded(artist).upper()
    checks_of_sources.post(life.site, "/rules/", {"kind": "artist", "value": spelled})
    try:
        checks_of_sources.rules(life.site, life.view(), spelled)
        view = life.view(left_out=artist, range="2020")
        checks.overview(life.site, view)
        checks.trends(life.site, view)
        checks_of_items.top(life.site, view)
        checks_of_days.devices(life.site, view)
        checks_of_days.house(life.site, view)
        checks_of_years.year(life.site, life.view(left_out=artist), 2020)
    finally:
        checks_of_sources.delete_rule(life.site)


@pytest.mark.long
def test_a_link_shows_its_own_days_and_nothing_else(life: Installation) -> None:
    view = life.view(range="2019")
    token = checks_of_sources.share(life.site, view, ["overview", "trends", "top", "year"])
    stranger = life.stranger(token, view)
    checks.overview(stranger, view)
    checks.trends(stranger, view)
    checks_of_items.top(stranger, view)
    checks_of_years.year(stranger, view, 2019)


@pytest.mark.long
def test_a_link_over_parts_of_two_years_shows_its_days_of_the_newer(life: Installation) -> None:
    played = sorted(life.view(podcasts="with").days())
    last = played[len(played) // 2]
    view = life.view(**{"from": f"{last - timedelta(400)}", "to": f"{last}"}, podcasts="with")
    token = checks_of_sources.share(life.site, view, ["year"])
    checks_of_years.year(life.stranger(token, view), view, last.year)
