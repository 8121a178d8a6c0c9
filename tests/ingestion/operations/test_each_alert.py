"""Every alert that docs/operations.md lists is raised here by a fault, and none is missing."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from ingestion import tasks
from ingestion.fetch import catalogue
from ingestion.history_import import jobs
from ingestion.messages import notices
from ingestion.models import Gap, HistoryImport, MessageAddress, Stage
from ingestion.operations import costs, hints, quality, retention
from spotifyweb import clients
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.lake.bronze import bronze_key
from spotifyweb.warehouse import Warehouse
from spotifyweb.warehouse.snowflake_usage import Spending, Usage
from tests.docs.fences import ROOT
from tests.ingestion.operations.test_quality import Published

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
OPERATIONS = (ROOT / "docs/operations.md").read_text()
pytestmark = pytest.mark.django_db


def table(title: str) -> dict[str, str]:
    """Return the two columns of the table with that heading of its first."""
    (body,) = re.findall(rf"^\| {title} \| .*\n\| --- \| --- \|\n((?:\|.*\n)+)", OPERATIONS, re.M)
    return dict(re.findall(r"^\| (.*?) \| (.*) \|$", body, re.M))


def pattern(row: str) -> str:
    """Return what a row of a table says, with anything for its names and places left open."""
    return re.sub(r"\\\*[^*]+\\\*|…", ".+", re.escape(row))


def fail_to_fetch(listener: Listener) -> None:
    """The tokens of a connected listener are gone."""
    tasks.produce_listener(listener_pk=listener.pk)


def fail_to_import(listener: Listener) -> None:
    history = HistoryImport.objects.create(listener=listener, file_name="my_spotify_data.zip")
    jobs.run_import(history, [], log=clients.event_log(), now=timezone.now())


def fail_to_load(_: Listener) -> None:
    clients.event_log().append("user_plays", [("bob", b"no event")] * 200)
    tasks.consume_all()


def fail_to_fetch_metadata(_: Listener) -> None:
    tasks.enrich()


def fail_a_check(_: Listener) -> None:
    build = cast(Warehouse, Published(rejected_share=0.5))
    quality.record(build, build_id="b", now=timezone.now())


def spend_too_much(_: Listener) -> None:
    now = timezone.now()
    expensive = Spending(days={now.date() - timedelta(days=1): 40.0}, tags={}, queries=[])
    costs.collect(cast(Usage, SimpleNamespace(spending=lambda: expensive)), now=now)


def fail_to_compact(_: Listener) -> None:
    for offset in ("1", "2"):
        landed_at = timezone.now() - timedelta(days=5)
        key = bronze_key("plays", landed_at=landed_at, partition=0, first_offset=offset)
        clients.lake().put(key, b"no parquet")
    tasks.compact()


FAULTS: Mapping[str, Callable[[Listener], object]] = {
    "produce *listener* fails": fail_to_fetch,
    "import *listener: file* fails": fail_to_import,
    "consume *topic* fails": fail_to_load,
    "enrich fails": fail_to_fetch_metadata,
    "transform fails": lambda _: tasks.transform(trigger="person"),
    "rebuild fails": lambda _: call_command("rebuild"),
    "quality *check* fails": fail_a_check,
    "cost fails": spend_too_much,
    "tidy fails": lambda _: tasks.tidy(),
    "tidy lake fails": fail_to_compact,
}
IN_THE_LAKE = ("import", "transform", "rebuild")


@pytest.mark.parametrize("row", FAULTS)
def test_each_alert_is_raised_by_its_fault(
    row: str,
    bob: Listener,
    received: list[dict[str, str]],
    own_place: None,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    if row.startswith(IN_THE_LAKE):
        (tmp_path / "file").touch()
        settings.LAKE_URL = f"file://{tmp_path}/file/lake"  # below a file there is no folder
    monkeypatch.setattr(catalogue, "missing_tracks", lambda *_, **__: ["t"])
    monkeypatch.setattr(retention, "tidy", is_locked)
    for _ in range(2):  # what a retry may mend is reported when it fails again
        with suppress(Exception):  # the run has it
            FAULTS[row](bob)
    (alert,) = received
    assert re.fullmatch(pattern(row), alert["title"])
    error, cure, address = alert["message"].split("\n")[-3:]
    known = [*hints.HINTS.values(), hints.OF_OTHERS, *checks().values(), costs.TooExpensive.hint]
    assert error and cure in known
    assert address.endswith("/admin/status/")


def is_locked(**_: Any) -> None:
    raise OperationalError("database is locked")


def test_every_alert_is_listed_with_its_cure() -> None:
    listed = table("alert")
    assert listed.keys() == FAULTS.keys() and all(listed.values())
    assert {row.split()[0] for row in listed} == set(Stage.values)


def test_every_error_and_every_check_is_listed_with_its_cure() -> None:
    killed = {"was killed": hints.OF_KILLED, "any other": hints.OF_OTHERS}
    assert table("error") == {f"`{name}`": hint for name, hint in hints.HINTS.items()} | killed
    assert table("check") == checks()


def checks() -> dict[str, str]:
    return {str(check.label): check.hint for check in quality.CHECKS.values()}


def test_every_message_to_listeners_is_listed_and_raised(bob: Listener) -> None:
    address = MessageAddress.objects.create(
        listener=bob, encrypted=b"", service="ntfy", created_at=NOON - timedelta(days=1)
    )
    for status in ("done", "failed"):
        HistoryImport.objects.create(listener=bob, status=status, ended_at=NOON)
    Gap.objects.create(listener=bob, starts_at=NOON, ends_at=NOON, reason="offline")
    raised = set[str]()
    for days in (*notices.CONSENT_DAYS, 181):
        bob.connection = Connection.NEEDS_LOGIN if days > 180 else Connection.CONNECTED
        bob.consented_at = NOON - timedelta(days=days)
        raised |= {notice.title for notice in notices.notices(address, now=NOON)}
    rows = [row for row in table("message to a listener") if not row.startswith("Last week")]
    assert {row for row in rows for title in raised if re.fullmatch(pattern(row), title)} == {*rows}
    assert all(any(re.fullmatch(pattern(row), title) for row in rows) for title in raised)
