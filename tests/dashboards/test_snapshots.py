"""What is decided here reaches the lake with the next build, and asks for that build."""

from datetime import UTC, datetime
from typing import Any

import pytest
from celery import current_app

from spotifyweb import signals
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.household import members
from spotifyweb.dashboards.models import ExclusionRule

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def told() -> dict[str, list[Any]]:
    return {name: list(rows) for name, rows in signals.collect_snapshots()}


def test_rules_that_are_on_and_nobody_elses(alice: Listener) -> None:
    ExclusionRule.objects.create(listener=alice, kind="hours", value="22-6")
    ExclusionRule.objects.create(listener=alice, kind="artist", value="Rain", is_on=False)
    assert told()["rules"] == [
        {"user_id": "alice", "kind": "hours", "value": "22-6", "from_hour": 22, "until_hour": 6}
    ]


def test_the_house_is_who_joined_and_stayed(alice: Listener, bob: Listener) -> None:
    for each in (alice, bob):
        members.join(each, now=NOW)
    members.leave(bob)
    assert told()["housemates"] == [{"user_id": "alice", "joined_at": NOW}]


def test_each_change_asks_for_a_build(
    alice: Listener,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_: sent.append(name))
    with django_capture_on_commit_callbacks(execute=True):
        rule = ExclusionRule.objects.create(listener=alice, kind="artist", value="Rain")
        members.join(alice, now=NOW)
        rule.delete()
        members.leave(alice)
    assert sent == ["ingestion.transform"] * 4
