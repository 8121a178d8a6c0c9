"""Tracks of exclusion rules: the ids of their recordings, and their names."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from spotifyweb.dashboards.exclusions.conditions import Exclusion
from spotifyweb.warehouse import Row, Warehouse, WarehouseError, placeholders

# A track as rules name it, of a table `named`.
TRACK_NAME = "named.track_name || coalesce(' – ' || named.artist_name, '')"
# The recording of each id as this listener counts it, with the ids they played it under.
IDS = """
    with counted as (
        select releases.release_track_id as rule_id,
            coalesce(corrected.corrected_name, releases.track_id) as track_id
        from gold.releases as releases
        left join gold.corrections as corrected
            on corrected.user_id = ? and corrected.kind = 'track'
            and corrected.name = releases.release_track_id
        where releases.release_track_id in ({placeholders})
    )
    select counted.rule_id, counted.track_id, played.release_track_id
    from counted
    left join gold.user_releases as played
        on played.user_id = ? and played.track_id = counted.track_id
"""
NAMES = f"""
    select named.release_track_id, {TRACK_NAME} as name
    from gold.releases as named where named.release_track_id in ({{placeholders}})
"""


def with_track_ids(
    warehouse: Warehouse, user_id: str, exclusions: Iterable[Exclusion]
) -> tuple[Exclusion, ...]:
    """Return the rules, each on a track with every id that the listener played it under."""
    exclusions = tuple(exclusions)
    tracks = sorted({rule.value for rule in exclusions if rule.kind == "track"})
    if not tracks:
        return exclusions
    sql = IDS.format(placeholders=placeholders(tracks))
    rows = warehouse.rows(sql, [user_id, *tracks, user_id])
    return tuple(
        replace(rule, track_ids=_ids(rows, rule.value)) if rule.kind == "track" else rule
        for rule in exclusions
    )


def _ids(rows: Sequence[Row], rule_id: str) -> frozenset[str]:
    known = [row for row in rows if row["rule_id"] == rule_id]
    ids = (row[name] for row in known for name in ("track_id", "release_track_id"))
    return frozenset(each for each in ids if each)


def labels(warehouse: Warehouse, exclusions: Iterable[Exclusion]) -> list[str]:
    """Return what each rule leaves out by its name: “Track – Artist”, else its value."""
    exclusions = list(exclusions)
    ids = sorted({rule.value for rule in exclusions if rule.kind == "track"})
    names = _track_names(warehouse, ids) if ids else {}
    return [names.get(rule.value, rule.value) for rule in exclusions]


def _track_names(warehouse: Warehouse, ids: Sequence[str]) -> dict[str, str]:
    sql = NAMES.format(placeholders=placeholders(ids))
    try:
        rows = warehouse.rows(sql, ids)
    except WarehouseError:
        return {}
    return {row["release_track_id"]: row["name"] for row in rows if row["name"]}
