with

listens as (
    select * from {{ ref('silver_listens') }}
),

final as (
    select
        user_id,
        track_id,
        content_type,
        max(recording_id) as recording_id,
        min(started_at) as first_at,
        max(ended_at) as last_at,
        min(case when event_type = 'play' then local_date end) as first_date,
        count(case when event_type = 'play' then 1 end) as plays,
        count(case when event_type = 'skip' then 1 end) as skips,
        cast(coalesce(sum(heard_ms), 0) as bigint) as heard_ms,
        count(distinct local_date) as distinct_days
    from listens
    group by user_id, track_id, content_type
)

select * from final
order by user_id, track_id
