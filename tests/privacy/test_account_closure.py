"""Leaving: what is removed where, and that nothing comes back."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from bench.harness.sandbox_client import MIRA
from ingestion.models import Reject
from spotifyweb import clients
from spotifyweb.accounts import api_tokens
from spotifyweb.accounts.models import Listener
from spotifyweb.privacy import erasure_requests, tasks
from spotifyweb.privacy.models import ErasureRequest
from tests.support.erasure_traces import DAY, close_account, find_traces, run_second_pass, sink
from tests.support.lake_rows import rows

pytestmark = pytest.mark.django_db


def test_the_traces_are_really_there(traces: Listener) -> None:
    found = find_traces(MIRA)

    assert {"Listener", "Reject", "Run", "b'log:user_plays'"} <= set(found)
    assert [place for place in found if "/bronze/plays/" in place]
    assert [place for place in found if "/rejects/plays/" in place]


def test_everything_is_erased_everywhere_and_bob_loses_nothing(
    traces: Listener, browser: Client
) -> None:
    bobs = len([row for row in rows(clients.lake(), "plays") if row["user_id"] == "bob"])

    erase_all(browser)
    assert run_second_pass() == 0  # bob's play has not landed yet
    sink()
    assert run_second_pass() == 1

    assert find_traces(MIRA) == []
    remaining = [row["user_id"] for row in rows(clients.lake(), "plays")]
    assert remaining == ["bob"] * (bobs + 1)
    assert [row["user_id"] for row in rows(clients.lake(), "likes")] == ["bob"]
    assert clients.redis_client().get("recommendations:build-1:bob") == b"[]"


def erase_all(browser: Client) -> Any:
    """Press it, let a worker do it, and look at the page again."""
    form = {"choice": "everything", "sure": "yes"}
    answer = browser.post("/settings/disconnect/", form, follow=True)
    assert answer.context["state"] == "waiting"
    tasks.erase(order_pk=ErasureRequest.objects.get().pk)
    return browser.get(answer.redirect_chain[-1][0])


def test_the_receipt_says_what_was_removed(traces: Listener, browser: Client) -> None:
    answer = erase_all(browser)

    page = answer.content.decode()
    assert answer.context["state"] == "building"
    removed = answer.context["removed"]
    assert removed["stored records"] == 5
    assert removed["records not stored yet"] == 2  # one not landed, one among the dead letters
    assert removed["unreadable records"] == removed["examples of unreadable records"] == 1
    assert removed["Spotify tokens"] == 1
    assert removed["temporary copies"] == 2
    assert MIRA not in page
    assert "_auth_user_id" not in browser.session


def test_the_admin_s_notes_about_them_go_too(alice: Listener, bob: Listener) -> None:
    api_tokens.create(bob, name="Kitchen", scopes=["read:stats"], now=DAY)
    admins = Client()
    admins.force_login(alice)
    admins.post(f"/admin/accounts/apitoken/{bob.api_tokens.get().pk}/delete/", {"post": "yes"})
    admins.post(f"/admin/accounts/listener/{bob.pk}/change/", {"display_name": "Bob"})
    assert "Kitchen of Bob" in notes()

    close_account(bob, erasure_requests.Retention.EVERYTHING)

    assert notes() == []


def notes() -> list[str]:
    return list(LogEntry.objects.values_list("object_repr", flat=True))


def test_what_others_pages_remember_of_them_goes_too(bob: Listener) -> None:
    cache.set("gold:alice:20260501T100000Z:0a", [{"user_id": "bob", "plays": 7}])

    removed = erasure_requests.close_account_now(
        bob, erasure_requests.Retention.EVERYTHING, clock=timezone.now
    )

    assert cache.get("gold:alice:20260501T100000Z:0a") is None
    assert removed["cached statistics"] == 1


def test_rejects_of_others_stay(traces: Listener) -> None:
    Reject.objects.create(
        topic="user_plays",
        partition=0,
        offset="9",
        reason="x",
        raw_start=f'{{"track_name": "{MIRA}"}}',  # a title is nobody's name
        user_id="bob",
        rejected_at=DAY,
    )

    close_account(traces, erasure_requests.Retention.EVERYTHING)

    assert [reject.user_id for reject in Reject.objects.all()] == ["bob"]
