"""What Snowflake costs: collected once a day, kept with the run, and alerted above a limit."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

from ingestion.models import Run, Stage, Trigger
from ingestion.operations import runs

if TYPE_CHECKING:  # an install on DuckDB need not load Snowflake's connector
    from spotifyweb.warehouse.snowflake_usage import Spending, Usage

FULL_DAYS = 2  # of which the alert speaks: the usage views are up to eight hours late
IDLE = "idle"


class TooExpensive(Exception):
    """A day cost more than SNOWFLAKE_DAILY_DOLLARS; `hint` says what to do."""

    hint = (
        "See admin/status/cost/ for the most expensive queries, and suspend the warehouse there. A "
        "longer TRANSFORM_MIN_MINUTES builds less often; the resource monitor's limit is"
        " SNOWFLAKE_MONTHLY_CREDITS."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a day (UTC) cost, in credits of each tag and in dollars of all."""

    day: str
    tags: dict[str, float]  # query tag, or `idle` -> credits
    credits: float

    @property
    def dollars(self) -> float:
        return self.credits * settings.SNOWFLAKE_COST["credit_dollars"]

    @property
    def is_over(self) -> bool:
        return self.dollars > settings.SNOWFLAKE_COST["daily_dollars"]


def collect(usage: "Usage", *, now: datetime, trigger: str = Trigger.SCHEDULE) -> Run:
    """Collect what the last days cost, as a run that fails where one was too expensive."""

    def work(run: Run) -> None:
        spending = usage.spending()
        days = _days(spending)
        run.details = {
            "days": [asdict(day) for day in days],
            "queries": [asdict(query) for query in spending.queries],
        }
        run.counts = {"days": len(days)}
        _check(days, today=now.date())

    return runs.run_safely(Stage.COST, "", work, now=now, trigger=trigger)


def days(run: Run) -> list[Day]:
    """Return the days that a run collected, newest first."""
    return [Day(**day) for day in run.details.get("days", [])]


def expensive_queries(run: Run) -> list[dict[str, Any]]:
    """Return the most expensive queries that a run collected, in order, with dollars."""
    price = settings.SNOWFLAKE_COST["credit_dollars"]
    found = run.details.get("queries", [])
    return [query | {"dollars": query["credits"] * price} for query in found]


def last_run() -> Run | None:
    """Return the last run that collected anything."""
    collected: dict[str, Any] = {"stage": Stage.COST, "details__has_key": "days"}
    return Run.objects.filter(**collected).order_by("-pk").first()


def _days(spending: "Spending") -> list[Day]:
    return [
        _day(day, total, dict(spending.tags.get(day, {})))
        for day, total in sorted(spending.days.items(), reverse=True)
    ]


def _day(day: date, total: float, tags: dict[str, float]) -> Day:
    """Return a day whose credits beyond those of queries are idle time."""
    tags[IDLE] = max(0.0, total - sum(tags.values()))
    return Day(day=f"{day}", tags=tags, credits=total)


def _check(days: list[Day], *, today: date) -> None:
    full = {f"{today - timedelta(days=ago)}" for ago in range(1, FULL_DAYS + 1)}
    expensive = [day for day in days if day.day in full and day.is_over]
    if expensive:
        most = max(expensive, key=lambda day: day.credits)
        limit = settings.SNOWFLAKE_COST["daily_dollars"]
        raise TooExpensive(
            f"Snowflake cost {most.dollars:.2f} dollars on {most.day}, and"
            f" SNOWFLAKE_DAILY_DOLLARS is {limit:g}"
        )
