"""The monthly evaluation: once a month, of a build that was not evaluated, within its limits."""

import subprocess
import sys
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from recommendations import tasks
from recommendations.evaluation import monthly
from recommendations.models import Evaluation
from spotifyweb import clients, locks
from spotifyweb.accounts.models import Listener

pytestmark = pytest.mark.django_db
LIMITED = """
import django, time
django.setup()
from django.test import override_settings
from recommendations.evaluation import monthly
monthly._end_with_starter = lambda: None
with override_settings(EVALUATION_MEMORY_MB=400, EVALUATION_MAX_MINUTES=0.01):
    try:
        with monthly._limits():
            bytearray(500 * 1024**2)
    except MemoryError as error:
        print(monthly._sentence(error))
    try:
        with monthly._limits():
            time.sleep(9)
    except monthly.TooLate as error:
        print(monthly._sentence(error))
"""


@pytest.fixture
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits are for a process of its own, and this is everybody's."""
    monkeypatch.setattr(monthly, "_limits", nullcontext)


def run(**later: int) -> None:
    monthly.run(warehouse=clients.warehouse(), now=timezone.now() + timedelta(**later))


@pytest.mark.slow
def test_it_is_kept_once_for_a_build_with_nobody_s_name(
    warehouse: Path, no_limits: None, alice: Listener
) -> None:
    run()
    run(days=40)

    kept = Evaluation.objects.get()
    assert kept.build_id and not kept.error
    assert kept.figures["cases"] > 50
    assert not {name for name in kept.figures["next"] if " als" in name}
    assert "alice" not in str(kept.figures)
    browser = Client()
    browser.force_login(alice)
    page = browser.get(f"/admin/recommendations/evaluation/{kept.pk}/change/").content.decode()
    assert f"{kept.figures['cases']} cases of 2 listeners" in page


def test_another_build_is_evaluated_after_a_month(warehouse: Path, no_limits: None) -> None:
    old = Evaluation.objects.create(
        source=monthly.INSTALL, build_id="former", evaluated_at=timezone.now()
    )
    assert not monthly.is_due(warehouse=clients.warehouse(), now=timezone.now())
    later = timezone.now() + monthly.INTERVAL
    assert monthly.is_due(warehouse=clients.warehouse(), now=later)
    old.build_id = clients.warehouse().published().build_id  # type: ignore[union-attr]
    old.save()
    assert not monthly.is_due(warehouse=clients.warehouse(), now=later)


def test_nothing_is_started_without_a_build_or_beside_another(
    no_warehouse: None, request: pytest.FixtureRequest
) -> None:
    assert not tasks.evaluate()
    request.getfixturevalue("warehouse")
    with locks.lock(monthly.LOCK):
        assert not tasks.evaluate()


def test_the_task_starts_the_command_and_does_not_wait(
    warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/echo")
    started: Any = monthly.start(warehouse=clients.warehouse(), now=timezone.now())
    assert started.args[1:] == ["manage.py", "evaluate_recommendations", "--monthly"]
    assert started.wait(timeout=9) == 0
    started.stdin.close()


def test_too_long_and_too_much_memory_are_sentences() -> None:
    said = subprocess.run(
        [sys.executable, "-c", LIMITED],
        cwd=settings.BASE_DIR,
        env={"DJANGO_SETTINGS_MODULE": "spotifyweb.settings", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.splitlines() == [
        "It needed more than 400 MB of memory: set EVALUATION_MEMORY_MB higher.",
        "It was ended after 0.01 minutes: set EVALUATION_MAX_MINUTES higher.",
    ]


def test_a_failure_is_kept_and_shown(
    warehouse: Path, no_limits: None, alice: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> dict[str, Any]:
        raise monthly.TooLate

    monkeypatch.setattr(monthly, "evaluate", fail)
    browser = Client()
    browser.force_login(alice)
    assert "No evaluation yet" in browser.get("/admin/recommendations/evaluation/").content.decode()
    run()
    listed = browser.get("/admin/recommendations/evaluation/").content.decode()
    assert "It was ended after 60 minutes" in listed and "No evaluation yet" not in listed
