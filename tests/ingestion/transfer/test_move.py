"""A move up to its build, in one process: this install is emptied, and becomes the target."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.utils import timezone

from ingestion.backup.archive import BackupError
from ingestion.transfer import gold, objects, process, source, steps, target
from ingestion.transfer.request import TransferRequest
from spotifyweb import clients, locks
from spotifyweb.accounts import token_store
from spotifyweb.accounts.models import KeyFingerprint, Listener, Token
from spotifyweb.celery import heartbeats
from tests.support.erasure_traces import like, play
from tests.support.lake_rows import append_events

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

GOLD = {"listens": [6, "123"]}


class Killed(BaseException):
    """kill -9, as near as one process comes to it."""


@pytest.fixture(autouse=True)
def builds(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The times that were built as of; tests of the engines build."""
    found: list[Any] = []
    monkeypatch.setattr(source, "build", lambda *, as_of: found.append(as_of))
    monkeypatch.setattr(gold, "digests", lambda _: GOLD)
    return found


@pytest.fixture
def install(own_place: None, alice: Listener, bob: Listener) -> None:
    """Two listeners with plays in the log, a token and a session."""
    append_events([play(who, minute) for minute in (0, 300, 600) for who in ("alice", "bob")])
    append_events([like("bob")])
    Token.objects.create(
        listener=alice,
        access_token=token_store.encrypt("access"),
        refresh_token=token_store.encrypt("refresh"),
        expires_at=timezone.now(),
        refreshed_at=timezone.now(),
        scope="",
    )
    Session.objects.create(session_key="s" * 32, session_data="x", expire_date=timezone.now())


def rows() -> dict[str, Any]:
    """All rows but those of runs, which a drain adds to."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.managed and model._meta.label != "ingestion.Run"
    }


def lake_objects() -> dict[str, bytes]:
    return {key: clients.lake().get(key) for key in objects.list_keys(clients.lake())}


def prepared() -> TransferRequest:
    return source.prepare(clock=timezone.now)


def elsewhere(request: TransferRequest, folder: Path) -> TransferRequest:
    """The source's lake is another folder now, and so are its other engines."""
    lake = folder / "source lake"
    shutil.move(folder / "lake", lake)
    for model in apps.get_models():
        model._base_manager.all().delete()
    clients.redis_client().flushall()
    address = replace(request.lake, url=f"file://{str(lake).replace(' ', '%20')}")
    return replace(request, lake=address, addresses={})


def filled(request: TransferRequest) -> target.FillReport:
    return target.fill(request, clock=timezone.now)


def test_rows_objects_tokens_and_sessions_arrive(
    install: None, tmp_path: Path, builds: list[Any]
) -> None:
    request = prepared()
    before, lake = rows(), lake_objects()
    moved = filled(elsewhere(request, tmp_path))
    assert moved.is_equal and moved.copied == len(lake)
    after = rows()
    assert {name: found for name, found in after.items() if "Periodic" not in name} == {
        name: found for name, found in before.items() if "Periodic" not in name
    }
    assert len(after["sessions.Session"]) == 1
    assert token_store.decrypt(Token.objects.get().refresh_token) == "refresh"
    assert lake.items() <= lake_objects().items()
    assert builds == [request.as_of, request.as_of]
    assert source.lag() == 0


@pytest.mark.parametrize("step", target.STEPS)
@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
def test_a_move_that_was_killed_around_a_step_goes_on(
    step: str, is_done: bool, install: None, tmp_path: Path, monkeypatch: Any
) -> None:
    request = prepared()
    before, carry_out = rows(), target.STEPS[step]

    def die(*arguments: Any) -> None:
        if is_done:
            carry_out(*arguments)
        raise Killed

    request = elsewhere(request, tmp_path)
    monkeypatch.setitem(target.STEPS, step, die)
    with pytest.raises(Killed):
        filled(request)
    monkeypatch.setitem(target.STEPS, step, carry_out)
    assert filled(request).is_equal
    assert rows()["accounts.Listener"] == before["accounts.Listener"]


def test_a_second_run_of_an_unchanged_install_saves_nothing_again(
    install: None, builds: list[Any]
) -> None:
    first = prepared()
    source.require_unchanged(first)
    assert prepared() == first and len(builds) == 1
    append_events([play("alice", 900)])
    with pytest.raises(BackupError, match="was used while it moved"):
        source.require_unchanged(first)
    second = prepared()
    assert second.name > first.name and len(builds) == 2
    Listener.objects.filter(user_id="bob").update(display_name="Robert")
    with pytest.raises(BackupError, match="was used while it moved"):
        source.require_unchanged(second)


def test_a_run_after_the_source_was_used_brings_what_is_new(install: None, tmp_path: Path) -> None:
    request = prepared()
    target_request = elsewhere(request, tmp_path)
    filled_once = steps.Steps(store=clients.lake(), source=request.source)
    filled_once.begin("an earlier archive")
    filled_once.finish("database", 0)
    filled_once.finish("lake", {"objects": 0, "copied": 0})
    assert filled(target_request).rows > 0


def test_a_target_that_holds_another_install_is_refused(install: None, tmp_path: Path) -> None:
    request = prepared()
    with pytest.raises(BackupError, match=r"DATABASE_URL, LAKE_URL, .* the source's own"):
        filled(request)
    with pytest.raises(BackupError, match=r"the database .* has listeners"):
        filled(replace(request, addresses={}))
    Listener.objects.all().delete()
    with pytest.raises(BackupError, match=r"the lake .* has events"):
        filled(replace(request, addresses={}))
    request = elsewhere(request, tmp_path)
    clients.lake().put("ledgers/x.sqlite3", b"of somebody's imports")
    with pytest.raises(BackupError, match=r"the lake .* has ledgers/x.sqlite3 of another"):
        filled(request)
    clients.lake().delete("ledgers/x.sqlite3")
    append_events([play("carl", 0)])
    with pytest.raises(BackupError, match=r"the event log .* holds 1 events"):
        filled(request)
    clients.redis_client().flushall()
    steps.Steps(store=clients.lake(), source="another").begin("x")
    with pytest.raises(BackupError, match="a move of another install"):
        filled(request)


def test_a_move_that_has_ended_is_not_repeated(install: None, tmp_path: Path) -> None:
    request = elsewhere(prepared(), tmp_path)
    filled(request)
    assert filled(request).is_equal  # killed before its end was noted
    target.complete(request, now=timezone.now())
    with pytest.raises(BackupError, match="the move ended at"):
        filled(request)


def test_gold_that_differs_is_built_again_by_the_next_run(
    install: None, tmp_path: Path, monkeypatch: Any, builds: list[Any]
) -> None:
    request = elsewhere(prepared(), tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(gold, "digests", lambda _: {"listens": [5, "122"]})
        assert not filled(request).is_equal
    assert filled(request).is_equal
    assert len(builds) == 3


def test_another_key_or_app_is_refused_by_name(
    install: None, tmp_path: Path, settings: Any
) -> None:
    request = elsewhere(prepared(), tmp_path)
    former = settings.TOKEN_KEYS
    settings.TOKEN_KEYS = ["YW5vdGhlciBrZXkgb24gdGhlIG90aGVyIGhvc3Qgbm8="]
    with pytest.raises(BackupError, match="TOKEN_KEYS: the target lacks keys"):
        filled(request)
    assert not KeyFingerprint.objects.exists() and not list(clients.lake().keys())
    settings.TOKEN_KEYS += former
    settings.SPOTIFY_CLIENT_ID = "another"
    with pytest.raises(BackupError, match="SPOTIFY_CLIENT_ID: the target's is another"):
        filled(request)


def test_workers_have_to_be_stopped(install: None) -> None:
    heartbeats.record("worker@host", now=timezone.now())
    with pytest.raises(BackupError, match="stop the workers first"):
        prepared()


def test_two_moves_to_one_target_do_not_mix(
    install: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target, "LOCK_WAIT_SECONDS", 0)
    request = elsewhere(prepared(), tmp_path)
    with locks.lock(target.LOCK), pytest.raises(locks.LockHeld):
        filled(request)


@pytest.fixture
def environ() -> dict[str, str]:
    return {
        **dict.fromkeys(("DATA_DIR", "KAFKA_SASL_PASSWORD", "AWS_PROFILE", "PGPASSWORD"), "x"),
        "PATH": os.environ["PATH"],
        "https_proxy": "http://proxy",
        "LC_ALL": "C.UTF-8",
    }


def test_the_target_inherits_no_setting_of_the_source(environ: dict[str, str]) -> None:
    found = process.environment(Path("/srv/company.env"), environ=environ)
    assert found.keys() == {"PATH", "https_proxy", "LC_ALL", "ENV_FILE"}
    assert found["ENV_FILE"] == "/srv/company.env"


def test_an_order_is_the_same_behind_the_pipe(install: None) -> None:
    request = prepared()
    assert TransferRequest.from_json(request.to_json()) == request
    assert objects.list_keys(request.lake.open()) == objects.list_keys(clients.lake())
