"""Erasing from the pages and by the API: what is said first, who may, what is hidden at once."""

import json
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import orjson
import pytest
from django.test import Client
from django.utils import timezone

from spotifyweb.accounts import api_tokens
from spotifyweb.accounts.models import ApiToken, Listener, ListenerTimezone
from spotifyweb.privacy.models import ErasureRequest
from tests.conftest import listener
from tests.dashboards.conftest import shown
from tests.dashboards.test_export import exported
from tests.dbt import listening
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen, listens_of

NIGHT = (date(2026, 6, 29), date(2026, 7, 3))  # whole in every zone
DAYS = {"first": "2026-06-29", "last": "2026-07-03"}
NASTY = ["", "0", "-1", "9" * 30, "null", "%", "'; drop--", "2026-13-45", "9999-12-31", "x" * 41]


def asked(browser: Client, **order: Any) -> Any:
    return browser.post("/api/v1/erasures", orjson.dumps(order), "application/json")


def newest(listener: Listener) -> Any:
    return shown(listener, "/")["recent"][0]


def test_what_a_period_would_take_is_what_was_heard(
    someone: Listener, all_heard: list[CountedListen]
) -> None:
    def in_it(kind: bool) -> list[CountedListen]:
        return listens_of(
            all_heard,
            someone.user_id,
            lambda one: one.is_play is kind and NIGHT[0] <= one.local_date <= NIGHT[1],
            spoken=None,
        )

    page = shown(someone, "/data/erase/?what=period&first=2026-06-29&last=2026-07-03")

    preview, plays, skips = page["preview"], in_it(True), in_it(False)
    assert plays
    assert (preview.plays, preview.skips) == (len(plays), len(skips))
    assert preview.heard_ms == sum(one.heard_ms for one in plays + skips)
    assert page["days"] == NIGHT
    assert not ErasureRequest.objects.exists(), "looking changes nothing"


def test_a_day_is_that_of_the_zone_lived_in_then(db: None, all_heard: list[CountedListen]) -> None:
    theo = listener("theo", timezone="Asia/Tokyo")  # where midnight is seven hours earlier
    for who, zone, since in listening.ZONES:
        if who == "theo":
            ListenerTimezone.objects.create(listener=theo, timezone=zone, valid_from=since)
    day = date(2026, 4, 4)  # the last one in Berlin

    page = shown(theo, f"/data/erase/?what=period&first={day}&last={day}")

    order = page["preview"].request
    assert order.since == datetime(2026, 4, 3, 22, tzinfo=UTC)
    assert order.until == datetime(2026, 4, 4, 22, tzinfo=UTC)
    assert page["days"] == (day, day)
    began = listens_of(
        all_heard, "theo", lambda one: one.is_play and one.local_date == day, spoken=None
    )
    counted = page["preview"].plays
    assert began and counted in (len(began), len(began) + 1)  # one may only have ended that day


def test_a_play_is_forgotten_from_the_list_without_a_script(kavya: Listener) -> None:
    browser, play = browser_of(kavya), newest(kavya)
    link = f"/data/erase/?what=play&amp;event={play['event_id']}&amp;back=%2F"
    assert link in browser.get("/").content.decode()
    track = browser.get(f"/tracks/{play['track_id']}/").content.decode()
    assert f"event={play['event_id']}" in track
    asks = browser.get(link.replace("&amp;", "&"))
    assert asks.context["preview"].listen["track_name"] == play["track_name"]
    assert 'name="csrfmiddlewaretoken"' in asks.content.decode()

    form = {"what": "play", "event": play["event_id"]}
    assert browser.post("/data/erase/", form).status_code == 200, "it asks once more"
    receipt = browser.post("/data/erase/", form | {"sure": "yes"}, follow=True)

    assert receipt.context["state"] == "waiting"
    assert newest(kavya)["event_id"] != play["event_id"], "hidden before it is gone"
    assert play["track_name"] not in json.dumps(orders_stored())


def orders_stored() -> list[Any]:
    return list(ErasureRequest.objects.values("items", "salt", "steps", "objects_rewritten"))


@pytest.mark.django_db(transaction=True)
def test_an_export_leaves_out_what_is_being_erased(kavya: Listener) -> None:
    play = newest(kavya)
    browser_of(kavya).post(
        "/data/erase/", {"what": "play", "event": play["event_id"], "sure": "yes"}
    )

    assert play["event_id"].encode() not in exported(kavya, "csv")


def test_the_receipt_can_be_taken_along(kavya: Listener, charlie: Listener) -> None:
    browser = browser_of(kavya)
    token = asked(browser, kind="period", **DAYS).json()["receipt"]

    saved = browser.get(f"/data/erasures/{token}/receipt.json")

    assert saved["Content-Disposition"].startswith("attachment")
    told = saved.json()
    digest = told.pop("sha256")
    assert digest == sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
    assert (told["first"], told["last"], told["state"]) == (*DAYS.values(), "waiting")
    for stranger in (browser_of(charlie), Client()):
        assert stranger.get(f"/data/erasures/{token}/receipt.json").status_code == 404


def test_the_api_looks_first_and_then_erases(kavya: Listener) -> None:
    browser = browser_of(kavya)
    looked = asked(browser, kind="source", source="account_data", preview=True)
    assert (looked.status_code, looked.json()["tellings"] > 0) == (200, True)
    assert browser.get("/api/v1/erasures").json() == []

    ordered = asked(browser, kind="source", source="account_data")

    assert ordered.status_code == 202
    token = ordered.json()["receipt"]
    assert browser.get(f"/api/v1/erasures/{token}").json()["source"] == "account_data"
    lifted = browser.delete(f"/api/v1/erasures/{token}")
    assert lifted.json()["mark_lifted_at"]
    assert browser.delete(f"/api/v1/erasures/{token}").status_code == 404


def test_charlie_erases_and_reads_nothing_of_kavyas(kavya: Listener, charlie: Listener) -> None:
    play = newest(kavya)
    token = asked(browser_of(kavya), kind="play", event_id=play["event_id"]).json()["receipt"]
    browser = browser_of(charlie)

    assert asked(browser, kind="play", event_id=play["event_id"]).status_code == 404
    assert browser.get(f"/api/v1/erasures/{token}").status_code == 404
    assert browser.delete(f"/api/v1/erasures/{token}").status_code == 404
    assert browser.post(f"/data/erasures/{token}/lift/").status_code == 404
    assert browser.get("/api/v1/erasures").json() == []
    assert ErasureRequest.objects.get().is_suppressing


@pytest.mark.parametrize(
    ("scope", "status"), [(ApiToken.Scope.ERASE, 202), (ApiToken.Scope.STATS, 403)]
)
def test_a_token_needs_the_scope_to_erase(kavya: Listener, scope: str, status: int) -> None:
    token = api_tokens.create(kavya, name="t", scopes=[scope], now=timezone.now())
    browser = Client(headers={"authorization": f"Bearer {token}"})

    assert asked(browser, kind="period", **DAYS).status_code == status


@pytest.mark.parametrize("value", NASTY)
def test_nothing_asked_is_a_failure(kavya: Listener, value: str) -> None:
    browser = browser_of(kavya)
    for order in (
        {"kind": value},
        {"kind": "play", "event_id": value},
        {"kind": "period", "first": value, "last": value},
        {"kind": "period", "first": "2026-01-01", "last": value, "preview": True},
        {"kind": "source", "source": value},
    ):
        assert asked(browser, **order).status_code in (200, 400, 404), order
    for what in ("play", "period", "source", value):
        query = {"what": what, "event": value, "first": value, "last": value, "source": value}
        assert browser.get("/data/erase/", query | {"back": "//evil.example/"}).status_code == 302


def test_the_way_back_stays_in_the_house(kavya: Listener) -> None:
    address = "/data/erase/?what=source&source=account_data&back="

    assert shown(kavya, f"{address}https://evil.example/")["back"] == "/data/"
    assert shown(kavya, f"{address}/search/?q=a")["back"] == "/search/?q=a"


def test_kafka_s_part_is_said(kavya: Listener, settings: Any) -> None:
    settings.EVENT_LOG_URL = "kafka://127.0.0.1:9092"

    page = browser_of(kavya).get("/data/erase/?what=source&source=account_data")

    assert any(
        "Kafka, which cannot delete single records" in note for note in page.context["notes"]
    )
