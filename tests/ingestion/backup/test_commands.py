"""Commands around a backup: restore, rebuild and transform, to the point where a build begins."""

import json
from contextlib import nullcontext
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ingestion.backup import restoration
from ingestion.pipeline import snapshots, transformation
from spotifyweb import clients, locks
from spotifyweb.devserver import environment
from spotifyweb.management.commands import restore
from spotifyweb.warehouse import WarehouseError
from tests.support.erasure_traces import DAY

pytestmark = pytest.mark.django_db


def test_a_restore_lands_what_waited_and_ends_with_a_build(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    done = restoration.RestoreReport(name="n", rows=1, objects=2, records=3, erasures=0, logins=1)

    def filled(*_: Any, **__: Any) -> restoration.RestoreReport:
        steps.append("restore")
        return done

    def called(name: str, *, stdout: StringIO, **_: Any) -> None:
        steps.append(name)
        stdout.write('{"status": "published"}')

    monkeypatch.setattr(environment, "stopped_install", nullcontext)
    monkeypatch.setattr(restoration, "restore", filled)
    monkeypatch.setattr(restore, "call_command", called)
    said = StringIO()
    call_command("restore", "anywhere", "--json", stdout=said)
    assert steps == ["restore", "consume", "rebuild"]
    assert json.loads(said.getvalue())["build"] == {"status": "published"}


def test_a_rebuild_outwaits_a_lock_that_came_with_a_copy(
    own_place: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody renews it here, so it runs out, but not before the rebuild has asked for it."""
    held = locks.lock

    def asked(name: str, *arguments: Any, **options: Any) -> Any:
        if name == transformation.LOCK:
            clients.redis_client().set(locks.key(name), 7, px=300)
        return held(name, *arguments, **options)

    def reached() -> None:
        raise WarehouseError("the lock is taken over")

    monkeypatch.setattr(locks, "lock", asked)
    monkeypatch.setattr(snapshots, "collect", reached)
    with pytest.raises(CommandError, match="taken over"):
        call_command("rebuild")


def test_a_transform_as_of_another_time_builds_from_the_lake_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, Any] = {}

    def built(**options: Any) -> transformation.Outcome:
        asked.update(options)
        return transformation.Outcome(
            build_id="b", status="published", models=1, tests=1, seconds=1
        )

    monkeypatch.setattr(transformation, "transform", built)
    call_command("transform", "--as-of", "2026-05-01T10:00", "--json", stdout=StringIO())
    assert (asked["now"], asked["full_refresh"]) == (DAY, True)
    for wrong in ("yesterday", "2999-01-01"):
        with pytest.raises(CommandError, match=wrong):
            call_command("transform", "--as-of", wrong)
