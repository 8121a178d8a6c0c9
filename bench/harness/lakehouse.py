"""A lake on disk, a folder of DuckDB builds, and dbt as the product runs it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingestion.pipeline import dbt_runner
from ingestion.pipeline.dbt_runner import Report
from spotifyweb import lake as lakes
from spotifyweb.lake import LocalLake
from spotifyweb.warehouse.base import LakeLocation
from spotifyweb.warehouse.duckdb import DuckDBBuilds, DuckDBWarehouse

TOPICS = {dataset: topic for topic, dataset in lakes.DATASETS.items()}


@dataclass(slots=True, kw_only=True)
class Lakehouse:
    folder: Path
    threads: int = 2  # models at once
    landed: int = 0
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def lake(self) -> LocalLake:
        return LocalLake(self.folder / "lake")

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse"

    @property
    def builds(self) -> DuckDBBuilds:
        location = LakeLocation.of(self.lake.url)
        return DuckDBBuilds(self.warehouse, lake=location, memory_limit="1GB", threads=self.threads)

    def land(self, dataset: str, rows: Iterable[Mapping[str, Any]], *, at: datetime) -> None:
        """Write an object of the sink, as if it had landed at that time."""
        self.landed += 1
        events = [
            {
                "landed_at": at,
                "log_partition": 0,
                "log_offset": f"{self.landed:04}-{number:06}",
                **row,
            }
            for number, row in enumerate(rows)
        ]
        self.rows.setdefault(dataset, []).extend(events)
        table = pa.Table.from_pylist(events, schema=lakes.BRONZE_SCHEMAS[TOPICS[dataset]])
        if len(events) == 1:  # as objects were before there was this column
            table = table.drop_columns([*{"device_started_at"} & {*table.schema.names}])
        key = lakes.bronze_key(dataset, landed_at=at, partition=0, first_offset=f"{self.landed:04}")
        lakes.write_table(self.lake, key, table)

    def snapshot(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        self.rows[name] = [dict(row) for row in rows]
        lakes.write_snapshot(self.lake, name, self.rows[name])

    def build(
        self,
        build_id: str,
        *,
        now: datetime,
        full_refresh: bool = False,
        select: Sequence[str] = (),
        counts_bronze: bool = True,
    ) -> Report:
        """Build and, if all tests pass, publish. `select` builds only those models.

        `counts_bronze` reads all of the lake, as the first build of a day does.
        """
        lakes.ensure_datasets(self.lake)
        environment = self.builds.begin(build_id, fresh=full_refresh)
        report = dbt_runner.build(
            target="duckdb",
            environment={
                **environment,
                "DBT_BUILD_ID": build_id,
                "DBT_CHECK_BRONZE": str(int(counts_bronze)),
            },
            as_of=now,
            folder=self.folder / "dbt",
            full_refresh=full_refresh,
            select=select,
        )
        assert not report.failures, report.summary
        self.builds.publish(build_id, keep=9)
        return report

    def table(self, build_id: str, sql: str) -> list[dict[str, Any]]:
        with DuckDBWarehouse(self.warehouse).connect(build_id) as connection:
            result = connection.execute(sql)
            names = [column[0] for column in result.description or ()]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
