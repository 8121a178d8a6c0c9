"""`snowflake_day`: a day at the defaults in credits, from counted statements and assumed times.

No account was measured: what a statement takes there is an assumption below, and so is how a
household looks at its pages. An X-Small warehouse costs a credit an hour, by the second; it starts
with the first statement, and sleeps 60 idle seconds after the last.
"""

from collections.abc import Iterator
from typing import Any

from bench.snowflake.snowflake_statements import builds, pages

MOST_CREDITS = 0.4
CREDIT_DOLLARS = 2.0
SUSPEND_SECONDS = 60
BUILDS = 4  # every six hours, all with news
STATEMENT_SECONDS, THREADS = 0.5, 4  # of a build; dbt sends four at a time
DBT_START_SECONDS = 15  # between the loader's last statement and dbt's first
SITTINGS, PAGES_A_SITTING, SECONDS_A_PAGE = 4, 8, 20
PAGE_STATEMENT_SECONDS = 0.3
COLLECTION_SECONDS = 30  # of the task that asks what a day cost


def measure() -> Iterator[dict[str, Any]]:
    from bench.harness.snowflake_install import snowflake_install

    with snowflake_install() as install:
        _, news, nothing = builds(install)
        firsts = [first.statements for _, (first, _) in pages(install)]
    parts = {
        "builds": BUILDS * _build_seconds(news.statements),
        "pages": SITTINGS * _sitting_seconds(sum(firsts) / len(firsts)),
        "costs": COLLECTION_SECONDS + SUSPEND_SECONDS,
    }
    hours = sum(parts.values()) / 3600
    shares = ", ".join(f"{name} {seconds / 3600:.2f}" for name, seconds in parts.items())
    yield {
        "bench": "snowflake_day",
        "value": round(hours, 2),
        "unit": f"credits a day ({hours * CREDIT_DOLLARS:.2f} dollars): {shares}",
        "baseline": f"a warehouse that never sleeps: 24; {news.statements} statements a build"
        f" with news, {nothing.statements} without",
        "ratio": round(hours / 24, 3),
        "goal": MOST_CREDITS,
        "holds": hours <= MOST_CREDITS,
    }


def _build_seconds(statements: int) -> float:
    return DBT_START_SECONDS + statements * STATEMENT_SECONDS / THREADS + SUSPEND_SECONDS


def _sitting_seconds(statements_a_page: float) -> float:
    """Return how long the warehouse is awake while somebody looks at pages."""
    page = max(SECONDS_A_PAGE, statements_a_page * PAGE_STATEMENT_SECONDS)
    return (
        (PAGES_A_SITTING - 1) * page + statements_a_page * PAGE_STATEMENT_SECONDS + SUSPEND_SECONDS
    )
