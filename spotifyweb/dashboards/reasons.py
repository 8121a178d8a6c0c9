"""On what, how and why plays began and ended: what the export and the player say of each."""

from spotifyweb.dashboards.reading import View
from spotifyweb.warehouse import Row

SAID_OF = "case when {flag} then '{yes}' when not {flag} then '{no}' else 'not said' end"
# What a listener may look at, and the expression that says it. null is "not said".
ASPECTS = {
    "device_type": ("Device", "coalesce(device_type, 'unknown')"),
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
COUNTED = """
    select {value} as said, count(case when event_type = 'play' then 1 end) as plays,
        count(case when event_type = 'skip' then 1 end) as skips,
        coalesce(sum(case when event_type = 'play' then heard_ms end), 0) as heard_ms
    from (
        select *, heard_ms as listened_ms,
            cast(extract(hour from local_at) as integer) as local_hour
        from silver.silver_listens
    ) as listens
    where {where} group by 1 order by plays desc, skips desc, said limit 12
"""


def told(view: View, aspect: str) -> list[Row]:
    """Plays, skips and time by what is said of them, the most frequent first."""
    where, values = view.where()
    rows = view.warehouse.rows(COUNTED.format(value=ASPECTS[aspect][1], where=where), values)
    for row in rows:
        row["said"] = REASONS.get(row["said"], row["said"])
    return rows
