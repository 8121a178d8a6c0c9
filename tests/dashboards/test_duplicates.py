"""Merged plays that were two: said on the page or through the API, and taken back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.test import Client

from spotifyweb import clients
from spotifyweb.accounts import api_tokens
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards import snapshots
from spotifyweb.dashboards.duplicates import observations, separations
from spotifyweb.dashboards.duplicates.observations import MergedPlay
from spotifyweb.dashboards.models import Separation
from spotifyweb.lake import Suppression
from spotifyweb.privacy import registry
from spotifyweb.privacy.models import ErasureRequest
from tests.conftest import listener
from tests.dashboards.conftest import shown
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen, listens_of

NOW = datetime(2026, 11, 20, 16, tzinfo=UTC)
SEPARATE, API = "/merged/separate/", "/api/v1/separations"
REFUSED = "not reports of the same play"


def newest(somebody: Listener) -> MergedPlay:
    """The newest play of theirs that is merged in the published build."""
    return observations.merged_plays(clients.warehouse(), somebody.user_id, limit=1, offset=0)[0]


def pair_of(play: MergedPlay) -> list[str]:
    return sorted([play.play["event_id"], play.others[0]["observation_id"]])


def applied(somebody: Listener) -> Separation:
    """A decision that the published build knows."""
    first, second = min(observations.applied_separations(clients.warehouse(), somebody.user_id))
    return Separation.objects.create(
        listener=somebody, first_event_id=first, second_event_id=second, decided_at=NOW
    )


def test_merged_plays_show_who_told_of_them(
    someone: Listener, all_heard: list[CountedListen]
) -> None:
    told_often = listens_of(all_heard, someone.user_id, lambda one: one.observations > 1)
    context = shown(someone, "/merged/")
    assert context["count"] == sum(one.observations - 1 for one in told_often)
    assert context["page"].total == len(told_often)
    found, others = context["merged"][0]
    assert [row["matched_by"] for row in found.observations].count("kept") == 1
    assert [row for row, _ in others] == found.others == found.observations[1:] != []


def test_said_on_the_page_and_taken_back(kavya: Listener) -> None:
    browser, pair = browser_of(kavya), pair_of(newest(kavya))
    response = browser.post(SEPARATE, {"event_id": pair, "page": "1"}, follow=True)
    assert "splitting shortly" in response.content.decode()
    decision = Separation.objects.get()
    assert list(decision.pair) == pair
    browser.post(SEPARATE, {"event_id": pair[::-1]})
    assert Separation.objects.get() == decision
    response = browser.post(f"/merged/{decision.pk}/rejoin/", {"show": "apart"}, follow=True)
    assert response.redirect_chain[-1][0] == "/merged/?show=apart&page=1"
    assert not Separation.objects.exists()


def test_the_page_says_how_far_the_build_is(kavya: Listener) -> None:
    """Known to the build and not wanted any more, wanted and known, wanted only, gone."""
    knows = len(observations.applied_separations(clients.warehouse(), "kavya"))
    decision = applied(kavya)
    separations.separate(kavya, pair_of(newest(kavya)), warehouse=clients.warehouse(), now=NOW)
    Separation.objects.create(
        listener=kavya, first_event_id="a", second_event_id="b", decided_at=NOW
    )
    found = shown(kavya, "/merged/?show=apart")["separations"]
    states = [one.state for one in found]
    assert states.count("ending") == knows - 1
    assert sorted(states[knows - 1 :]) == ["applied", "gone", "waiting"]
    assert next(one for one in found if one.separation == decision).state == "applied"


def test_one_that_ends_can_be_decided_again(kavya: Listener) -> None:
    pair = min(observations.applied_separations(clients.warehouse(), "kavya"))
    browser_of(kavya).post(SEPARATE, {"event_id": pair})
    [found] = [
        one for one in shown(kavya, "/merged/?show=apart")["separations"] if one.pair == pair
    ]
    assert found.state == "applied"


def test_buttons_work_without_script_and_not_without_the_token(kavya: Listener) -> None:
    html = browser_of(kavya).get("/merged/").content.decode()
    assert html.count(f'action="{SEPARATE}"') >= len(shown(kavya, "/merged/")["merged"])
    assert "csrfmiddlewaretoken" in html
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(kavya)
    assert strict.post(SEPARATE, {"event_id": pair_of(newest(kavya))}).status_code == 403
    assert browser_of(kavya).get(SEPARATE).status_code == 405
    assert Client().post(SEPARATE, {}).status_code == 302


@pytest.mark.parametrize("ids", [[], ["a"], ["a", "a"], ["a", "b"], ["a", "b", "c"], ["\x00", "b"]])
def test_what_is_no_pair_is_refused(kavya: Listener, ids: list[str]) -> None:
    response = browser_of(kavya).post(SEPARATE, {"event_id": ids}, follow=True)
    assert REFUSED in response.content.decode()
    assert browser_of(kavya).post(API, {"event_ids": ids}, "application/json").status_code == 400
    assert not Separation.objects.exists()


def test_charlie_sees_and_decides_nothing(kavya: Listener, charlie: Listener) -> None:
    pair, decision = pair_of(newest(kavya)), applied(kavya)
    howard = listener("howard", timezone="Australia/Lord_Howe")
    for other in (charlie, howard):
        browser = browser_of(other)
        browser.post(SEPARATE, {"event_id": pair})
        forged = browser.post(API, {"event_ids": pair}, "application/json")
        assert forged.status_code == 400
        assert REFUSED in forged.json()["detail"]
        mixed = [pair[0], pair_of(newest(howard))[0]]
        assert browser.post(API, {"event_ids": mixed}, "application/json").status_code == 400
        assert browser.post(f"/merged/{decision.pk}/rejoin/").status_code == 404
        assert browser.delete(f"{API}/{decision.pk}").status_code == 404
        assert list(decision.pair) not in ids_in(browser.get(API).json())
    assert browser_of(charlie).get("/api/v1/merged").json()["results"] == []
    assert "Song " not in browser_of(charlie).get("/merged/?show=apart").content.decode()
    assert Separation.objects.get() == decision


def ids_in(answer: Any) -> list[list[str]]:
    return [one["event_ids"] for one in answer["results"]]


def test_the_api_says_the_same(kavya: Listener) -> None:
    browser, knows = (
        browser_of(kavya),
        len(observations.applied_separations(clients.warehouse(), "kavya")),
    )
    merged = browser.get("/api/v1/merged").json()
    counts = {"plays": merged["count"], "observations": merged["observations"]}
    assert counts == observations.merged_counts(clients.warehouse(), "kavya")
    reported = merged["results"][0]["observations"]
    assert reported[0]["matched_by"] == "kept"
    pair = sorted(one["event_id"] for one in reported[:2])
    made = browser.post(API, {"event_ids": pair}, "application/json")
    assert made.status_code == 201
    assert (made.json()["event_ids"], made.json()["state"]) == (pair, "waiting")
    listed = browser.get(API).json()
    for former in (merged, merged["results"][0], made.json(), *listed["results"]):
        assert former["tellings"] == former["observations"], "the former name stays"
    assert listed["count"] == knows + 1
    assert made.json() in [*listed["results"], *browser.get(f"{API}?page=2").json()["results"]]
    assert browser.delete(f"{API}/{made.json()['id']}").status_code == 204
    assert browser.get(API).json()["count"] == knows


def test_a_token_needs_the_scope(kavya: Listener) -> None:
    pair = pair_of(newest(kavya))
    tokens = {
        scope: api_tokens.create(kavya, name=scope, scopes=[scope], now=NOW)
        for scope in ("read:stats", "write:feedback", "write:corrections")
    }
    told = {
        scope: (
            Client(headers={"authorization": f"Bearer {token}"}).get(API).status_code,
            Client(headers={"authorization": f"Bearer {token}"})
            .post(API, {"event_ids": pair}, "application/json")
            .status_code,
        )
        for scope, token in tokens.items()
    }
    assert told == {
        "read:stats": (200, 403),
        "write:feedback": (403, 403),
        "write:corrections": (403, 201),
    }


def test_the_next_build_reads_it_and_is_asked_for(
    kavya: Listener, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_: sent.append(name))
    with django_capture_on_commit_callbacks(execute=True):
        decision = applied(kavya)
        told = list(snapshots.snapshots()["separations"])
        separations.undo(kavya, separation_id=decision.pk)
    first, second = decision.pair
    ids = {"first_event_id": first, "second_event_id": second}
    assert told == [{"user_id": "kavya", "decided_at": NOW, **ids}]
    assert sent == ["ingestion.transform"] * 2
    assert list(snapshots.snapshots()["separations"]) == []


def test_it_goes_with_what_is_erased(kavya: Listener) -> None:
    decision = applied(kavya)
    events = observations.read_events(clients.warehouse(), "kavya", decision.pair)
    sources = {row["source"] for row in events.values()}
    elsewhere = ({"extended_history", "player", "recently_played", "account_data"} - sources).pop()
    long_before = min(row["played_at"] for row in events.values()) - timedelta(days=1)
    for erased in (
        Suppression(user_id="kavya", source=elsewhere),
        Suppression(user_id="kavya", until=long_before),
    ):
        registry.erase_part(kavya, erased)
        assert Separation.objects.get() == decision
    registry.erase_part(kavya, Suppression(user_id="kavya", source=sources.pop()))
    assert not Separation.objects.exists()


def test_what_is_being_erased_is_no_evidence(kavya: Listener) -> None:
    """The published build still holds it."""
    before, source = shown(kavya, "/merged/")["merged"], newest(kavya).others[0]["source"]
    assert any(row["source"] == source for one, _ in before for row in one.observations)
    applied(kavya)
    ErasureRequest.objects.create(
        listener=kavya, kind=ErasureRequest.Kind.SOURCE, source=source, asked_at=NOW
    )
    left = [one for one, _ in shown(kavya, "/merged/")["merged"]]
    told = [row["source"] for one in left for row in one.observations]
    parted = shown(kavya, "/merged/?show=apart")["separations"]
    told += [row["source"] for one in parted for row in one.observations]
    answers = [browser_of(kavya).get(path).json()["results"] for path in ("/api/v1/merged", API)]
    told += [row["source"] for found in answers for one in found for row in one["observations"]]
    assert told
    assert source not in told
    assert all(len(one.observations) > 1 for one in left)


@pytest.mark.parametrize("sources", [(), ("player", "recently_played", "saved_tracks")])
def test_it_goes_with_its_listener(kavya: Listener, sources: tuple[str, ...]) -> None:
    """Leaving Spotify takes decisions on what came from there."""
    for first, second in observations.applied_separations(clients.warehouse(), "kavya"):
        Separation.objects.create(
            listener=kavya, first_event_id=first, second_event_id=second, decided_at=NOW
        )
    known = Separation.objects.count()
    removed = registry.erase_all("kavya", kavya, sources)["decisions on merged plays"]
    assert removed == known - Separation.objects.count() > 0
    assert sources or not Separation.objects.exists()


def test_they_are_exported(kavya: Listener, charlie: Listener) -> None:
    decision = applied(kavya)
    told = browser_of(kavya).get("/export/decisions.json").json()
    assert [row["first_event_id"] for row in told["kept_apart"]] == [decision.first_event_id]
    assert set(told) == {"rules", "corrections", "kept_apart", "links", "house"}
    assert not any(browser_of(charlie).get("/export/decisions.json").json().values())
