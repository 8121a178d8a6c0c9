"""`/trends/`: how listening changes."""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards import charts, time_buckets
from spotifyweb.dashboards.charts import Band, Chart, Series
from spotifyweb.dashboards.coverage import gaps
from spotifyweb.dashboards.filters import one_of
from spotifyweb.dashboards.request import Asked, listening_page
from spotifyweb.dashboards.stats import overview, trends
from spotifyweb.dashboards.time_buckets import Buckets
from spotifyweb.warehouse import Row

MEASURES = {"time": "Time", "plays": "Plays"}


@listening_page
def trends_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    return render(request, "dashboards/trends.html", shown(asked, request.GET))


def shown(asked: Asked, query: Mapping[str, str]) -> dict[str, object]:
    view, steps = asked.view, cut(query, asked)
    by = one_of(query.get("by", ""), MEASURES, "time")
    over_time, bands = trends.over_time(view, steps), gaps.bands(asked)
    return asked.context() | {
        "steps": time_buckets.STEPS,
        "step": steps.step,
        "step_note": steps.note,
        "measures": MEASURES,
        "by": by,
        "listening": listening_chart(over_time, steps, by=by, bands=bands),
        "skipping": skip_chart(over_time, steps, bands),
        "discovery": None
        if asked.is_frozen  # what was known tells of other days
        else discovery_chart(trends.discovery(view, steps), steps, bands),
        "devices": device_chart(trends.devices(view, steps), steps, bands),
        "clock": list(zip(trends.WEEKDAYS, trends.clock(view), strict=True)),
        "hours": range(24),
        "overlap": trends.overlap(view),
        "as_of": overview.newest_at(view.warehouse),
    }


def cut(query: Mapping[str, str], asked: Asked) -> Buckets:
    return time_buckets.cut(
        asked.filters.period,
        first=asked.scope.first,
        last=max(asked.scope.last, asked.today),
        step=query.get("step", ""),
    )


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
