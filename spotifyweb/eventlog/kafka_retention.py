"""How long Kafka keeps a record: it deletes whole segments, and never the one that is written to.

So a record lives for the topic's retention and the time until its segment is closed, by default
seven days more (https://kafka.apache.org/documentation/#topicconfigs_segment.ms).
"""

from datetime import timedelta

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource  # type: ignore[attr-defined]

from spotifyweb.eventlog.kafka_consumer import WAIT_SECONDS

SEGMENT = timedelta(hours=6)  # of the topics that are made here
UNLIMITED = timedelta(days=36_500)  # retention.ms is -1
RETENTION, ROLL = "retention.ms", "segment.ms"


def properties(*, days: int) -> dict[str, str]:
    """Return the properties of a new topic."""
    return {RETENTION: _ms(timedelta(days=days)), ROLL: _ms(SEGMENT)}


def of_topic(admin: AdminClient, name: str) -> timedelta | None:
    """Return how long a record of the topic may live; None where the cluster does not say."""
    asked = admin.describe_configs(
        [ConfigResource(ConfigResource.Type.TOPIC, name)], request_timeout=WAIT_SECONDS
    )
    try:
        (found,) = (answer.result() for answer in asked.values())
    except KafkaException:  # no right to it, or no such topic
        return None
    kept, roll = (int(found[name].value) for name in (RETENTION, ROLL))
    return UNLIMITED if kept < 0 else timedelta(milliseconds=kept + roll)


def _ms(span: timedelta) -> str:
    return str(int(span.total_seconds() * 1000))
