"""The event log: append, drain, commit, lag, on Kafka or on Redis streams.

base              the protocol, batches and errors
kafka             the backend on Kafka; kafka_consumer reads its messages
kafka_properties  the cluster that the settings describe
kafka_client      librdkafka's clients of it, connected or with the reason why not
kafka_offsets     what is committed, what lies behind it, and where a replay begins
kafka_retention   how long it keeps a record
kafka_errors      what librdkafka reports, as a sentence with a hint
kafka_port        what answers at a port, where librdkafka does not tell
redis_streams     the backend on one Redis-protocol server
batches           larger batches out of what a log returns at a time
"""

from spotifyweb.eventlog.base import (
    EXPIRED,
    REPLAY,
    Batch,
    EventLog,
    LogDropped,
    LogError,
    RecordPredicate,
    Start,
    every_record,
)
from spotifyweb.eventlog.batches import concat

__all__ = [
    "EXPIRED",
    "REPLAY",
    "Batch",
    "EventLog",
    "LogDropped",
    "LogError",
    "RecordPredicate",
    "Start",
    "concat",
    "every_record",
]
