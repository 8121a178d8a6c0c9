"""From the event log to the warehouse.

sink             batches of the log as verified Parquet objects in the lake
rejects          records that make no row, set aside with their reason
transformation   a dbt build of the lake, published when every test passes
dbt_runner       starts dbt, and reads what it wrote
dbt_process      the process in which dbt runs
"""
