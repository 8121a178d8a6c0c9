with

listens as (
    select * from {{ ref('silver_listens') }}
),

devices as (
    select
        user_id,
        coalesce(device_type, 'unknown') as device_type,
        coalesce(platform, 'unknown') as platform,
        count(case when event_type = 'play' then 1 end) as plays,
        count(case when event_type = 'skip' then 1 end) as skips,
        cast(coalesce(sum(heard_ms), 0) as bigint) as heard_ms,
        min(started_at) as first_at,
        max(ended_at) as last_at
    from listens
    group by user_id, coalesce(device_type, 'unknown'), coalesce(platform, 'unknown')
),

final as (
    select
        user_id,
        device_type,
        platform,
        plays as total_plays,
        skips,
        heard_ms,
        heard_ms / cast(60000 as double) as total_minutes_listened,
        first_at,
        last_at,
        plays / nullif(cast(sum(plays) over (partition by user_id) as double), 0) as play_share
    from devices
)

select * from final
