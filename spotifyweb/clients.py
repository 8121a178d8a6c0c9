"""Clients of outside systems, made from the settings: the only module that knows both.

Every process keeps one of each; they connect when first used.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone

from spotifyweb.eventlog import EventLog
from spotifyweb.eventlog.kafka_properties import Cluster
from spotifyweb.lake import BRONZE_SCHEMAS, DATASETS, SNAPSHOT_SCHEMAS, FileLake, open_lake
from spotifyweb.lake.compaction import UnloadedObjects
from spotifyweb.spotify.client import SpotifyClient
from spotifyweb.spotify.oauth import SpotifyOAuth
from spotifyweb.spotify.quota import Budget, Quota
from spotifyweb.valkey import address
from spotifyweb.warehouse import Warehouse
from spotifyweb.warehouse.base import Builds, LakeLocation

if TYPE_CHECKING:
    import pyarrow as pa
    from django.db.backends.base.base import BaseDatabaseWrapper

    from spotifyweb.warehouse.duckdb import DuckDBBuilds
    from spotifyweb.warehouse.snowflake_session import Account
    from spotifyweb.warehouse.snowflake_setup import Setup
    from spotifyweb.warehouse.snowflake_usage import Usage

MB_OF_THREAD = 200


@cache
def redis_client() -> "redis.Redis":
    """Return the client of cache, locks and shared counters; it answers bytes.

    Without a Redis it raises after two quick retries.
    """
    return address.client(settings.REDIS_URL, **settings.REDIS_OPTIONS)


@contextmanager
def direct_connection() -> "Iterator[BaseDatabaseWrapper]":
    """Yield a connection of its own to the database, never one of a pool.

    It ends with the block, and what the session holds with it; an error is the server's own.
    """
    own = connection.copy()
    own.settings_dict["OPTIONS"].pop("pool", None)
    try:
        yield own
    finally:
        own.close()


@cache
def event_log() -> EventLog:
    url = settings.EVENT_LOG_URL
    if urlsplit(url).scheme == "kafka":
        from spotifyweb.eventlog.kafka import KafkaLog

        return KafkaLog(kafka_cluster())
    from spotifyweb.eventlog.redis_streams import RedisStreamsLog

    is_here = settings.EMBEDDED_VALKEY and url == settings.REDIS_URL
    files = settings.DATA_DIR / "valkey" / "appendonlydir" if is_here else None
    return RedisStreamsLog.from_url(url, files=files)


def kafka_cluster() -> Cluster:
    """Return the cluster of EVENT_LOG_URL. Raises PropertiesInvalid."""
    return Cluster.of(settings.EVENT_LOG_URL, settings.KAFKA, **settings.EVENT_LOG_TOPICS)


@cache
def lake() -> FileLake:
    """Return the lake, on disk or on S3: every event that was ever received."""
    return open_lake(
        settings.LAKE_URL,
        endpoint=settings.AWS_ENDPOINT_URL,
        region=settings.AWS_REGION,
        encryption=settings.LAKE_ENCRYPTION,
    )


@cache
def warehouse() -> Warehouse:
    """Return the warehouse, for readers of the published build."""
    if urlsplit(settings.WAREHOUSE_URL).scheme == "snowflake":
        from spotifyweb.warehouse.snowflake import SnowflakeWarehouse

        return SnowflakeWarehouse(_snowflake_account())
    from spotifyweb.warehouse.duckdb import DuckDBWarehouse

    return DuckDBWarehouse(warehouse_folder())


def bronze_reader() -> Warehouse:
    """Return the warehouse, for readers that count bronze too, whose views may lie on S3."""
    if urlsplit(settings.WAREHOUSE_URL).scheme == "snowflake":
        return warehouse()
    from spotifyweb.warehouse.duckdb import DuckDBWarehouse

    return DuckDBWarehouse(warehouse_folder(), lake=_lake_location())


def builds() -> Builds:
    """Return where a transform builds and publishes."""
    if urlsplit(settings.WAREHOUSE_URL).scheme == "snowflake":
        from spotifyweb.warehouse.snowflake_builds import SnowflakeBuilds

        objects = UnloadedObjects(lake(), now=timezone.now)
        return SnowflakeBuilds(_snowflake_account(), lake=objects, schemas=_bronze_schemas())
    return duckdb_builds(warehouse_folder())


def _snowflake_account() -> "Account":
    from spotifyweb.warehouse.snowflake_session import Account

    return Account.of(
        settings.WAREHOUSE_URL, login=settings.SNOWFLAKE_LOGIN, **settings.SNOWFLAKE_SESSION
    )


def _bronze_schemas() -> dict[str, "pa.Schema"]:
    events = {DATASETS[topic]: schema for topic, schema in BRONZE_SCHEMAS.items()}
    return {**events, **SNAPSHOT_SCHEMAS}


def snowflake_setup() -> "Setup":
    """Return what an account needs for Liner. Raises WarehouseError, and LoginInvalid.

    With another warehouse in the settings it is what the default names give, to be read.
    """
    from spotifyweb.warehouse.snowflake_session import Account
    from spotifyweb.warehouse.snowflake_setup import Setup

    is_ours = urlsplit(settings.WAREHOUSE_URL).scheme == "snowflake"
    return Setup(
        account=_snowflake_account() if is_ours else Account.of("snowflake://LINER@account"),
        schemas=_bronze_schemas(),
        lake=LakeLocation.of(settings.LAKE_URL),
        public_key=settings.SNOWFLAKE_LOGIN.public_key(),
        storage_role=settings.SNOWFLAKE_STORAGE_ROLE,
        monthly_credits=settings.SNOWFLAKE_MONTHLY_CREDITS,
    )


def snowflake_usage() -> "Usage":
    """Return what the warehouse costs, and its switch. Raises WarehouseError."""
    from spotifyweb.warehouse.snowflake_usage import Usage

    return Usage(account=_snowflake_account().tagged("cost"))


def snowflake_admin() -> "Account":
    """Return the login that sets the account up. Raises WarehouseError."""
    from spotifyweb.warehouse.snowflake_login import SnowflakeLogin
    from spotifyweb.warehouse.snowflake_session import Account

    url = settings.SNOWFLAKE_SETUP_URL or settings.WAREHOUSE_URL
    login = SnowflakeLogin() if urlsplit(url).password else settings.SNOWFLAKE_LOGIN
    return Account.of(url, login=login, role="ACCOUNTADMIN")


def duckdb_builds(folder: Path) -> "DuckDBBuilds":
    """Return builds of the lake by DuckDB below `folder`, whatever the warehouse is."""
    from spotifyweb.warehouse.duckdb import DuckDBBuilds

    return DuckDBBuilds(
        folder,
        lake=_lake_location(),
        memory_limit=f"{settings.TRANSFORM_MEMORY_MB}MB",
        threads=settings.TRANSFORM_THREADS,
        query_threads=_query_threads(),
    )


def _lake_location() -> LakeLocation:
    return LakeLocation.of(
        settings.LAKE_URL, endpoint=settings.AWS_ENDPOINT_URL, region=settings.AWS_REGION
    )


def _query_threads() -> int:
    """Return how many threads of DuckDB the memory of a build is enough for, at most one a core.

    Each keeps rows of its own. On four cores, 430,000 plays of a listener failed with 200 MB.
    """
    return min(os.cpu_count() or 1, max(1, settings.TRANSFORM_MEMORY_MB // MB_OF_THREAD))


def warehouse_folder() -> Path:
    """Return the folder in WAREHOUSE_URL: duckdb:////srv/warehouse is /srv/warehouse."""
    return Path("/" + unquote(urlsplit(settings.WAREHOUSE_URL).path).lstrip("/"))


@cache
def spotify_quota() -> Quota:
    """Return Spotify's limits for our client id, shared by all processes through Redis."""
    return Quota(
        redis=redis_client(),
        client_id=settings.SPOTIFY_CLIENT_ID,
        clock=timezone.now,
        budget=Budget(
            calls=settings.SPOTIFY_DAILY_CALLS,
            catalogue=settings.SPOTIFY_DAILY_CATALOGUE_CALLS,
            artist_albums=settings.SPOTIFY_DAILY_ARTIST_ALBUMS_CALLS,
            listener=settings.SPOTIFY_DAILY_LISTENER_CALLS,
        ),
    )


def spotify_oauth() -> SpotifyOAuth:
    """Return the client of Spotify's accounts host, for codes and tokens."""
    return SpotifyOAuth(
        client_id=settings.SPOTIFY_CLIENT_ID,
        client_secret=settings.SPOTIFY_CLIENT_SECRET,
        redirect_uri=settings.SPOTIFY_REDIRECT_URI,
        accounts_url=settings.SPOTIFY_ACCOUNTS_URL,
        guard=spotify_quota(),
    )


def spotify_client(access_token: str, *, user_id: str = "") -> SpotifyClient:
    """Return a client with a listener's token; its calls are counted for `user_id`."""
    return SpotifyClient(
        access_token, api_url=settings.SPOTIFY_API_URL, guard=spotify_quota(), user_id=user_id
    )
