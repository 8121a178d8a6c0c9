-- Grain: one listener and one track they left within 30 seconds and never played. The same
-- measure as `activation`, on the same scale.

with starts as (
    select * from {{ ref('eligible_listens') }}
    where
        event_type = 'skip'
        and coalesce(ms_played, 0) < {{ var('recommendations')['second_chance_ms'] | int }}
),

played as (
    select * from {{ ref('activation') }}
),

scales as (
    select
        user_id,
        max(raw_activation) as raw_activation
    from played
    group by user_id
),

summed as (
    select
        user_id,
        track_id,
        count(*) as starts,
        max(played_at) as last_started_at,
        sum({{ memory(days_between('played_at', recommendations_as_of())) }}) as raw_activation
    from starts
    group by user_id, track_id
),

final as (
    select
        summed.user_id,
        summed.track_id,
        summed.starts,
        summed.last_started_at,
        summed.raw_activation / coalesce(scales.raw_activation, 1) as activation
    from summed
    left join scales on summed.user_id = scales.user_id
    left join played
        on summed.user_id = played.user_id and summed.track_id = played.track_id
    where played.track_id is null
)

select * from final
