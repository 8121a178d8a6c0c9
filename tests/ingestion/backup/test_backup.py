"""There and back: every row, every event, and nothing of what was erased in between."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from ingestion.backup import archive, creation, database, erasures, files, restoration
from ingestion.backup.archive import Archive, BackupError
from ingestion.models import BackupDestination, Run, Stage
from spotifyweb import clients, events
from spotifyweb.accounts import token_store
from spotifyweb.accounts.models import Connection, Listener, Token
from spotifyweb.dashboards.models import ShareLink
from spotifyweb.lake import LocalLake
from spotifyweb.monitoring import doctor
from spotifyweb.privacy import erasure_requests, execution, suppression
from spotifyweb.privacy.models import ErasureRequest
from tests.support.erasure_traces import DAY, like, play, sink
from tests.support.lake_rows import append_events, event_ids, rows
from tests.support.queues import waiting_tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(own_place: None, tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def landed(place: Path, alice: Listener, bob: Listener) -> None:
    """Two listeners with plays in the lake, and some that have not landed."""
    append_events([play(who, minute) for minute in (0, 300) for who in ("alice", "bob")])
    sink()
    append_events([play(who, 600) for who in ("alice", "bob")] + [like("bob")])


def erased_period(listener: Listener) -> ErasureRequest:
    """The first hour, carried out."""
    order = ErasureRequest.objects.create(
        listener=listener,
        kind=ErasureRequest.Kind.PERIOD,
        since=DAY - timedelta(hours=1),
        until=DAY + timedelta(hours=1),
        asked_at=timezone.now(),
    )
    execution.first_pass(order, clock=timezone.now)
    return order


def backed_up(place: Path) -> creation.Backup:
    return creation.create(str(place), now=timezone.now())


def lose_everything() -> None:
    """The machine is gone: no rows, no lake, no Valkey."""
    for model in apps.get_models():
        model._base_manager.all().delete()
    for key in list(clients.lake().keys()):
        clients.lake().delete(key)
    clients.redis_client().flushall()


def restored(place: Path) -> restoration.RestoreReport:
    return restoration.restore(str(place), clock=timezone.now)


def table(model: Any) -> list[dict[str, Any]]:
    return list(model._base_manager.order_by("pk").values())


def plays() -> list[tuple[str, str]]:
    sink()
    return sorted((row["user_id"], row["track_id"]) for row in rows(clients.lake(), "plays"))


def test_every_row_of_every_table_comes_back(alice: Listener, bob: Listener) -> None:
    now = timezone.now()
    tokens = {"access_token": token_store.encrypt("a"), "refresh_token": token_store.encrypt("b")}
    Token.objects.create(listener=alice, expires_at=now, refreshed_at=now, scope="s", **tokens)
    ShareLink.objects.create(listener=bob, title="é 👩", pages=["overview"], created_at=now)
    Run.objects.create(stage=Stage.CONSUME, started_at=now, counts={"objects": [1, None]})
    models = apps.get_models(include_auto_created=True)
    before = {model: table(model) for model in models}

    kept = list(database.parts())
    Listener.objects.all().delete()
    count = database.load(database.migrations(), kept)

    assert {model: table(model) for model in models} == before
    assert count == sum(map(len, before.values()))


def test_everything_comes_back_and_lands_once(landed: None, place: Path) -> None:
    made = backed_up(place)
    assert made.records == 3
    before = {dataset: event_ids(clients.lake(), dataset) for dataset in ("plays", "likes")}
    lose_everything()

    done = restored(place)

    assert (done.records, done.erasures, done.logins) == (3, 0, 0)
    assert {one.user_id for one in Listener.objects.all()} == {"alice", "bob"}
    assert event_ids(clients.lake(), "plays") == before["plays"]
    assert plays() == [(who, f"track-{at}") for who in ("alice", "bob") for at in (0, 300, 600)]
    assert BackupDestination.objects.get().backed_up_at is None  # it was not over yet


@pytest.mark.parametrize(("saved", "records"), [("save_log", 0), ("save_lake", 3)])
def test_what_landed_while_the_backup_went_on_comes_back_once(
    landed: None, place: Path, monkeypatch: pytest.MonkeyPatch, saved: str, records: int
) -> None:
    """Saved with the lake, which comes last, with the log, or with both: never with neither."""
    save = getattr(files, saved)

    def sink_then(*arguments: Any, **options: Any) -> Any:
        done = save(*arguments, **options)
        sink()
        return done

    monkeypatch.setattr(files, saved, sink_then)
    backed_up(place)
    lose_everything()
    assert restored(place).records == records
    assert len(plays()) == 6


def test_what_was_erased_after_the_backup_stays_erased(
    landed: None, place: Path, alice: Listener, bob: Listener
) -> None:
    backed_up(place)
    order = erased_period(alice)
    erasure_requests.close_account_now(
        bob, erasure_requests.Retention.EVERYTHING, clock=timezone.now
    )
    lose_everything()

    assert restored(place).erasures == 2
    assert not waiting_tasks(), "a build for each, though one follows"

    assert plays() == [("alice", "track-300"), ("alice", "track-600")]
    assert [one.user_id for one in Listener.objects.all()] == ["alice"]
    again = ErasureRequest.objects.get(token=order.token)
    assert again.is_suppressing and again.until == order.until
    assert execution.needs_build()


def test_a_play_that_was_erased_is_the_same_play_after_a_restore(
    place: Path, alice: Listener
) -> None:
    """Of two that ended at once, only the start on the device says which one it was."""
    backed_up(place)
    order = ErasureRequest.objects.create(
        listener=alice,
        kind=ErasureRequest.Kind.PLAY,
        since=DAY,
        until=DAY + timedelta(minutes=1),
        began=DAY - timedelta(minutes=3),
        device_started_at=DAY - timedelta(minutes=40),
        salt="salt",
        items=["fingerprint"],
        asked_at=timezone.now(),
    )
    execution.first_pass(order, clock=timezone.now)
    lose_everything()

    assert restored(place).erasures == 1
    again = ErasureRequest.objects.get(token=order.token)
    assert suppression.suppression_of(again) == suppression.suppression_of(order)


def test_an_erasure_of_before_and_a_mark_that_was_lifted_take_nothing_out(
    landed: None, place: Path, alice: Listener, bob: Listener
) -> None:
    erased_period(alice)
    backed_up(place)
    erasure_requests.lift_suppression(erased_period(bob), now=timezone.now())
    lose_everything()
    assert restored(place).erasures == 0
    assert ("bob", "track-0") in plays()


def test_a_list_that_could_not_be_written_is_written_later(
    landed: None, place: Path, alice: Listener
) -> None:
    backed_up(place)
    away = place.rename(place.with_name("in a drawer"))
    place.touch()  # nothing can be written below a file
    order = erased_period(alice)
    assert erasures.write_all() == 1
    (found,) = doctor._backups(now=timezone.now())
    assert (found.state, "1 erasures wait" in found.hint) == ("warning", True)

    place.unlink()
    away.rename(place)
    assert erasures.write_all() == 0
    assert list(erasures.read(LocalLake(place))) == [order.token]
    assert BackupDestination.objects.get().unwritten == {}


def test_tokens_of_other_keys_mean_a_login_and_no_failure(
    landed: None, place: Path, alice: Listener, settings: Any
) -> None:
    now, sealed = timezone.now(), token_store.encrypt("secret")
    tokens = {"access_token": sealed, "refresh_token": sealed}
    Token.objects.create(listener=alice, expires_at=now, refreshed_at=now, scope="s", **tokens)
    backed_up(place)
    lose_everything()
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    assert restored(place).logins == 1
    assert Listener.objects.get(user_id="alice").connection == Connection.NEEDS_LOGIN


def test_only_an_empty_install_is_filled(landed: None, place: Path) -> None:
    backed_up(place)
    with pytest.raises(BackupError, match="DATABASE_URL"):
        restored(place)
    Listener.objects.all().delete()
    with pytest.raises(BackupError, match="LAKE_URL"):
        restored(place)
    clients.redis_client().hset("heartbeats", "main@here", timezone.now().isoformat())
    with pytest.raises(BackupError, match="workers"):
        restored(place)


def test_half_a_backup_and_a_damaged_one_are_none(landed: None, place: Path) -> None:
    store = LocalLake(place)
    Archive(store=store, name="20260101T000000Z").put("database/000001.jsonl.gz", b"half")
    with pytest.raises(BackupError, match="no complete backup"):
        archive.open_archive(store)
    made = backed_up(place)
    store.put(f"{made.name}/database/000001.jsonl.gz", b"damaged")
    kept, _ = archive.open_archive(store)
    with pytest.raises(BackupError, match="damaged"):
        kept.get("database/000001.jsonl.gz")
    with pytest.raises(BackupError, match="no backup nowhere"):
        archive.open_archive(store, "nowhere")


def test_keep_deletes_older_backups(place: Path) -> None:
    now = timezone.now()
    for minutes in range(3):
        creation.create(str(place), now=now + timedelta(minutes=minutes), keep=2)
    store = LocalLake(place)
    assert len(archive.backup_names(store)) == 2
    assert not list(store.keys(f"{now:%Y%m%dT%H%M%SZ}/"))


def test_the_command_says_that_the_keys_are_not_in_it(place: Path, tmp_path: Path) -> None:
    said = StringIO()
    call_command("backup", str(place), stdout=said)
    assert "TOKEN_KEYS" in said.getvalue()
    secret = (tmp_path / "keys.env").read_bytes() if (tmp_path / "keys.env").exists() else b"KEY="
    assert not any(secret in path.read_bytes() for path in place.rglob("*") if path.is_file())
    for wrong in ("ftp://host/x", str(tmp_path / "lake" / "inside")):
        with pytest.raises(CommandError, match="no backup was made"):
            call_command("backup", wrong)


def test_topics_of_the_log_are_all_saved(place: Path) -> None:
    """Whoever adds a topic has it in the backup."""
    for topic in events.TOPICS:
        clients.event_log().append(topic, [("alice", b"{}")])
    assert backed_up(place).records == len(events.TOPICS)
