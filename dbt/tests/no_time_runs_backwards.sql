-- What was heard took time, and began before it ended.
select
    event_id,
    started_at,
    ended_at,
    heard_ms
from {{ ref('silver_listens') }}
where started_at > ended_at or heard_ms < 0
