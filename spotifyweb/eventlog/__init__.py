"""The event log: append, drain, commit, lag, on Kafka or on Redis streams.

base            the protocol, batches and errors
kafka           the backend on Kafka; kafka_consumer reads its messages
redis_streams   the backend on one Redis-protocol server
batches         larger batches out of what a log returns at a time
"""

from spotifyweb.eventlog.base import (
    Batch,
    EventLog,
    LogDropped,
    LogError,
    RecordPredicate,
    every_record,
)

__all__ = ["Batch", "EventLog", "LogDropped", "LogError", "RecordPredicate", "every_record"]
