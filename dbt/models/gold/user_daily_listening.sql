with

listens as (
    select * from {{ ref('silver_listens') }}
),

final as (
    select
        user_id,
        local_date,
        coalesce(device_type, 'unknown') as device_type,
        source,
        content_type,
        count(case when event_type = 'play' then 1 end) as plays,
        count(case when event_type = 'skip' then 1 end) as skips,
        cast(
            coalesce(sum(case when event_type = 'play' then heard_ms end), 0) as bigint
        ) as heard_ms,
        cast(
            coalesce(sum(case when event_type = 'skip' then heard_ms end), 0) as bigint
        ) as skipped_ms,
        count(distinct case when event_type = 'play' then track_id end) as unique_tracks,
        count(distinct case when event_type = 'play' then artist_name end) as unique_artists
    from listens
    group by user_id, local_date, coalesce(device_type, 'unknown'), source, content_type
)

select * from final
order by user_id, local_date
