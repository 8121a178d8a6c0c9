"""Data quality: what each published build says of itself, kept by day, and alerted on a change.

The checks are rows of the dbt model `data_quality`. Those that are blocking are dbt tests too: a
build in which one does not hold is red, and never gets here.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ingestion.models import QualityResult, Run, Stage
from ingestion.operations import runs
from spotifyweb.warehouse import Warehouse, WarehouseError

log = logging.getLogger(__name__)

CHECKS_OF_BUILD = "select check_name, value, lowest, highest, is_blocking from gold.data_quality"
DAYS = 30
WIDTH, HEIGHT = 300, 40  # of a chart, in its own units


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a check measures, and what to do where it does not hold."""

    label: str | Promise
    hint: str
    unit: str = ""


LOSS = "This build has wrong numbers: rebuild the warehouse from the lake (manage.py rebuild)."
VOLUME = "Look for a data gap, a producer that sends events twice, or simply a holiday."
CHECKS: Mapping[str, Check] = {
    "bronze_adds_up": Check(label=_("Events in bronze but not in silver"), hint=LOSS),
    "silver_adds_up": Check(label=_("Events neither counted, merged nor rejected"), hint=LOSS),
    "gold_adds_up": Check(label=_("Difference between gold and silver"), hint=LOSS),
    "rejected_share": Check(
        label=_("Rejected events"),
        hint="Read the reasons in silver_rejected; often a clock runs ahead.",
        unit="%",
    ),
    "without_artist": Check(
        label=_("Listens without an artist"),
        hint="Choose “Fetch metadata”, or look at the newest import.",
        unit="%",
    ),
    "without_length": Check(
        label=_("Listens without a track length"),
        hint="Spotify's answers may have changed: compare the newest plays in bronze.",
        unit="%",
    ),
    "repeated_listens": Check(
        label=_("Listens that exist twice"),
        hint="Two sources reported the same play, and it was not merged: see Duplicates.",
    ),
    "impossible_days": Check(
        label=_("Days with more than 25 hours of listening"),
        hint="Look for an account used by several people, or an import with wrong times.",
    ),
    "volume_of_day": Check(
        label=_("Plays in the last 24 hours, compared with the usual for that weekday"),
        hint=VOLUME,
        unit="×",
    ),
    "volume_of_hour": Check(
        label=_("Plays in an hour, compared with the usual for that hour of the week"),
        hint=VOLUME,
        unit="×",
    ),
}


class QualityFailed(Exception):
    """A check does not hold; `hint` says what to do."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def record(warehouse: Warehouse, *, build_id: str, now: datetime) -> int:
    """Keep what the published build says of itself; return how many checks do not hold.

    A run, and with it an alert, is made for the first result of a day and for each change.
    """
    try:
        rows = warehouse.rows(CHECKS_OF_BUILD)
    except WarehouseError as error:
        # Also a build of an older version: it is published all the same.
        log.warning("the data of build %s was not checked: %s", build_id, error)
        return 0
    results = [_keep(row, build_id, now=now) for row in rows if row["value"] is not None]
    return sum(result.is_failing for result in results)


def _keep(row: Mapping[str, Any], build_id: str, *, now: datetime) -> QualityResult:
    name = row["check_name"]
    before = QualityResult.objects.filter(check_name=name).first()
    result, is_new = QualityResult.objects.update_or_create(
        day=now.date(),
        check_name=name,
        defaults={
            "value": row["value"],
            "lowest": row["lowest"],
            "highest": row["highest"],
            "is_blocking": row["is_blocking"],
            "build_id": build_id,
            "measured_at": now,
        },
    )
    if is_new or before is None or before.is_failing != result.is_failing:
        runs.run_safely(Stage.QUALITY, name, lambda run: _check(run, result), now=now)
    return result


def _check(run: Run, result: QualityResult) -> None:
    """Raise QualityFailed where the result does not hold."""
    run.build_id = result.build_id
    if result.is_failing:
        check = CHECKS.get(result.check_name)
        limits = f"between {result.lowest:g} and {result.highest:g}"
        message = f"{check.label if check else result.check_name}: {result.value:g}, not {limits}"
        raise QualityFailed(message, hint=check.hint if check else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A check over the last days, as the page shows it."""

    name: str
    check: Check
    last: QualityResult
    points: str  # of the chart's line
    end: tuple[float, float]  # its last point
    limit_y: float  # of the highest value that is allowed
    failing_days: int

    @property
    def value(self) -> str:
        return self._text(self.last.value)

    @property
    def limits(self) -> str:
        lowest, highest = self._text(self.last.lowest), self._text(self.last.highest)
        return lowest if lowest == highest else f"{lowest} – {highest}"

    def _text(self, value: float) -> str:
        if self.check.unit == "%":
            return f"{100 * value:.1f}%"
        return f"{value:,.4g}{self.check.unit}"


def histories(*, now: datetime) -> list[History]:
    """Return each check that was measured in the last DAYS days, failing ones first."""
    since = now.date() - timedelta(days=DAYS - 1)
    by_name: dict[str, list[QualityResult]] = {}
    for result in QualityResult.objects.filter(day__gte=since).order_by("day"):
        by_name.setdefault(result.check_name, []).append(result)
    found = [_history(name, results, now=now) for name, results in by_name.items()]
    order = list(CHECKS)
    return sorted(found, key=lambda check: (not check.last.is_failing, order.index(check.name)))


def _history(name: str, results: list[QualityResult], *, now: datetime) -> History:
    last = results[-1]
    top = max(*(result.value for result in results), last.highest, 1e-9)
    bottom = min(*(result.value for result in results), 0.0)

    def y(value: float) -> float:
        return round(HEIGHT - 4 - (HEIGHT - 8) * (value - bottom) / (top - bottom), 1)

    def x(result: QualityResult) -> float:
        age = (now.date() - result.day).days
        return round(4 + (WIDTH - 8) * (DAYS - 1 - age) / (DAYS - 1), 1)

    return History(
        name=name,
        check=CHECKS[name],
        last=last,
        points=" ".join(f"{x(result)},{y(result.value)}" for result in results),
        end=(x(last), y(last.value)),
        limit_y=y(last.highest),
        failing_days=sum(result.is_failing for result in results),
    )
