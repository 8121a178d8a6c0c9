"""The published build's views of a lake on a real S3 server, as `doctor --deep` counts them."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spotifyweb import clients
from spotifyweb.warehouse import duckdb_s3
from tests.engines.s3 import SeaweedFS


def test_bronze_on_s3_is_counted_without_a_download(
    bucket: SeaweedFS, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB keeps downloads in HOME, which is empty in each new container."""
    for name, value in (bucket.environment | {"HOME": str(tmp_path / "home")}).items():
        monkeypatch.setenv(name, value)
    settings.AWS_ENDPOINT_URL = bucket.endpoint
    settings.LAKE_URL = f"s3://lake/{tmp_path.name}"
    settings.WAREHOUSE_URL = f"duckdb:///{tmp_path}/warehouse"
    publish_likes(tmp_path, lake=settings.LAKE_URL, client=bucket.client())

    (row,) = clients.bronze_reader().rows("select count(*) as count from bronze.likes")

    assert row == {"count": 3}
    assert not (tmp_path / "home").exists()


def publish_likes(folder: Path, *, lake: str, client: Any) -> None:
    """Publish a build whose view reads one object with three rows."""
    pq.write_table(pa.table({"n": [1, 2, 3]}), folder / "part.parquet")
    key = f"{folder.name}/bronze/likes/part.parquet"
    client.upload_file(str(folder / "part.parquet"), "lake", key)
    builds = clients.duckdb_builds(clients.warehouse_folder())
    path = builds.begin("20261123T020000Z-1", fresh=True)["DBT_DUCKDB_PATH"]
    with duckdb.connect(path) as database:
        duckdb_s3.open_lake(database, builds.lake)
        database.execute("create schema bronze")
        view = f"from read_parquet('{lake}/bronze/likes/*.parquet')"
        database.execute(f"create view bronze.likes as {view}")
    builds.publish("20261123T020000Z-1")
