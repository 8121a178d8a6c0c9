"""Records that were set aside land after a fix, corrected or not, or stay aside: once each."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from ingestion.models import Reject
from ingestion.pipeline import dead_letters
from spotifyweb import clients, lake
from spotifyweb.eventlog import LogError
from spotifyweb.events import Play
from tests.faults.draining import plays
from tests.support.lake_rows import event_ids

pytestmark = pytest.mark.django_db
(PLAY,) = plays(1)


@pytest.fixture
def reject(monkeypatch: pytest.MonkeyPatch) -> Reject:
    """A play with a field that an older version did not know, as the sink set it aside."""
    return set_aside(orjson.dumps(PLAY.to_json() | {"mood": "calm"}))


def set_aside(value: bytes, key: str = PLAY.user_id) -> Reject:
    clients.event_log().append("user_plays", [(key, value)])
    call_command("consume", "--topic", "user_plays")
    return Reject.objects.latest("pk")


def the_code_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the record without its field, as a newer version would."""
    decode = lake.decode

    def newer(topic: str, values: list[bytes]) -> lake.DecodedBatch:
        return decode(topic, [value.replace(b',"mood":"calm"', b"") for value in values])

    monkeypatch.setattr(lake, "decode", newer)


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    call_command("dead_letters", *arguments, "--json")
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def landed() -> list[str]:
    call_command("consume", "--topic", "user_plays")
    return event_ids(clients.lake(), "plays")


def test_a_record_lands_once_the_code_knows_it(
    reject: Reject, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(capsys, "requeue", "--topic", "user_plays")["failed"] == 1
    assert landed() == []
    the_code_knows(monkeypatch)
    assert ask(capsys, "requeue", "--reason", "mood")["requeued"] == 1
    assert ask(capsys, "requeue", "--reason", "mood")["requeued"] == 0
    assert landed() == [PLAY.event_id]
    reject.refresh_from_db()
    assert (reject.resolution, reject.event_id) == ("requeued", PLAY.event_id)


def test_a_record_is_corrected_by_hand(
    reject: Reject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "play.json").write_bytes(orjson.dumps(PLAY.to_json()))
    edit = ("edit", str(reject.pk), "--value", str(tmp_path / "play.json"))
    assert ask(capsys, *edit)["edited"] == 1
    assert landed() == [PLAY.event_id]
    with pytest.raises(CommandError, match="not in the list"):
        call_command("dead_letters", *edit)


def test_a_correction_does_not_give_a_play_to_somebody_else(reject: Reject) -> None:
    other = orjson.dumps(PLAY.to_json() | {"user_id": "mallory"})
    with pytest.raises(dead_letters.DeadLetterError, match="another listener"):
        dead_letters.requeue(reject, None, log=clients.event_log(), now=timezone.now(), value=other)
    assert landed() == []


def test_what_is_dropped_is_listed_no_more_and_stays_in_the_lake(
    reject: Reject, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(ask(capsys, "list")["rejects"]) == 1
    assert ask(capsys, "drop", str(reject.pk))["dropped"] == 1
    assert ask(capsys, "list")["rejects"] == [] and landed() == []
    assert dead_letters.raw_values([reject], clients.lake())
    with pytest.raises(dead_letters.DeadLetterError, match="it was dropped at"):
        dead_letters.drop(reject, now=timezone.now())


def test_a_log_that_is_down_leaves_it_in_the_list(
    reject: Reject, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_code_knows(monkeypatch)

    def down(*_: Any) -> int:
        raise LogError("the event log could not append")

    monkeypatch.setattr(clients.event_log(), "append", down)
    with pytest.raises(CommandError, match="could not append"):
        call_command("dead_letters", "requeue", str(reject.pk))
    assert dead_letters.open_rejects().get() == reject


def test_a_process_that_dies_after_the_append_leaves_it_in_the_list_and_its_event_the_same(
    reject: Reject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bronze then holds the event twice, of which `new_events` (dbt/macros) takes one."""

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    the_code_knows(monkeypatch)
    with monkeypatch.context() as dying, pytest.raises(Killed):
        dying.setattr(clients.event_log(), "sync", die)
        call_command("dead_letters", "requeue", str(reject.pk))
    assert dead_letters.open_rejects().get() == reject
    call_command("dead_letters", "requeue", str(reject.pk))

    reject.refresh_from_db()
    assert landed() == [reject.event_id] * 2
    assert not dead_letters.open_rejects().exists()


def test_bytes_that_the_lake_lost_can_only_be_edited_or_dropped(
    reject: Reject, capsys: pytest.CaptureFixture[str]
) -> None:
    for key in list(clients.lake().keys("rejects/")):
        clients.lake().delete(key)
    assert ask(capsys, "requeue", str(reject.pk))["failed"] == 1
    value = orjson.dumps(PLAY.to_json())
    event = dead_letters.requeue(
        reject, None, log=clients.event_log(), now=timezone.now(), value=value
    )
    assert event == Play.from_json(orjson.loads(value)).event_id and landed() == [event]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["requeue"], "requeue what"),
        (["edit", "1"], "not in the list: 1"),
        (["requeue", "--topic", "user_plays", "--value", "x"], "the others no value"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("dead_letters", *arguments)
