"""Days, weeks or months: the steps in which a period is drawn."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from spotifyweb.dashboards.filters import Period, start_of_week

STEPS = {"day": _("Day"), "week": _("Week"), "month": _("Month")}
NOTES = {
    "week": _("Shown by week because the range is too long for days."),
    "month": _("Shown by month because the range is too long for shorter steps."),
}
MOST_DAYS = {"day": 92, "week": 750}


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """A closed period in steps, each named by its first day."""

    period: Period
    step: str
    requested: str = ""
    first_weekday: int = 0  # of its weeks, 0 for Monday

    @property
    def note(self) -> str:
        """Why the step differs from the requested one, or an empty string."""
        if self.requested not in STEPS or self.requested == self.step:
            return ""
        return str(NOTES[self.step])

    @property
    def sql(self) -> str:
        """The SQL expression for the first day of the step of `local_date`."""
        if self.step != "week" or not self.first_weekday:
            return f"cast(date_trunc('{self.step}', local_date) as date)"
        shift = 7 - self.first_weekday  # days that weeks begin before Monday
        return f"cast(date_trunc('week', local_date + {shift}) as date) - {shift}"

    @property
    def dates(self) -> list[date]:
        return list(self._walk())

    def _walk(self) -> Iterator[date]:
        assert self.period.first and self.period.last, "buckets cut a closed period"
        day = start_of(self.period.first, self.step, self.first_weekday)
        while day <= self.period.last:
            yield day
            day = next_start(day, self.step)


def cut(
    period: Period, *, first: date, last: date, step: str = "", first_weekday: int = 0
) -> Buckets:
    """Cut a period into steps; the first and last day with plays close its open ends."""
    closed = Period(first=period.first or first, last=period.last or max(last, first))
    if closed.first and closed.last and closed.last < closed.first:
        closed = Period(first=closed.first, last=closed.first)
    chosen = choose_step(closed.days or 1, requested=step)
    return Buckets(period=closed, step=chosen, requested=step, first_weekday=first_weekday)


def choose_step(days: int, *, requested: str = "") -> str:
    """Return the requested step if it draws under 800 bars, else the finest that reads well."""
    lengths = {"day": 1, "week": 7, "month": 30}
    if requested in lengths and days / lengths[requested] <= 800:
        return requested
    return next((step for step in MOST_DAYS if days <= MOST_DAYS[step]), "month")


def start_of(day: date, step: str, first_weekday: int = 0) -> date:
    if step == "month":
        return day.replace(day=1)
    return start_of_week(day, first_weekday) if step == "week" else day


def next_start(day: date, step: str) -> date:
    if step == "month":
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day + timedelta(days=7 if step == "week" else 1)
