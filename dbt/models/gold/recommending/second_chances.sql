-- Grain: one listener and one track they left within 30 seconds and never played. The same
-- measure as `activation`, on the same scale.

with starts as (
    select * from {{ ref('counted_listens') }}
    where
        event_type = 'skip'
        and coalesce(ms_played, 0) < {{ var('recommending')['second_chance_ms'] | int }}
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

remembered as (
    select
        user_id,
        track_id,
        count(*) as starts,
        max(played_at) as last_started_at,
        sum({{ memory(days_between('played_at', recommending_as_of())) }}) as raw_activation
    from starts
    group by user_id, track_id
),

final as (
    select
        remembered.user_id,
        remembered.track_id,
        remembered.starts,
        remembered.last_started_at,
        remembered.raw_activation / coalesce(scales.raw_activation, 1) as activation
    from remembered
    left join scales on remembered.user_id = scales.user_id
    left join played
        on remembered.user_id = played.user_id and remembered.track_id = played.track_id
    where played.track_id is null
)

select * from final
