"""What each object of the lake holds: one Arrow schema per topic, snapshot and reject.

The schemas of topics follow from the events: a new field is added to `spotifyweb/events.py` alone.
"""

from datetime import datetime

import pyarrow as pa

from spotifyweb import events

MOMENT = pa.timestamp("ms", tz="UTC")
ARROW_TYPES: dict[type, pa.DataType] = {str: pa.string(), bool: pa.bool_(), datetime: MOMENT}
INTEGERS = {32: pa.int32(), 64: pa.int64()}
SINK_FIELDS = [  # added by the sink
    pa.field("landed_at", MOMENT, nullable=False),
    pa.field("log_partition", pa.int32(), nullable=False),
    pa.field("log_offset", pa.string(), nullable=False),
]


def event_schema(event_type: str) -> pa.Schema:
    """Return the schema of an event type: its fields, with id and type."""
    return pa.schema([_field(column) for column in events.columns(event_type)])


def _field(column: events.Column) -> pa.Field:
    kind = INTEGERS[column.bits] if column.type is int else ARROW_TYPES[column.type]
    return pa.field(column.name, kind, nullable=not column.is_required)


DATASETS: dict[str, str] = {  # topic -> folder below bronze/
    topic: topic.removeprefix("user_") for topic in events.TOPICS
}
EVENT_SCHEMAS: dict[str, pa.Schema] = {
    kind.topic: event_schema(name) for name, kind in events.TYPES.items()
}
BRONZE_SCHEMAS: dict[str, pa.Schema] = {
    topic: pa.schema([*schema, *SINK_FIELDS]) for topic, schema in EVENT_SCHEMAS.items()
}

# Snapshots of what is no event, one object each, written anew before each transform:
# bronze/<name>/snapshot.parquet
SNAPSHOT_SCHEMAS: dict[str, pa.Schema] = {
    "tracks": pa.schema(  # one row per known track, also of tracks nobody here played yet
        [
            pa.field("track_id", pa.string(), nullable=False),
            pa.field("track_name", pa.string()),
            pa.field("artist_id", pa.string()),
            pa.field("artist_name", pa.string()),
            pa.field("album_id", pa.string()),
            pa.field("album_name", pa.string()),
            pa.field("duration_ms", pa.int64()),
            pa.field("isrc", pa.string()),
            pa.field("image_url", pa.string()),
            pa.field("release_date", pa.string()),
            pa.field("fetched_at", MOMENT, nullable=False),
        ]
    ),
    "artists": pa.schema(  # one row per artist whom Spotify was asked about
        [
            pa.field("artist_id", pa.string(), nullable=False),
            pa.field("artist_name", pa.string()),
            pa.field("image_url", pa.string()),
            pa.field("fetched_at", MOMENT, nullable=False),
        ]
    ),
    "albums": pa.schema(  # one row per album whose tracks are known, heard or not
        [
            pa.field("album_id", pa.string(), nullable=False),
            pa.field("album_name", pa.string()),
            pa.field("album_type", pa.string()),
            pa.field("artist_id", pa.string()),
            pa.field("artist_name", pa.string()),
            pa.field("released_on", pa.date32()),  # null where only the month or year is known
            pa.field("total_tracks", pa.int64()),
            pa.field("fetched_at", MOMENT, nullable=False),
        ]
    ),
    "listeners": pa.schema(  # the zone a listener lived in from that moment on
        [
            pa.field("user_id", pa.string(), nullable=False),
            pa.field("timezone", pa.string(), nullable=False),
            pa.field("valid_from", MOMENT, nullable=False),
        ]
    ),
    "erasures": pa.schema(  # what must never come back: rows older than `before` of that listener
        [
            pa.field("user_id", pa.string(), nullable=False),
            pa.field("source", pa.string()),  # null: every source
            pa.field("before", MOMENT, nullable=False),
        ]
    ),
    "rules": pa.schema(  # what does not count for that listener; see dashboards/exclusions/
        [
            pa.field("user_id", pa.string(), nullable=False),
            pa.field("kind", pa.string(), nullable=False),
            pa.field("value", pa.string(), nullable=False),
            pa.field("from_hour", pa.int32()),  # of the kind "hours"
            pa.field("until_hour", pa.int32()),
        ]
    ),
    "separations": pa.schema(  # two events that the listener says were two plays
        [
            pa.field("user_id", pa.string(), nullable=False),
            pa.field("first_event_id", pa.string(), nullable=False),
            pa.field("second_event_id", pa.string(), nullable=False),
            pa.field("decided_at", MOMENT, nullable=False),
        ]
    ),
    "corrections": pa.schema(  # two that the listener says are one, or one that stands alone
        [
            pa.field("user_id", pa.string(), nullable=False),
            pa.field("kind", pa.string(), nullable=False),  # track or artist
            pa.field("action", pa.string(), nullable=False),  # join or split
            pa.field("subject", pa.string(), nullable=False),  # an id, or a name as it is spelled
            pa.field("other", pa.string()),  # that it is joined to
            pa.field("decided_at", MOMENT, nullable=False),
        ]
    ),
    "housemates": pa.schema(  # who agreed to be seen by the others who agreed
        [
            pa.field("user_id", pa.string(), nullable=False),
            pa.field("joined_at", MOMENT, nullable=False),
        ]
    ),
}

REJECT_SCHEMA = pa.schema(  # a record that was set aside, exactly as it came
    [
        pa.field("topic", pa.string(), nullable=False),
        pa.field("partition", pa.int32(), nullable=False),
        pa.field("offset", pa.string(), nullable=False),
        pa.field("key", pa.string()),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("raw", pa.binary(), nullable=False),
        pa.field("rejected_at", MOMENT, nullable=False),
    ]
)
