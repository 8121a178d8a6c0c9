"""Where plays may be missing: the ledger's gaps, drawn on charts so that they say "at least"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.apps import apps

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.asking import Asked, zone_of
from spotifyweb.dashboards.charting import Band


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    starts_at: datetime
    ends_at: datetime
    reason: str  # in words
    is_filled: bool


def gaps(listener: Listener) -> list[Gap]:
    """The listener's ledger, newest first. It is the writer's table; we only know its name."""
    ledger: Any = apps.get_model("ingestion", "Gap")
    return [
        Gap(
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            reason=row.get_reason_display(),
            is_filled=row.status == "filled",
        )
        for row in ledger.objects.filter(listener=listener).order_by("-starts_at")[:500]
    ]


def bands(asked: Asked) -> tuple[Band, ...]:
    """The open gaps as stretches of a chart's x axis, in the listener's days."""
    open_gaps = [gap for gap in gaps(asked.listener) if not gap.is_filled]
    return as_bands(open_gaps, asked.listener)


def as_bands(found: Sequence[Gap], listener: Listener) -> tuple[Band, ...]:
    zone = zone_of(listener)

    def x(moment: datetime) -> float:
        """Wall time as if it were UTC: the axis has resolved days."""
        return moment.astimezone(zone).replace(tzinfo=UTC).timestamp()

    return tuple(
        Band(first=x(gap.starts_at), last=x(gap.ends_at), label=gap.reason) for gap in found
    )
