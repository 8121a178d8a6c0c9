"""The warehouse: published builds that readers query, on DuckDB or on Snowflake.

base               the protocols of readers and of builds, and their errors
duckdb             both on one machine: a build is a file, and a pointer names the published one
snowflake          readers of a Snowflake account; snowflake_loader fills it, snowflake_builds
                   publishes, snowflake_setup makes what an account needs
snowflake_session  its address, logins (snowflake_login) and statements
scratch            a DuckDB database for one calculation
"""

from spotifyweb.warehouse.base import (
    Build,
    NothingPublished,
    Row,
    SchemaMismatch,
    Warehouse,
    WarehouseError,
    placeholders,
)

__all__ = [
    "Build",
    "NothingPublished",
    "Row",
    "SchemaMismatch",
    "Warehouse",
    "WarehouseError",
    "placeholders",
]
