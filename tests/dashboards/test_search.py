"""Finding what was heard by what somebody can type."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.models import ExclusionRule
from spotifyweb.dashboards.stats.search import one_letter_off
from tests.conftest import listener
from tests.dashboards.conftest import shown
from tests.support.login import browser_of


@pytest.fixture
def noa(db: None) -> Listener:
    """What she plays has accents, an ß, and Cyrillic letters."""
    return listener("noa", timezone="UTC")


@pytest.mark.parametrize(
    ("words", "kind", "name"),
    [
        ("Eloise", "artists", "Éloïse Inventée"),
        ("ELOÏSE inv", "artists", "Éloïse Inventée"),
        ("ete", "tracks", "Été"),
        ("motorband", "artists", "Motörband"),
        ("strasse", "tracks", "Straße"),
        ("STRASSE", "tracks", "Straße"),
        ("naive", "albums", "Naïve"),
        ("grosse", "albums", "Größe"),
        ("ночь", "tracks", "Ночь"),
        ("motorbend", "artists", "Motörband"),  # another letter
        ("motrband", "artists", "Motörband"),  # one missing
        ("motoorband", "artists", "Motörband"),  # one too many
        ("mtoorband", "artists", "Motörband"),  # two that changed places
        ("motobrand", "artists", "Motörband"),  # in the middle
        ("ванный выд", "", ""),
        ("motrbend", "", ""),  # two wrong letters
        ("xyz%", "", ""),
        ("____", "", ""),
    ],
)
def test_a_name_is_found_as_it_is_typed(noa: Listener, words: str, kind: str, name: str) -> None:
    found = shown(noa, f"/search/?q={words}")["results"]
    names = {"tracks": "track_name", "artists": "artist_name", "albums": "album_name"}
    rows = {one: [row[names[one]] for row in getattr(found, one)] for one in names}
    assert [one for one in rows if rows[one]] == ([kind] if kind else [])
    if kind:
        assert rows[kind] == [name]


def test_results_have_their_columns_before_all_of_them_arrive(noa: Listener) -> None:
    page = browser_of(noa).get("/search/?q=e").text
    cards = re.findall("<h2.* id=.(artists|tracks|albums)-title", page)
    assert len(cards) > 1
    assert f"even--{len(cards)}" in page


def test_any_spelling_of_a_name_leads_to_its_page(noa: Listener) -> None:
    page = shown(noa, "/artist/?name=MOTORBAND")
    assert (page["about"]["artist_name"], page["summary"].plays) == ("Motörband", 1)
    page = shown(noa, "/album/?artist=motorband&name=grosse")
    assert (page["about"]["album_name"], page["summary"].plays) == ("Größe", 1)
    assert browser_of(noa).get("/artist/?name=Motorbande").status_code == 404


def test_a_letter_that_like_knows_is_a_letter() -> None:
    _, params = one_letter_off("50%_!")
    assert "%50!%!_!!_%" not in params
    assert any("!%" in param for param in params)


@pytest.fixture
def ines(db: None) -> Listener:
    """One artist of hers is spelled in three ways, the newest without an accent."""
    return listener("ines", timezone="UTC")


@pytest.mark.parametrize("filters", ["", "&from=2023-01-01&to=2024-12-31", "&min_ms=30000"])
def test_one_artist_in_several_spellings_goes_by_the_newest(ines: Listener, filters: str) -> None:
    artists, albums, tracks = (
        shown(ines, f"/top/?kind={kind}{filters}")["lists"][0][2].rows
        for kind in ("artists", "albums", "tracks")
    )
    assert [(row["artist_name"], row["plays"]) for row in artists] == [("Bjørn Luna", 3)]
    assert [(row["album_name"], row["plays"]) for row in albums] == [("Lava", 3)]
    assert [(row["track_name"], row["plays"]) for row in tracks] == [("Volcano", 2), ("Geyser", 1)]


@pytest.mark.parametrize("value", ["BJØRN LÚNA", "bjørn luna"])
def test_a_rule_holds_in_any_spelling(ines: Listener, value: str) -> None:
    ExclusionRule.objects.create(listener=ines, kind="artist", value=value)
    assert shown(ines, "/")["totals"].plays == 0
    assert shown(ines, "/?rules=0")["totals"].plays == 3


@pytest.mark.parametrize(
    ("words", "name"), [("elois", "Éloïse Inventée"), ("STRAS", "Straße"), ("größe", "Größe")]
)
def test_names_are_suggested_while_one_types(noa: Listener, words: str, name: str) -> None:
    html = browser_of(noa).get("/search/suggestions/", {"q": words}).content.decode()
    assert name in html
    assert "<html" not in html
    assert 'data-summary="1 result"' in html


LONGER_NAMES = """
    insert into gold.user_artists by name
        select 'kavya' as user_id, 'track' as content_type, name as artist_name,
            lower(name) as folded_artist_name, 1 as tracks, plays, 60000 as heard_ms
        from (
            select 'Airport ' || number as name, 90 as plays from range(9) as numbers (number)
            union all select 'Air', 2
        );
    insert into gold.user_albums by name
        select * exclude folded_artist_name, artist_name as album_name, folded_artist_name,
            folded_artist_name as folded_album_name
        from (select * exclude (artist_id, image_url) from gold.user_artists)
        where user_id = 'kavya' and artist_name like 'Air%';
    update gold.releases
        set folded_track_name = case when ranked.rank = 14 then 'air' else 'airport' end
        from (
            select track_id, row_number() over (order by plays desc, track_id) as rank
            from gold.user_tracks where user_id = 'kavya'
        ) as ranked
        where ranked.track_id = releases.track_id and ranked.rank <= 14;
"""


def test_a_name_as_typed_comes_before_longer_ones_that_were_played_more(
    kavya: Listener, altered: Callable[[str], None]
) -> None:
    altered(LONGER_NAMES)
    found = shown(kavya, "/search/?q=AIR")["results"]
    suggested = shown(kavya, "/search/suggestions/?q=air")
    for artists, albums, tracks in (
        (found.artists, found.albums, found.tracks),
        (suggested["artists"], suggested["albums"], suggested["tracks"]),
    ):
        assert artists[0]["artist_name"] == albums[0]["album_name"] == "Air"
        assert artists[1]["artist_name"] == "Airport 0"
        assert tracks[0]["plays"] < tracks[1]["plays"]


@pytest.mark.parametrize("address", ["/recent/?short=1", "/search/suggestions/?q=elo"])
def test_a_part_for_a_listener_without_plays_is_no_page(address: str, db: None) -> None:
    """Scripts put it into a page: a header and a menu would stand in the middle of it."""
    assert browser_of(listener("newcomer")).get(address).content == b""


def test_few_letters_and_the_plays_of_others_suggest_nothing(
    noa: Listener, charlie: Listener
) -> None:
    browser = browser_of(noa)
    assert browser.get("/search/suggestions/?q=e").content == b""
    assert b"No results" in browser.get("/search/suggestions/?q=%3Cb%3E").content
    assert b"<b>" not in browser.get("/search/suggestions/?q=%3Cb%3E").content
    assert "Éloïse" not in browser_of(charlie).get("/search/suggestions/?q=elois").content.decode()
    assert Client().get("/search/suggestions/?q=elois").status_code == 302
