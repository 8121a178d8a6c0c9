"""Tracks and artists that a listener joins or splits by hand: their own pages only."""

from typing import Any

import pytest
from celery import current_app
from django.test import Client
from django.utils import timezone

from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards import snapshots
from spotifyweb.dashboards.corrections import changes
from spotifyweb.dashboards.household import members
from spotifyweb.dashboards.models import Correction
from spotifyweb.lake import Suppression
from tests.conftest import listener
from tests.dashboards.conftest import shown
from tests.dbt.cases import CORRECTIONS, DELUXE, OTHER, SINGLE
from tests.support.login import browser_of

KEPT = {"next": "/corrections/"}


@pytest.fixture(autouse=True)
def _no_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks for a build here; the published one knows Lisa's and Ivo's corrections."""
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def lisa(db: None) -> Listener:
    """Her song's deluxe edition is another song to her, and the single is the other one."""
    return listener("lisa", timezone="UTC")


def ranked(somebody: Listener, kind: str, filters: str = "") -> list[tuple[Any, ...]]:
    name = {"tracks": "track_id", "artists": "artist_name", "albums": "album_name"}[kind]
    rows = browser_of(somebody).get(f"/api/v1/stats/top/{kind}?by=plays{filters}").json()
    return [(row[name], row["plays"]) for row in rows["results"]]


@pytest.mark.parametrize("filters", ["", "&from=2022-01-01&to=2022-12-31", "&min_ms=30000"])
def test_a_corrected_song_counts_as_its_listener_says(lisa: Listener, filters: str) -> None:
    assert ranked(lisa, "tracks", filters) == [(OTHER, 135), (DELUXE, 32)]
    assert dict(ranked(lisa, "albums", filters))["Single"] == 40
    mara = listener("mara", timezone="UTC")
    assert ranked(mara, "tracks", filters) == [(SINGLE, 107), (OTHER, 60)]


def test_every_id_leads_to_the_corrected_song(lisa: Listener) -> None:
    assert shown(lisa, f"/tracks/{SINGLE}/")["summary"].plays == 135
    assert shown(lisa, f"/tracks/{OTHER}/")["summary"].plays == 135
    assert shown(lisa, f"/tracks/{DELUXE}/")["summary"].plays == 32
    assert len(shown(lisa, f"/tracks/{SINGLE}/")["releases"]) == 3
    browser = browser_of(lisa)
    for playing, suggested in ((SINGLE, {DELUXE}), (OTHER, {DELUXE}), (DELUXE, {OTHER})):
        for strategy in ("transitions", "cooccurrence"):
            address = f"/api/v1/recommendations/{playing}?strategy={strategy}"
            rows = browser.get(address).json()["recommendations"]
            assert {row["track_id"] for row in rows} <= suggested


@pytest.mark.parametrize("filters", ["", "&from=2023-01-01&to=2024-12-31", "&min_ms=30000"])
def test_a_split_spelling_is_an_artist(db: None, filters: str) -> None:
    ivo = listener("ivo", timezone="UTC")
    Correction.objects.create(
        listener=ivo,
        kind="artist",
        action="split",
        subject="Bjørn Luna",
        decided_at=timezone.now(),
    )
    assert ranked(ivo, "artists", filters) == [("BJØRN LUNA", 2), ("Bjørn Luna", 1)]
    assert shown(ivo, "/artist/?name=Bjørn Luna")["summary"].plays == 1
    assert shown(ivo, "/artist/?name=bjørn lúna")["summary"].plays == 2


def test_a_track_is_joined_split_and_undone(lisa: Listener) -> None:
    browser = browser_of(lisa)
    joined = {"kind": "track", "action": "join", "subject": DELUXE, "other": SINGLE}
    assert browser.post("/corrections/new/", joined | KEPT).status_code == 302
    # the three were one before somebody split them, and nobody did so here
    assert not Correction.objects.exists()
    split = {"kind": "track", "action": "split", "subject": DELUXE}
    browser.post("/corrections/new/", split | KEPT)
    browser.post("/corrections/new/", split | KEPT)
    [row] = snapshots.snapshots()["corrections"]
    assert (row["user_id"], row["action"], row["subject"]) == ("lisa", "split", DELUXE)
    [told] = browser.get("/export/decisions.json").json()["corrections"]
    assert told["subject"] == DELUXE
    browser.post("/corrections/new/", joined | KEPT)  # joining again takes the split back
    assert not Correction.objects.exists()
    browser.post("/corrections/new/", joined | {"other": OTHER} | KEPT)
    [one] = shown(lisa, "/corrections/")["corrections"]
    assert one.other.startswith("One Pressing") and not one.is_applied
    assert (
        browser_of(listener("mara")).post(f"/corrections/{one.correction.pk}/undo/").status_code
        == 404
    )
    assert browser.post(f"/corrections/{one.correction.pk}/undo/").status_code == 302
    assert not Correction.objects.exists()


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "track", "action": "split", "subject": "nobodys"},
        {"kind": "track", "action": "join", "subject": SINGLE, "other": "nobodys"},
        {"kind": "artist", "action": "join", "subject": "Invented Artist", "other": "Nobody"},
        {"kind": "artist", "action": "split", "subject": "INVENTED ARTIST"},
        {"kind": "album", "action": "split", "subject": "Single"},
        {"kind": "track", "action": "merge", "subject": SINGLE},
        {"kind": "track", "action": "join", "subject": SINGLE},
        {"kind": "track", "action": "join", "subject": SINGLE, "other": SINGLE},
        {"kind": "track", "action": "split", "subject": ""},
    ],
)
def test_what_a_listener_never_played_is_not_corrected(
    lisa: Listener, wish: dict[str, str]
) -> None:
    page = browser_of(lisa).post("/corrections/new/", wish | KEPT, follow=True)
    assert "Nothing was changed." in page.content.decode()
    answer = browser_of(lisa).post("/api/v1/corrections", wish, content_type="application/json")
    assert answer.status_code == 400
    assert not Correction.objects.exists()


def test_the_api_corrects_too(lisa: Listener) -> None:
    browser = browser_of(lisa)
    wish = {"kind": "track", "action": "split", "subject": DELUXE}
    made = browser.post("/api/v1/corrections", wish, content_type="application/json")
    [row] = made.json()["results"]
    assert browser.get("/api/v1/corrections").json()["results"] == [row]
    assert browser_of(listener("mara")).get("/api/v1/corrections").json()["results"] == []
    assert browser.delete(f"/api/v1/corrections/{row['id']}").status_code == 204
    assert browser.delete(f"/api/v1/corrections/{row['id']}").status_code == 404


def test_what_is_erased_is_not_corrected_any_more(lisa: Listener) -> None:
    warehouse, now = clients.warehouse(), timezone.now()
    changes.split(lisa, "track", DELUXE, warehouse=warehouse, now=now)
    another = Suppression(user_id="lisa", source="player")
    assert changes.delete_erased(lisa, [another], warehouse=warehouse) == 0
    this = Suppression(user_id="lisa", source="extended_history")
    assert changes.delete_erased(lisa, [this], warehouse=warehouse) == 1
    changes.split(lisa, "track", DELUXE, warehouse=warehouse, now=now)
    assert changes.delete_erased(lisa, [Suppression(user_id="lisa")], warehouse=warehouse) == 1


@pytest.fixture
def corrected(lisa: Listener) -> Listener:
    """What the build applied is decided in the database too."""
    for row in CORRECTIONS:
        if row["user_id"] == "lisa":
            fields = {name: value for name, value in row.items() if name != "user_id"}
            Correction.objects.create(listener=lisa, decided_at=timezone.now(), **fields)
    return lisa


def test_others_see_nothing_of_corrections(corrected: Listener) -> None:
    """Mara played the same file: both have the same numbers in what they see of one another."""
    mara = listener("mara", timezone="UTC")
    for one in (corrected, mara):
        members.join(one, now=timezone.now())
    blend = [(row["track_id"], row["plays"]) for row in shown(mara, "/house/")["blend"]]
    assert blend == [(SINGLE, 214), (OTHER, 120)]
    for somebody, track_id in ((mara, SINGLE), (mara, DELUXE), (corrected, DELUXE)):
        told = shown(somebody, f"/tracks/{track_id}/")["house"]
        assert [row["plays"] for row in told] == [107, 107]
    days = "a_from=2020-01-01&a_to=2026-01-01"
    sides = shown(mara, f"/compare/?{days}&with={members.handle(corrected)}")["sides"]
    for side in sides:
        tracks = [(row["track_id"], row["plays"]) for row in side.tracks]
        assert (tracks, side.unique.tracks) == ([(SINGLE, 107), (OTHER, 60)], 2)
    theirs, mine = shown(corrected, f"/compare/?{days}&with={members.handle(mara)}")["sides"]
    assert [row["plays"] for row in theirs.tracks] == [135, 32]
    assert [row["plays"] for row in mine.tracks] == [107, 60]


def test_search_finds_the_corrected_artist(db: None) -> None:
    ivo, ines = listener("ivo", timezone="UTC"), listener("ines", timezone="UTC")
    Correction.objects.create(
        listener=ivo,
        kind="artist",
        action="split",
        subject="Bjørn Luna",
        decided_at=timezone.now(),
    )
    for somebody, names in ((ivo, ["BJØRN LUNA", "Bjørn Luna"]), (ines, ["Bjørn Luna"] * 2)):
        found = shown(somebody, "/search/?q=luna")["results"]
        assert {row["artist_name"] for row in found.artists} == {*names}
        searches = [
            shown(somebody, f"/search/?q={word}")["results"] for word in ("volcano", "geyser")
        ]
        assert [row["artist_name"] for found in searches for row in found.tracks] == names
        assert [found.plays[0]["artist_name"] for found in searches] == names


def test_the_pages_offer_to_join_and_split(lisa: Listener) -> None:
    page = browser_of(lisa).get(f"/tracks/{SINGLE}/").content.decode()
    assert f'<option value="{DELUXE}">' in page and f'<option value="{SINGLE}">' not in page
    assert page.count('value="split"') == 3
    artist = browser_of(lisa).get("/artist/?name=Invented Artist").content.decode()
    assert "Same artist as" in artist and 'value="split"' not in artist
    assert browser_of(lisa).get("/corrections/").status_code == 200


def test_a_form_of_another_site_corrects_nothing(lisa: Listener) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(lisa)
    split = {"kind": "track", "action": "split", "subject": DELUXE}
    assert strict.post("/corrections/new/", split).status_code == 403
    answer = strict.post("/api/v1/corrections", split, content_type="application/json")
    assert answer.status_code == 403
    away = browser_of(lisa).post("/corrections/new/", split | {"next": "https://evil.example/"})
    assert away["Location"] == "/corrections/"
