"""`/trends/`: listening over time."""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from spotifyweb.dashboards import charts, time_buckets
from spotifyweb.dashboards.charts import Band, Chart, Series
from spotifyweb.dashboards.coverage.bands import chart_bands
from spotifyweb.dashboards.filters import choose
from spotifyweb.dashboards.request import StatsRequest, stats_page
from spotifyweb.dashboards.stats import overview, trends
from spotifyweb.dashboards.stats.breakdowns import value_label
from spotifyweb.dashboards.stats.trends import Cell, drawn_buckets
from spotifyweb.dashboards.time_buckets import Buckets
from spotifyweb.warehouse import Row

MEASURES = {"time": _("Time"), "plays": _("Plays")}
DEVICE_INKS = {"Computer": 1, "Smartphone": 2, "Speaker": 3, "TV": 4, "unknown": 5, "other": 6}
TITLES = {
    "time": {
        "day": _("Listening time per day"),
        "week": _("Listening time per week"),
        "month": _("Listening time per month"),
    },
    "plays": {
        "day": _("Plays per day"),
        "week": _("Plays per week"),
        "month": _("Plays per month"),
    },
    "skipping": {
        "day": _("Skip rate per day"),
        "week": _("Skip rate per week"),
        "month": _("Skip rate per month"),
    },
    "discovery": {
        "day": _("New and repeat tracks per day"),
        "week": _("New and repeat tracks per week"),
        "month": _("New and repeat tracks per month"),
    },
    "devices": {
        "day": _("Share of listening time by device per day"),
        "week": _("Share of listening time by device per week"),
        "month": _("Share of listening time by device per month"),
    },
}


@stats_page
def trends_page(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:
    return render(request, "dashboards/trends.html", trends_context(stats_request, request.GET))


def trends_context(stats_request: StatsRequest, query: Mapping[str, str]) -> dict[str, object]:
    listens, steps = stats_request.listens, drawn_buckets(query, stats_request)
    by = choose(query.get("by", ""), MEASURES, "time")
    over_time, bands = trends.listening_over_time(listens, steps), chart_bands(stats_request)
    return stats_request.context() | {
        "steps": time_buckets.STEPS,
        "step": steps.step,
        "step_note": steps.note,
        "measures": MEASURES,
        "by": by,
        "kept_params": {name: query[name] for name in ("by", "step") if query.get(name)},
        "listening": listening_chart(over_time, steps, by=by, bands=bands),
        "skipping": skip_chart(over_time, steps, bands),
        "discovery": None
        if stats_request.is_frozen  # what was known before follows from other days
        else discovery_chart(trends.discovery(listens, steps), steps, bands),
        "devices": device_chart(trends.devices(listens, steps), steps, bands),
        "clock": named_weekdays(trends.clock(listens), stats_request.first_weekday),
        "hours": range(24),
        "overlap": trends.overlap(listens),
        "as_of": overview.build_as_of(listens.warehouse),
    }


def named_weekdays(rows: list[list[Cell]], first_weekday: int) -> list[tuple[str, list[Cell]]]:
    """Put the name of each weekday before its row, in the order of the listener's week."""
    named = list(zip(trends.WEEKDAYS, rows, strict=True))
    return named[first_weekday:] + named[:first_weekday]


def listening_chart(
    rows: Sequence[Row], steps: Buckets, *, by: str = "time", bands: tuple[Band, ...] = ()
) -> Chart:
    if by == "plays":
        series = Series(label=_("Plays"), values=[row["plays"] for row in rows])
    else:
        series = Series(
            label=_("Time"),
            values=charts.minutes([row["heard_ms"] for row in rows]),
            unit="minutes",
        )
    return Chart(
        name="listening",
        title=TITLES[by][steps.step],
        dates=steps.dates,
        series=[series],
        step=steps.step,
        bands=bands,
    )


def skip_chart(rows: Sequence[Row], steps: Buckets, bands: tuple[Band, ...]) -> Chart:
    values = [charts.share(row["skips"], row["begun"]) for row in rows]
    return Chart(
        name="skipping",
        title=TITLES["skipping"][steps.step],
        dates=steps.dates,
        series=[Series(label=_("Skip rate"), values=values, unit="share", ink=2)],
        kind="line",
        step=steps.step,
        bands=bands,
    )


def discovery_chart(rows: Sequence[Row], steps: Buckets, bands: tuple[Band, ...]) -> Chart:
    new, repeats = ([row[name] for row in rows] for name in ("new_tracks", "known_tracks"))
    return Chart(
        name="discovery",
        title=TITLES["discovery"][steps.step],
        dates=steps.dates,
        series=[
            Series(label=_("Repeat"), values=repeats, unit="tracks", ink=5),
            Series(label=_("New"), values=new, unit="tracks", ink=3),
        ],
        kind="stack",
        step=steps.step,
        bands=bands,
    )


def device_label(name: str) -> str:
    """Name a device type; Spotify's own names stay."""
    return gettext("Other") if name == "other" else value_label(name)


def device_inks(names: Sequence[str]) -> dict[str, int]:
    """Return a colour for each device type: by its name, and for others the first that is free."""
    inks = {name: DEVICE_INKS[name] for name in names if name in DEVICE_INKS}
    free = [ink for ink in range(1, 7) if ink not in inks.values()]
    others = [name for name in names if name not in inks]
    return inks | dict(zip(others, free, strict=False))


def device_chart(lines: dict[str, list[int]], steps: Buckets, bands: tuple[Band, ...]) -> Chart:
    totals = [sum(values) for values in zip(*lines.values(), strict=True)]
    inks = device_inks([*lines])
    series = [
        Series(
            label=device_label(name),
            values=[charts.share(part, whole) for part, whole in zip(values, totals, strict=True)],
            unit="share",
            ink=inks[name],
        )
        for name, values in lines.items()
    ]
    return Chart(
        name="devices",
        title=TITLES["devices"][steps.step],
        dates=steps.dates,
        series=series,
        kind="stack",
        step=steps.step,
        bands=bands,
    )
