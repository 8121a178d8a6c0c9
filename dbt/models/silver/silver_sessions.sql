with

listens as (
    select * from {{ ref('silver_listens') }}
),

final as (
    select
        session_id,
        user_id,
        min(started_at) as started_at,
        max(ended_at) as ended_at,
        count(case when event_type = 'play' then 1 end) as plays,
        count(case when event_type = 'skip' then 1 end) as skips,
        count(distinct case when event_type = 'play' then track_id end) as tracks,
        cast(coalesce(sum(heard_ms), 0) as bigint) as heard_ms
    from listens
    group by session_id, user_id
)

select * from final
