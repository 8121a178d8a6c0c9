"""A failure and its recovery are sent once each, to a real receiver of web hooks."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from ingestion import tasks
from ingestion.messages import delivery
from ingestion.models import Alert, Run, Stage
from ingestion.operations import alerts, runs
from ingestion.pipeline import builds
from spotifyweb import env
from spotifyweb.accounts.models import Listener
from spotifyweb.eventlog import LogDropped
from spotifyweb.spotify.errors import Unavailable

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def run(*, minutes: float, error: Exception | None = None, subject: str = "") -> None:
    def work(_: Run) -> None:
        if error:
            raise error

    runs.run_safely(Stage.TRANSFORM, subject, work, now=NOON + timedelta(minutes=minutes))


def test_a_failure_and_its_recovery_are_sent_once_each(received: list[dict[str, str]]) -> None:
    for minute in (0, 20, 40):
        run(minutes=minute, error=ValueError("a test is red"))
    for minute in (60, 80):
        run(minutes=minute)

    assert [message["title"] for message in received] == [
        "transform fails",
        "transform works again",
    ]
    assert "a test is red" in received[0]["message"]
    assert received[0]["type"] == "failure" and received[1]["type"] == "success"


def test_what_always_works_is_never_sent(received: list[dict[str, str]]) -> None:
    for minute in (0, 20, 40):
        run(minutes=minute)
    assert received == []


def test_each_listener_and_topic_has_an_alert_of_its_own(received: list[dict[str, str]]) -> None:
    run(minutes=0, error=ValueError("no"), subject="alice")
    run(minutes=1, error=ValueError("no"), subject="bob")
    run(minutes=30, subject="alice")

    assert [message["title"] for message in received] == [
        "transform alice fails",
        "transform bob fails",
        "transform alice works again",
    ]


def test_flapping_costs_one_message_a_quarter_of_an_hour_and_ends_with_the_truth(
    received: list[dict[str, str]],
) -> None:
    for minute in range(0, 60, 2):
        run(minutes=minute, error=ValueError("flap"))
        run(minutes=minute + 1)
    run(minutes=90)

    assert len(received) <= 5
    assert received[-1]["title"] == "transform works again"
    assert not Alert.objects.get().is_firing


def test_what_trying_again_may_mend_is_sent_when_it_comes_a_second_time(
    received: list[dict[str, str]],
) -> None:
    run(minutes=0, error=Unavailable("502"))
    run(minutes=5)
    assert received == []

    run(minutes=60, error=Unavailable("502"))
    run(minutes=65, error=Unavailable("502"))
    assert [message["title"] for message in received] == ["transform fails"]


def test_an_address_that_nobody_answers_at_fails_no_run(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ALERT_URLS = ["json://127.0.0.1:1", "no-such-thing://secret-token@host"]
    run(minutes=0, error=ValueError("no"))

    assert Run.objects.get().error == "ValueError: no"
    assert "could not deliver the alert" in caplog.text
    assert "secret-token" not in caplog.text


def test_events_that_the_log_lost_are_sent_at_once_and_stay_in_the_books(
    received: list[dict[str, str]],
) -> None:
    run(minutes=0, subject="user_plays", error=LogDropped("Kafka removed 7 events", dropped=7))
    run(minutes=1, subject="user_plays")
    assert ["Kafka removed 7 events" in one["message"] for one in received] == [True]
    assert Run.objects.get(status=Run.Status.FAILED).counts == {"dropped": 7}


def test_quiet_hours_hold_messages_back_until_they_are_over(
    received: list[dict[str, str]], settings: Any
) -> None:
    settings.ALERT_QUIET_HOURS = env.Hours(13, 15, ZoneInfo("Europe/Oslo"))  # NOON is 13 h there
    run(minutes=0, error=ValueError("no"))
    for minute in (5, 90):
        assert alerts.notify_pending(now=NOON + timedelta(minutes=minute)) == 0
    assert received == []

    for minute in (121, 126):  # red until something changes: no other run reports it
        alerts.notify_pending(now=NOON + timedelta(minutes=minute))
    assert [message["title"] for message in received] == ["transform fails"]


def test_what_began_and_ended_in_quiet_hours_is_not_reported(
    received: list[dict[str, str]], settings: Any
) -> None:
    settings.ALERT_QUIET_HOURS = env.Hours(12, 13, ZoneInfo("UTC"))
    run(minutes=0, error=ValueError("no"))
    run(minutes=10)
    alerts.notify_pending(now=NOON + timedelta(hours=2))
    assert received == []


def test_a_daily_summary_is_sent_once_a_day_on_wish(
    received: list[dict[str, str]], settings: Any
) -> None:
    run(minutes=0)
    delivery.send_due(now=NOON)
    assert received == []

    settings.ALERT_DAILY_HOUR = env.Hours(8, 9, ZoneInfo("Europe/Oslo"))
    for hour in range(48):
        delivery.send_due(now=NOON + timedelta(hours=hour))
    titles = [message["title"] for message in received]
    assert titles == [f"Liner, {day} Nov: All stages work" for day in (22, 23, 24)]
    assert "transform: no runs; 1 with nothing to do today" in received[0]["message"]


@pytest.fixture
def pinged(settings: Any) -> Iterator[list[str]]:
    """The requests that a dead-man's switch elsewhere got."""
    paths: list[str] = []

    class Switch(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Switch)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.ALERT_PING_URL = f"http://127.0.0.1:{server.server_port}/ping/secret"
    yield paths
    server.shutdown()
    server.server_close()


def test_each_good_build_asks_the_dead_mans_switch(
    pinged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builds, "run_transform", lambda *_, **__: None)
    tasks.transform()
    assert pinged == ["/ping/secret"]

    def red(*_: Any, **__: Any) -> None:
        raise ValueError("a test is red")

    monkeypatch.setattr(builds, "run_transform", red)
    tasks.transform()
    assert len(pinged) == 1


def test_a_switch_that_is_away_costs_no_build_and_its_address_is_not_logged(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ALERT_PING_URL = "http://127.0.0.1:1/secret"
    assert not alerts.ping()
    assert "ALERT_PING_URL" in caplog.text and "secret" not in caplog.text


def test_an_admin_sends_a_test_alert(
    received: list[dict[str, str]], client: Client, alice: Listener, bob: Listener
) -> None:
    client.force_login(bob)
    client.post("/admin/status/alert/")
    client.force_login(alice)
    assert client.get("/admin/status/alert/").status_code == 405
    assert received == []
    client.post("/admin/status/alert/")
    assert [message["title"] for message in received] == ["Test alert"]


def test_a_failure_that_another_thread_reports_meanwhile_is_sent_once(
    received: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def report_elsewhere(**_: Any) -> bool:
        Alert.objects.create(stage=Stage.TRANSFORM, is_firing=True, notified_at=NOON)
        return False

    monkeypatch.setattr(alerts, "is_quiet_hour", report_elsewhere)
    run(minutes=0, error=ValueError("a test is red"))
    assert received == []
