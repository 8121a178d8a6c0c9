"""Benches of the warehouse on Snowflake, by its double."""
