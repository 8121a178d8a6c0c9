"""Plays broken down by device, platform, shuffle, offline, and why they began and ended."""

from spotifyweb.dashboards.query import ListenQuery
from spotifyweb.warehouse import Row

FLAG_VALUE = "case when {flag} then '{yes}' when not {flag} then '{no}' else 'not said' end"
# The aspects by name: label, and the SQL expression of the value. null reads "not said".
ASPECTS = {
    "device_type": ("Device", "device_type"),
    "platform": ("Platform", "coalesce(platform, 'not said')"),
    "reason_start": ("Why it began", "coalesce(reason_start, 'not said')"),
    "reason_end": ("Why it ended", "coalesce(reason_end, 'not said')"),
    "shuffle": ("Shuffle", FLAG_VALUE.format(flag="shuffle", yes="on", no="off")),
    "offline": ("Offline", FLAG_VALUE.format(flag="offline", yes="offline", no="online")),
}
REASONS = {  # Spotify's codes in words
    "trackdone": "played to its end",
    "fwdbtn": "next was pressed",
    "backbtn": "back was pressed",
    "clickrow": "chosen by hand",
    "playbtn": "play was pressed",
    "endplay": "something else was chosen",
    "logout": "the app was closed",
    "remote": "from another device",
    "appload": "the app started",
    "trackerror": "an error",
    "unexpected-exit": "the app ended unexpectedly",
    "unexpected-exit-while-paused": "the app ended while paused",
}
MAX_ROWS = 12
COUNTED = """
    with valued as (
        select {values}, plays, skips, heard_ms
        from silver.silver_listening as listens where {where}
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


def _rows_of_aspect(aspect: str, rows: list[Row]) -> list[Row]:
    values = [row for row in rows if not row[f"is_not_{aspect}"]][:MAX_ROWS]
    return [
        {
            "said": REASONS.get(row[f"value_{aspect}"], row[f"value_{aspect}"]),
            "plays": row["plays"],
            "skips": row["skips"],
            "heard_ms": row["heard_ms"],
        }
        for row in values
    ]
