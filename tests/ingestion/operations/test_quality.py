"""What builds say of their data is kept by day, shown with its history, and alerted on a change."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from django.test import Client
from django.utils import timezone

from ingestion.models import QualityResult, Run, Stage
from ingestion.operations import alerts, quality, retention
from spotifyweb.accounts.models import Listener
from spotifyweb.monitoring.upgrade import PROJECT
from spotifyweb.warehouse import SchemaMismatch, Warehouse

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


class Published:
    """A published build with these checks."""

    def __init__(self, **values: float | None) -> None:
        self.values = values

    def rows(self, sql: str, _: Sequence[object] = ()) -> list[dict[str, Any]]:
        assert sql == quality.CHECKS_OF_BUILD
        limits = {"lowest": 0.0, "highest": 0.05, "is_blocking": False}
        return [{"check_name": name, "value": at, **limits} for name, at in self.values.items()]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    sent: list[tuple[str, str]] = []

    def send(title: str, text: str, **_: object) -> bool:
        sent.append((title, text))
        return True

    monkeypatch.setattr(alerts, "send", send)
    return sent


def built(*, hours: float, **values: float | None) -> int:
    return quality.record(
        cast(Warehouse, Published(**values)), build_id="b", now=NOON + timedelta(hours=hours)
    )


def test_one_result_a_day_is_kept_the_last() -> None:
    built(hours=0, rejected_share=0.01, volume_of_day=None)
    built(hours=1, rejected_share=0.02)
    built(hours=24, rejected_share=0.03)
    found = QualityResult.objects.order_by("day").values_list("check_name", "value")
    assert list(found) == [("rejected_share", 0.02), ("rejected_share", 0.03)]


def test_a_failing_check_is_alerted_once_with_a_hint_and_so_is_its_recovery(
    sent: list[tuple[str, str]],
) -> None:
    for hours, share in ((0, 0.01), (1, 0.2), (2, 0.3), (25, 0.3), (26, 0.01), (27, 0.02)):
        built(hours=hours, rejected_share=share)
    assert [title for title, _ in sent] == [
        "quality rejected_share fails",
        "quality rejected_share works again",
    ]
    assert "Rejected events: 0.2, not between 0 and 0.05" in sent[0][1]
    assert "silver_rejected" in sent[0][1]


@pytest.mark.parametrize("name", quality.CHECKS)
def test_each_check_raises_its_alert(name: str, sent: list[tuple[str, str]]) -> None:
    assert built(hours=0, **{name: 99.0}) == 1
    assert [title for title, _ in sent] == [f"quality {name} fails"]
    assert quality.CHECKS[name].hint in sent[0][1]


def test_each_check_of_the_build_has_its_words() -> None:
    model = (PROJECT / "models/gold/data_quality.sql").read_text()
    assert {name for name in quality.CHECKS if f"quality_check('{name}'" in model} == {
        *quality.CHECKS
    }
    assert model.count("{{ quality_check(") == len(quality.CHECKS)


def test_an_older_build_without_checks_is_no_failure() -> None:
    class Old(Published):
        def rows(self, sql: str, _: Sequence[object] = ()) -> list[dict[str, Any]]:
            raise SchemaMismatch(sql)

    assert quality.record(cast(Warehouse, Old()), build_id="b", now=NOON) == 0
    assert not Run.objects.filter(stage=Stage.QUALITY).exists()


def test_the_page_shows_failing_checks_first_with_their_history(
    client: Client, alice: Listener
) -> None:
    now = timezone.now()
    for days in range(10):
        hours = (now - timedelta(days=days) - NOON).total_seconds() / 3600
        built(hours=hours, without_artist=0.01, rejected_share=0.5)
    client.force_login(alice)
    page = " ".join(client.get("/admin/status/quality/").text.split())
    assert page.index("Rejected events") < page.index("Listens without an artist")
    assert "50.0%" in page and "10 days" in page and page.count("<polyline") == 2


def test_the_page_is_for_admins(client: Client, bob: Listener) -> None:
    client.force_login(bob)
    assert client.get("/admin/status/quality/").status_code == 302


def test_results_go_with_the_runs(settings: Any) -> None:
    built(hours=0, rejected_share=0.01)
    retention.tidy(now=NOON + timedelta(days=settings.RUNS_KEPT_DAYS + 1))
    assert not QualityResult.objects.exists()
