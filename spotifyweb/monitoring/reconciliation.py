"""Counts that must add up from the event log to gold: `manage.py doctor --deep`.

The lake is counted by reading every object, bronze through the published build's views, silver and
gold in its tables. What landed in the last minutes is left out: it may be on its way.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import Error as DatabaseError

from spotifyweb import clients
from spotifyweb.eventlog import LogError
from spotifyweb.lake import DATASETS, LakeError, parts
from spotifyweb.lake.schemas import MOMENT
from spotifyweb.monitoring.doctor import Finding, make_finding
from spotifyweb.privacy import execution
from spotifyweb.warehouse import Warehouse, WarehouseError

ON_ITS_WAY = timedelta(minutes=10)
BRONZE = {"playback": "bronze_playback", "feedback": "bronze_feedback"}  # else the dataset's name
SILVER = {
    "plays": "silver_events where event_type = 'play'",
    "skips": "silver_events where event_type = 'skip'",
}
GOLD = """
    select as_of, plays + skips + rejected + merged as accounted,
        (select count(*) from silver.silver_events) as events
    from gold.build_info
"""
COLUMNS = pa.schema([("event_id", pa.string()), ("landed_at", MOMENT)])


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeCount:
    """What a dataset's parts hold: rows that landed by a moment, ids, and ids a build must have."""

    parts: int
    replaced: int
    rows: int
    ids: int
    built: int


def reconcile(*, now: datetime) -> Iterator[Finding]:
    """Yield a finding for each dataset and one for gold; none of them changes anything."""
    warehouse = clients.bronze_reader()
    try:
        if execution.needs_build():
            hint = "ask again after the build"
            yield make_finding("counts", "an erasure waits for its build", warning=hint)
            return
        (gold,) = warehouse.rows(GOLD)
    except DatabaseError:  # the finding on migrations reports it
        return
    except WarehouseError as error:
        yield make_finding("counts", error, warning="run: manage.py transform")
        return
    for topic, dataset in DATASETS.items():
        try:
            yield _reconcile_dataset(topic, dataset, warehouse, built_at=gold["as_of"], now=now)
        except (LakeError, LogError, WarehouseError) as error:
            yield make_finding(f"counts of {dataset}", error, wrong="it could not be counted")
    differs = gold["accounted"] != gold["events"]
    yield make_finding(
        "counts of gold",
        f"{gold['accounted']} listens, merged and rejected of {gold['events']} events in silver",
        wrong="build anew: manage.py transform --full-refresh" if differs else "",
    )


def _reconcile_dataset(
    topic: str, dataset: str, warehouse: Warehouse, *, built_at: datetime, now: datetime
) -> Finding:
    settled_before = now - ON_ITS_WAY
    lake = count_lake(
        dataset, now=now, settled_before=settled_before, built_before=built_at - ON_ITS_WAY
    )
    bronze = _count(
        warehouse,
        f"bronze.{BRONZE.get(dataset, dataset)} where landed_at <= timestamptz '{settled_before}'",
    )
    silver = _count(warehouse, f"silver.{SILVER.get(dataset, f'silver_{dataset}')}")
    value = (
        f"log: {clients.event_log().lag(topic)} to land; lake: {lake.rows} rows, {lake.ids} events,"
        f" {lake.parts} objects, {lake.replaced} replaced; bronze: {bronze}; silver: {silver}"
    )
    wrong = ""
    if bronze != lake.rows:
        wrong = "bronze does not read what the lake holds: report it with this line"
    elif not lake.built <= silver <= lake.ids:
        wrong = f"silver lacks or has others of {lake.built}: manage.py transform --full-refresh"
    return make_finding(f"counts of {dataset}", value, wrong=wrong)


def count_lake(
    dataset: str, *, now: datetime, settled_before: datetime, built_before: datetime
) -> LakeCount:
    """Count a dataset by reading two columns of each object. Raises LakeError."""
    store = clients.lake()
    found = parts.parse_all(store.keys(f"bronze/{dataset}/"))
    current = parts.valid(found, at=now)
    table = pa.concat_tables(
        [
            COLUMNS.empty_table(),
            *(_read(store.get(part.key)) for part in current),
        ]
    )
    landed = table["landed_at"]
    is_built = pc.less_equal(landed, pa.scalar(built_before, MOMENT))
    return LakeCount(
        parts=len(current),
        replaced=len(found) - len(current),
        rows=pc.sum(pc.less_equal(landed, pa.scalar(settled_before, MOMENT))).as_py() or 0,
        ids=len(table["event_id"].unique()),
        built=len(table.filter(is_built)["event_id"].unique()),
    )


def _read(data: bytes) -> pa.Table:
    return pq.read_table(io.BytesIO(data), columns=COLUMNS.names).cast(COLUMNS)


def _count(warehouse: Warehouse, what: str) -> int:
    (row,) = warehouse.rows(f"select count(*) as count from {what}")
    return int(row["count"])
