"""Plays broken down by device, platform, shuffle, offline, and why they began and ended."""

from django.utils.translation import gettext_lazy as _

from spotifyweb.dashboards.query import ListenQuery
from spotifyweb.warehouse import Row

FLAG_VALUE = "case when {flag} then '{yes}' when not {flag} then '{no}' else 'unknown' end"
# The aspects by name: label, and the SQL expression of the value. null is "unknown".
ASPECTS = {
    "device_type": (_("Device"), "device_type"),
    "platform": (_("Platform"), "coalesce(platform, 'unknown')"),
    "reason_start": (_("How plays started"), "coalesce(reason_start, 'unknown')"),
    "reason_end": (_("How plays ended"), "coalesce(reason_end, 'unknown')"),
    "shuffle": (_("Shuffle"), FLAG_VALUE.format(flag="shuffle", yes="on", no="off")),
    "offline": (_("Offline"), FLAG_VALUE.format(flag="offline", yes="offline", no="online")),
}
REASONS = {  # Spotify's codes in words
    "trackdone": _("Track finished"),
    "fwdbtn": _("Skipped"),
    "backbtn": _("Back pressed"),
    "clickrow": _("Selected"),
    "playbtn": _("Play pressed"),
    "endplay": _("Another track selected"),
    "logout": _("App closed"),
    "remote": _("Another device"),
    "appload": _("App started"),
    "trackerror": _("Error"),
    "unexpected-exit": _("App quit unexpectedly"),
    "unexpected-exit-while-paused": _("App quit while paused"),
}
VALUES = {
    "unknown": _("Unknown"),
    "on": _("On"),
    "off": _("Off"),
    "offline": _("Offline"),
    "online": _("Online"),
}
MAX_ROWS = 12
COUNTED = """
    with valued as (
        select {values}, plays, skips, heard_ms
        from gold.listening_facts as listens where {where}
    )
    select {names}, {groupings},
        sum(plays) as plays, sum(skips) as skips, sum(heard_ms) as heard_ms
    from valued group by grouping sets ({sets})
    order by plays desc, skips desc, heard_ms desc, {names}
"""


def play_breakdowns(listens: ListenQuery) -> dict[str, list[Row]]:
    """Return plays, skips and time by value for each aspect, most frequent first."""
    where, values = listens.where()
    sql = COUNTED.format(
        values=", ".join(f"{value} as value_{name}" for name, (_, value) in ASPECTS.items()),
        names=", ".join(f"value_{name}" for name in ASPECTS),
        groupings=", ".join(f"grouping(value_{name}) as is_not_{name}" for name in ASPECTS),
        sets=", ".join(f"(value_{name})" for name in ASPECTS),
        where=where,
    )
    rows = listens.warehouse.rows(sql, values)
    return {name: _rows_of_aspect(name, rows) for name in ASPECTS}


def is_known(rows: list[Row]) -> bool:
    """Return whether a breakdown has a value, and not only plays of which it is unknown."""
    return any(row["label"] != VALUES["unknown"] for row in rows)


def value_label(value: str) -> str:
    """Name a value of any aspect; a device or platform by its own name."""
    label = REASONS.get(value) or VALUES.get(value)
    return str(label) if label else value


def _rows_of_aspect(aspect: str, rows: list[Row]) -> list[Row]:
    values = [row for row in rows if not row[f"is_not_{aspect}"]][:MAX_ROWS]
    return [
        {
            "label": value_label(row[f"value_{aspect}"]),
            "plays": row["plays"],
            "skips": row["skips"],
            "heard_ms": row["heard_ms"],
        }
        for row in values
    ]
