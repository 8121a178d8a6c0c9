with

checked as (
    select * from {{ ref('silver_checked') }}
),

final as (
    select
        event_id,
        user_id,
        event_type,
        track_id,
        played_at,
        duration_ms,
        ms_played,
        source,
        landed_at,
        reject_reason as reason
    from checked
    where reject_reason is not null
)

select * from final
