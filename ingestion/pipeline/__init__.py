"""From the event log to the warehouse.

sink             batches of the log as verified Parquet objects in the lake
assignment       the partitions that a drain holds
claims           the end of a batch, fixed before it is written
batches          records of the log, read and decoded in parts
sink_writer      one batch in the lake, and its counts
rejects          records that make no row, set aside with their reason
dead_letters     those records appended again, corrected or dropped
transformation   a dbt build of the lake, published when every test passes
snapshots        what is no event, as tables in the lake
fingerprint      a digest of all that a build is made of, which tells whether there is news
dbt_runner       starts dbt, and reads what it wrote
dbt_process      the process in which dbt runs
"""
