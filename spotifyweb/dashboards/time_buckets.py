"""Days, weeks or months: how finely a period is drawn."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from spotifyweb.dashboards.filters import Period

STEPS = ("day", "week", "month")
MOST_DAYS = {"day": 92, "week": 750}


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """A closed period cut into steps, each named by its first day."""

    period: Period
    step: str
    wanted: str = ""

    @property
    def note(self) -> str:
        """Why the step is not the one that was asked for."""
        if self.wanted not in STEPS or self.wanted == self.step:
            return ""
        return f"Shown by {self.step}: the range is too long to show by {self.wanted}."

    @property
    def sql(self) -> str:
        """The first day of the step that `local_date` lies in."""
        return f"cast(date_trunc('{self.step}', local_date) as date)"

    @property
    def dates(self) -> list[date]:
        return list(self._walk())

    def _walk(self) -> Iterator[date]:
        assert self.period.first and self.period.last, "buckets cut a closed period"
        day = start_of(self.period.first, self.step)
        while day <= self.period.last:
            yield day
            day = after(day, self.step)


def cut(period: Period, *, first: date, last: date, step: str = "") -> Buckets:
    """The period, its open ends closed by the first and last day with plays."""
    closed = Period(first=period.first or first, last=period.last or max(last, first))
    if closed.first and closed.last and closed.last < closed.first:
        closed = Period(first=closed.first, last=closed.first)
    return Buckets(period=closed, step=fitting(closed.days or 1, wanted=step), wanted=step)


def fitting(days: int, *, wanted: str = "") -> str:
    """The wanted step if it draws fewer than 800 marks, else the finest that reads well."""
    lengths = {"day": 1, "week": 7, "month": 30}
    if wanted in lengths and days / lengths[wanted] <= 800:
        return wanted
    return next((step for step in MOST_DAYS if days <= MOST_DAYS[step]), "month")


def start_of(day: date, step: str) -> date:
    if step == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if step == "week" else day


def after(day: date, step: str) -> date:
    if step == "month":
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day + timedelta(days=7 if step == "week" else 1)
