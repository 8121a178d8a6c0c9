"""`/trends/`: listening over time."""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards import charts, time_buckets
from spotifyweb.dashboards.charts import Band, Chart, Series
from spotifyweb.dashboards.coverage.bands import chart_bands
from spotifyweb.dashboards.filters import choose
from spotifyweb.dashboards.request import StatsRequest, stats_page
from spotifyweb.dashboards.stats import overview, trends
from spotifyweb.dashboards.stats.trends import requested_buckets
from spotifyweb.dashboards.time_buckets import Buckets
from spotifyweb.warehouse import Row

MEASURES = {"time": "Time", "plays": "Plays"}


@stats_page
def trends_page(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:
    return render(request, "dashboards/trends.html", trends_context(stats_request, request.GET))


def trends_context(stats_request: StatsRequest, query: Mapping[str, str]) -> dict[str, object]:
    listens, steps = stats_request.listens, requested_buckets(query, stats_request)
    by = choose(query.get("by", ""), MEASURES, "time")
    over_time, bands = trends.listening_over_time(listens, steps), chart_bands(stats_request)
    return stats_request.context() | {
        "steps": time_buckets.STEPS,
        "step": steps.step,
        "step_note": steps.note,
        "measures": MEASURES,
        "by": by,
        "listening": listening_chart(over_time, steps, by=by, bands=bands),
        "skipping": skip_chart(over_time, steps, bands),
        "discovery": None
        if stats_request.is_frozen  # what was known before follows from other days
        else discovery_chart(trends.discovery(listens, steps), steps, bands),
        "devices": device_chart(trends.devices(listens, steps), steps, bands),
        "clock": list(zip(trends.WEEKDAYS, trends.clock(listens), strict=True)),
        "hours": range(24),
        "overlap": trends.overlap(listens),
        "as_of": overview.build_as_of(listens.warehouse),
    }


def listening_chart(
    rows: Sequence[Row], steps: Buckets, *, by: str = "time", bands: tuple[Band, ...] = ()
) -> Chart:
    if by == "plays":
        series = Series(label="Plays", values=[row["plays"] for row in rows])
    else:
        series = Series(
            label="Time",
            values=charts.minutes([row["heard_ms"] for row in rows]),
            unit="minutes",
        )
    title = f"{'Plays' if by == 'plays' else 'Listening time'} per {steps.step}"
    return Chart(
        name="listening",
        title=title,
        dates=steps.dates,
        series=[series],
        step=steps.step,
        bands=bands,
    )


def skip_chart(rows: Sequence[Row], steps: Buckets, bands: tuple[Band, ...]) -> Chart:
    values = [charts.share(row["skips"], row["begun"]) for row in rows]
    return Chart(
        name="skipping",
        title=f"Share of tracks left within 30 seconds per {steps.step}",
        dates=steps.dates,
        series=[Series(label="Left early", values=values, unit="share", ink=2)],
        kind="line",
        step=steps.step,
        bands=bands,
    )


def discovery_chart(rows: Sequence[Row], steps: Buckets, bands: tuple[Band, ...]) -> Chart:
    return Chart(
        name="discovery",
        title=f"New and known tracks per {steps.step}",
        dates=steps.dates,
        series=[
            Series(
                label="Known", values=[row["known_tracks"] for row in rows], unit="tracks", ink=5
            ),
            Series(label="New", values=[row["new_tracks"] for row in rows], unit="tracks", ink=3),
        ],
        kind="stack",
        step=steps.step,
        bands=bands,
    )


def device_chart(lines: dict[str, list[int]], steps: Buckets, bands: tuple[Band, ...]) -> Chart:
    totals = [sum(values) for values in zip(*lines.values(), strict=True)]
    series = [
        Series(
            label=name,
            values=[charts.share(part, whole) for part, whole in zip(values, totals, strict=True)],
            unit="share",
            ink=number,
        )
        for number, (name, values) in enumerate(lines.items(), start=1)
    ]
    return Chart(
        name="devices",
        title=f"Share of listening time by device per {steps.step}",
        dates=steps.dates,
        series=series,
        kind="stack",
        step=steps.step,
        bands=bands,
    )
