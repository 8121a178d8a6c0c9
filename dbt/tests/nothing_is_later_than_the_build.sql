-- A build knows the past of its own time only.
select
    event_id,
    ended_at
from {{ ref('silver_listens') }}
where ended_at > {{ as_of() }}
