"""One event schema: tables hold what the events hold, neither more nor less."""

import dataclasses

import pyarrow as pa
import pytest

from spotifyweb import events, lake
from spotifyweb.lake.schemas import MOMENT


@pytest.mark.parametrize("kind", events.TYPES.values())
def test_a_topic_has_a_column_for_each_field_of_its_event(kind: type[events.Event]) -> None:
    fields = {spec.name for spec in dataclasses.fields(kind)}
    assert set(lake.EVENT_SCHEMAS[kind.topic].names) == fields | {"event_id", "event_type"}


def test_types_and_what_is_required_follow_from_the_event() -> None:
    schema = lake.EVENT_SCHEMAS["user_feedback"]
    assert schema.names[:4] == ["event_id", "user_id", "event_type", "schema_version"]
    assert [name for name in schema.names if not schema.field(name).nullable] == [
        "event_id",
        "user_id",
        "event_type",
        "played_at",
        "verdict",
    ]
    assert schema.field("schema_version").type == pa.int32()
    assert schema.field("duration_ms").type == pa.int64()
    assert schema.field("expires_at").type == MOMENT
    assert lake.EVENT_SCHEMAS["user_skips"].field("skipped").type == pa.bool_()


def test_a_dataset_is_named_for_its_topic() -> None:
    assert {f"user_{name}": name for name in lake.DATASETS.values()} == lake.DATASETS
    assert set(lake.DATASETS) == set(events.TOPICS)
