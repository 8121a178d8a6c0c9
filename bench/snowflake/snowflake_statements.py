"""`snowflake_statements`: what builds, pages and an idle hour send to Snowflake, on its double.

A build without news is what the schedule asks for every six hours when nothing has changed.
"""

from collections.abc import Iterator
from typing import Any

from bench.harness.snowflake_install import NEW_PLAYS, PLAYS, Sent, SnowflakeInstall

MOST_WITHOUT_NEWS, MOST_A_PAGE = 60, 3
MONITORING = ("/ready", "/health", "/metrics", "/admin/status/")
TRACK = f"{1:022}"
PAGES = (
    "/",
    "/history/",
    "/trends/",
    "/top/",
    "/artist/?name=Artist+1",
    "/album/?artist=Artist+1&name=Album+1",
    f"/tracks/{TRACK}/",
    "/devices/",
    "/habits/",
    "/recommendations/",
    "/coverage/",
    "/api/v1/stats/overview",
)


def measure() -> Iterator[dict[str, Any]]:
    from bench.harness.snowflake_install import snowflake_install

    with snowflake_install() as install:
        whole, news, nothing = builds(install)
        yield _row("a build without news", nothing, news, goal=MOST_WITHOUT_NEWS)
        yield _row("a build with news", news, whole, goal=None)
        idle = install.count(lambda: [install.page.get(address) for address in MONITORING])
        yield _row("an idle hour of health, metrics and status", idle, news, goal=0)
        yield from (_row(address, *views, goal=MOST_A_PAGE) for address, views in pages(install))


def builds(install: SnowflakeInstall) -> tuple[Sent, Sent, Sent]:
    """Return what a first build sent, one with news, and one without."""
    install.land(PLAYS)
    whole = install.count(install.transform)
    install.land(NEW_PLAYS)
    news = install.count(install.transform)
    return whole, news, install.count(install.transform)


def pages(install: SnowflakeInstall) -> Iterator[tuple[str, tuple[Sent, Sent]]]:
    """Yield what each page sent by its first view after a build, and again within the hour."""
    from django.core.cache import cache

    install.visit(PAGES[0])  # the process logs in once
    for address in PAGES:
        cache.clear()
        first = install.count(lambda: install.visit(address))  # noqa: B023
        again = install.count(lambda: install.visit(address))  # noqa: B023
        yield address, (first, again)


def _row(what: str, sent: Sent, baseline: Sent, *, goal: int | None) -> dict[str, Any]:
    return {
        "bench": "snowflake_statements",
        "value": sent.statements,
        "unit": f"statements and {sent.logins} logins, {what}",
        "baseline": f"{baseline.statements} and {baseline.logins}",
        "ratio": round(sent.statements / (baseline.statements or 1), 2),
        "goal": goal,
        "holds": goal is None or sent.statements <= goal,
    }
