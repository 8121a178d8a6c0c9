"""Names of the lake's objects. A name follows from what is in it, so that a replay overwrites.

bronze/<dataset>/year=/month=/day=/hour=/part-<partition>-<first offset>.parquet
"""

from datetime import datetime


def bronze_key(dataset: str, *, landed_at: datetime, partition: int, first_offset: str) -> str:
    """The object of one batch. `landed_at` is when the log got its first record.

    Not the time of the write: a batch that is written again after an hour must meet itself.
    """
    return f"bronze/{dataset}/{hour(landed_at)}/part-{partition}-{first_offset}.parquet"


def rejects_key(dataset: str, *, landed_at: datetime, partition: int, first_offset: str) -> str:
    """The records of the same batch that were set aside."""
    return f"rejects/{dataset}/{hour(landed_at)}/part-{partition}-{first_offset}.parquet"


def empty_key(dataset: str) -> str:
    """An object without rows, so that every dataset can be read from the first minute on."""
    return f"bronze/{dataset}/year=1970/month=01/day=01/hour=00/part-empty.parquet"


def snapshot_key(name: str) -> str:
    return f"bronze/{name}/snapshot.parquet"


def hour(moment: datetime) -> str:
    return moment.strftime("year=%Y/month=%m/day=%d/hour=%H")
