"""On what, how and why plays began and ended: what the export and the player say of each."""

from spotifyweb.dashboards.query import View
from spotifyweb.warehouse import Row

SAID_OF = "case when {flag} then '{yes}' when not {flag} then '{no}' else 'not said' end"
# What a listener may look at, and the expression that says it. null is "not said".
ASPECTS = {
    "device_type": ("Device", "device_type"),
    "platform": ("Platform", "coalesce(platform, 'not said')"),
    "reason_start": ("Why it began", "coalesce(reason_start, 'not said')"),
    "reason_end": ("Why it ended", "coalesce(reason_end, 'not said')"),
    "shuffle": ("Shuffle", SAID_OF.format(flag="shuffle", yes="on", no="off")),
    "offline": ("Offline", SAID_OF.format(flag="offline", yes="offline", no="online")),
}
REASONS = {  # Spotify's words, in ours
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
MOST = 12
COUNTED = """
    with said as (
        select {values}, plays, skips, heard_ms
        from silver.silver_listening as listens where {where}
    )
    select {names}, {groupings},
        sum(plays) as plays, sum(skips) as skips, sum(heard_ms) as heard_ms
    from said group by grouping sets ({sets})
    order by plays desc, skips desc, heard_ms desc, {names}
"""


def told(view: View) -> dict[str, list[Row]]:
    """For each aspect: plays, skips and time by what is said of them, the most frequent first."""
    where, values = view.where()
    sql = COUNTED.format(
        values=", ".join(f"{value} as said_{name}" for name, (_, value) in ASPECTS.items()),
        names=", ".join(f"said_{name}" for name in ASPECTS),
        groupings=", ".join(f"grouping(said_{name}) as is_not_{name}" for name in ASPECTS),
        sets=", ".join(f"(said_{name})" for name in ASPECTS),
        where=where,
    )
    rows = view.warehouse.rows(sql, values)
    return {name: _of(name, rows) for name in ASPECTS}


def _of(aspect: str, rows: list[Row]) -> list[Row]:
    mine = [row for row in rows if not row[f"is_not_{aspect}"]][:MOST]
    return [
        {
            "said": REASONS.get(row[f"said_{aspect}"], row[f"said_{aspect}"]),
            "plays": row["plays"],
            "skips": row["skips"],
            "heard_ms": row["heard_ms"],
        }
        for row in mine
    ]
